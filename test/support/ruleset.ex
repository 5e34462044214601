defmodule Linx.Test.Ruleset do
  @moduledoc false
  # Rulesets that `nft` loads, and copies of them that the library writes.

  import ExUnit.Assertions
  import Linx.Test.Firewall
  import Linx.Test.Netns

  alias Linx.Netlink.{Nfnl, Socket}
  alias Linx.Netlink.Nfnl.{Event, Nft}
  alias Linx.Netlink.Nfnl.Nft.Rule

  @doc """
  A table as text for `nft`, with the number `n` in its name, the objects `more`, and a chain with
  one rule at a place such as "ip input" or "ip prerouting nat".
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
  The named texts that this kernel and `nft` accept. Prints the others as not tested.
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
  The whole ruleset as messages, in an order in which each object follows those that it refers to.
  """
  def messages(sock) do
    {:ok, tables} = Nft.tables(sock)
    {:ok, objects} = Nft.objects(sock)
    {:ok, flowtables} = Nft.flowtables(sock)
    {:ok, chains} = Nft.chains(sock)
    {:ok, sets} = Nft.sets(sock)
    {:ok, rules} = Nft.rules(sock)

    # A chain with the flag :binding takes no rules after the rule that it is bound to is added.
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
  Reads the ruleset of a namespace, writes it to another in one batch, and compares the listings of
  `nft`.
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

    # Each object is compared alone first, so that a difference is readable.
    for {one, two} <- Enum.zip(without_expiry(listed(ns)), without_expiry(listed(other))),
        do: assert(one == two)

    assert without_expiry(listed(other)) == without_expiry(listed(ns))

    # The library reads equal objects from the copy and from the original.
    assert plain(there) == plain(sock)
    Socket.close(there)
  end

  # Elements with a timeout expire at different times.
  defp without_expiry(%{} = map),
    do: for({key, value} <- map, key != "expires", into: %{}, do: {key, without_expiry(value)})

  defp without_expiry(list) when is_list(list), do: Enum.map(list, &without_expiry/1)
  defp without_expiry({type, details}), do: {type, without_expiry(details)}
  defp without_expiry(value), do: value

  defp plain(sock) do
    {:ok, rules} = Nft.rules(sock)
    {:ok, chains} = Nft.chains(sock)

    for object <- rules ++ chains do
      object = %{object | handle: nil}
      if is_struct(object, Rule), do: %{object | position: nil}, else: object
    end
  end
end
