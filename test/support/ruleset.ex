defmodule Linx.Test.Ruleset do
  @moduledoc false
  # Rulesets that `nft` loads, read and written by us.

  import ExUnit.Assertions
  import Linx.Test.Firewall
  import Linx.Test.Netns

  alias Linx.Netlink.{Nfnl, Socket}
  alias Linx.Netlink.Nfnl.{Event, Nft}
  alias Linx.Netlink.Nfnl.Nft.Rule

  @doc """
  A table named after `n` with what else it has and one rule, at a place such as "ip input" or
  "ip prerouting nat", as text for `nft`.
  """
  def table(place, n, more, rule) do
    [family, hook] = String.split(place, " ", parts: 2)

    {hook, type} =
      if String.ends_with?(hook, " nat"),
        do: {String.replace_suffix(hook, " nat", ""), "nat"},
        else: {hook, "filter"}

    """
    table #{family} t#{n} {
      #{more}
      chain c { type #{type} hook #{hook} priority 0
        #{rule}
      }
    }
    """
  end

  @doc """
  Those of some named texts that this kernel and `nft` take. Says which they do not.
  """
  def known(ns, texts) do
    {known, unknown} = Enum.split_with(texts, fn {_name, text} -> accepted?(ns, text) end)

    for {name, _text} <- unknown,
        do:
          IO.puts(
            :stderr,
            "\nNot tested: this kernel refuses #{String.replace(name, "\n", ";")}"
          )

    known
  end

  @doc """
  The whole ruleset as messages, in an order in which nothing refers to what is not there yet.
  """
  def messages(sock) do
    {:ok, tables} = Nft.tables(sock)
    {:ok, objects} = Nft.objects(sock)
    {:ok, flowtables} = Nft.flowtables(sock)
    {:ok, chains} = Nft.chains(sock)
    {:ok, sets} = Nft.sets(sock)
    {:ok, rules} = Nft.rules(sock)

    # A chain that is a part of a rule takes no more of them once the rule is there.
    parts = for chain <- chains, :binding in (chain.flags || []), do: {chain.table, chain.name}
    {first, others} = Enum.split_with(rules, &({&1.table, &1.chain} in parts))

    elements =
      for set <- sets, {:ok, elements} = Nft.elements(sock, set), elements != [] do
        Nft.add_elements(set, elements)
      end

    Enum.map(tables ++ objects ++ flowtables ++ chains ++ sets, &Nft.add/1) ++
      Enum.concat(elements) ++ Enum.map(first ++ others, &Nft.add/1)
  end

  @doc """
  Reads the ruleset of a namespace, writes it to another in one transaction, and compares what
  `nft` says of the two.
  """
  def copied(ns, sock) do
    other = netns!()
    ip!(other, "link set lo up")
    {:ok, there} = Nfnl.open({:path, path(other)})
    {:ok, %{id: before}} = Nfnl.Codec.get_gen(there)
    messages = messages(sock)

    with {:error, {at, error}} when is_integer(at) <- Nfnl.batch(there, messages),
         do: flunk("#{inspect(error)}: #{inspect(Event.decode(Enum.at(messages, at - 1)))}")

    assert {:ok, %{id: generation}} = Nfnl.Codec.get_gen(there)
    assert generation == before + 1

    # One by one, so that a difference can be read.
    for {one, two} <- Enum.zip(timeless(listed(ns)), timeless(listed(other))),
        do: assert(one == two)

    assert timeless(listed(other)) == timeless(listed(ns))

    # And what we read of the copy is what we read of the original.
    assert plain(there) == plain(sock)
    Socket.close(there)
  end

  # Elements with a timeout have been there for different times.
  defp timeless(%{} = map),
    do: for({key, value} <- map, key != "expires", into: %{}, do: {key, timeless(value)})

  defp timeless(list) when is_list(list), do: Enum.map(list, &timeless/1)
  defp timeless({kind, details}), do: {kind, timeless(details)}
  defp timeless(value), do: value

  defp plain(sock) do
    {:ok, rules} = Nft.rules(sock)
    {:ok, chains} = Nft.chains(sock)

    for object <- rules ++ chains do
      object = %{object | handle: nil}
      if is_struct(object, Rule), do: %{object | position: nil}, else: object
    end
  end
end
