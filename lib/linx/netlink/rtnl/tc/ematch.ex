defmodule Linx.Netlink.Rtnl.Tc.Ematch do
  @moduledoc """
  Extended matches of a filter: an expression of tests of a packet.

  Kernel side: `TCA_EMATCH_TREE_*` of `include/uapi/linux/pkt_cls.h`, `include/uapi/linux/tc_ematch`.

      match: {:and, [{:meta, :nfmark, :gt, 24}, {:not, {:cmp, align: :u16, at: 2, layer: :transport, eq: 22}}]}

  An expression is one of

  | expression | a packet for which |
  |---|---|
  | `{:and, expressions}` | all are true |
  | `{:or, expressions}` | one is true |
  | `{:not, expression}` | it is false |
  | `{:cmp, opts}` | a number compares: `:align`, `:u8`, `:u16` or `:u32`, `:at`, `:layer`, `:mask`, `:trans` (host byte order), and one of `:eq`, `:gt`, `:lt` |
  | `{:u32, {value, mask, at}}` | a word at an offset from the network header has a value; `{:nexthdr, bytes}` for the offset is that from the next header |
  | `{:nbyte, bytes, opts}` | the bytes stand `:at` an offset of a `:layer` |
  | `{:text, bytes, opts}` | the bytes stand `:from` to `:to`, each `{layer, offset}`, found by `:algo`, `"kmp"` if not given, `"bm"`, `"fsm"` |
  | `{:meta, object, op, value}` | an object of the kernel is `:eq`, `:gt` or `:lt` a number, or `:eq` a string; `{object, shift: bits, mask: mask}` in place of the object |
  | `{:ipset, index, directions}` | an element of the set is in it, with one to three of `:src` and `:dst` |
  | `{:canid, rules}` | the identifier of a CAN frame is one of those of the rules: `sff: id`, `eff: id` for the short and the long format, or `{id, mask}` for the id |
  | `{:ipt, name, opts}` | a match of iptables is true, `"policy"` or `"addrtype"`: `:family`, `:inet` or `:inet6`, `:data`, the bytes of its struct, `:revision`, 0 if not given, and `:hook`, the number of a `NF_INET_*`, 0 if not given |

  A layer is `:link`, `:network` (if not given) or `:transport`. Objects are those of `TCF_META_ID_*`, in lower case:
  `:random`, `:loadavg_0`, `:dev`, `:priority`, `:protocol`, `:pkttype`, `:pktlen`, `:datalen`, `:maclen`, `:nfmark`,
  `:tcindex`, `:rtclassid`, `:rtiif`, `:sk_family`, `:sk_state`, `:sk_prio`, `:vlan_tag`, `:rxhash` and others.

  `expression/1` gives the expression of what the kernel sent. An empty list of expressions, and what a field
  does not hold, is an error; so is a text whose length is no multiple of 4 bytes, since the kernel sends garbled
  lists of such filters.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Entry, Header, Kind}

  codec prefix: "TCA_EMATCH_TREE_" do
    attr 1, :hdr, Header, "number of tests"
    attr 2, :list, {:array, :binary}, "tests, for `expression/1`"
  end

  @typedoc "An expression; a test of a kind without a form is `{kind, payload}`."
  @type expression ::
          {:and | :or, [expression()]}
          | {:not, expression()}
          | {:cmp, keyword()}
          | {:u32, tuple()}
          | {:nbyte | :text, binary(), keyword()}
          | {:meta, term(), atom(), integer() | binary()}
          | {:ipset, 0..0xFFFF, [atom()]}
          | {:canid, keyword()}
          | {:ipt, String.t(), keyword()}
          | {0..0xFFFF, binary()}

  # TCF_EM_CONTAINER, and TCF_EM_* of the flags of a test.
  @container 0
  @rel_and 1
  @rel_or 2
  @invert 4

  # CONFIG_NET_EMATCH_STACK: containers within each other; and a number that the kernel's 16 bits hold with
  # room.
  @most 1024

  @doc false
  def option, do: {:check, &__MODULE__.cast/1, "expression of `#{inspect(__MODULE__)}`"}

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(expression) do
    with {:ok, sequence} <- sequence(expression),
         entries = flatten(sequence, 0),
         true <- length(entries) <= @most do
      list = Enum.map(entries, fn {header, data} -> Entry.encode(header) <> data end)
      {:ok, %__MODULE__{hdr: %Header{nmatches: length(list)}, list: list}}
    else
      _ -> :error
    end
  end

  # Tests one after another, with one relation: `{relation, [{invert, test}]}`.
  defp sequence({op, [_ | _] = expressions}) when op in [:and, :or] do
    with false <- List.improper?(expressions),
         {:ok, tests} <- Linx.Netlink.Options.Type.each(expressions, &test/1) do
      {:ok, {if(op == :and, do: @rel_and, else: @rel_or), tests}}
    else
      _ -> :error
    end
  end

  defp sequence({op, _expressions}) when op in [:and, :or], do: :error
  defp sequence(expression), do: with({:ok, test} <- test(expression), do: {:ok, {0, [test]}})

  defp test({:not, expression}) do
    with {:ok, {invert, test}} <- test(expression),
         do: {:ok, {Bitwise.bxor(invert, @invert), test}}
  end

  defp test({op, expressions}) when op in [:and, :or] do
    with {:ok, sequence} <- sequence({op, expressions}), do: {:ok, {0, {:container, sequence}}}
  end

  defp test(expression), do: with({:ok, test} <- Kind.cast(expression), do: {:ok, {0, test}})

  # Tests behind each other; a container refers to a later place, as tcf_em_validate of net/sched/ematch.c
  # requires.
  defp flatten({relation, tests}, base) do
    last = length(tests) - 1

    {own, inner, _next} =
      tests
      |> Enum.with_index()
      |> Enum.reduce({[], [], base + length(tests)}, fn {{invert, test}, n}, {own, inner, next} ->
        flags = Bitwise.bor(invert, if(n == last, do: 0, else: relation))

        case test do
          {:container, sequence} ->
            entries = flatten(sequence, next)
            entry = {%Entry{kind: @container, flags: flags}, <<next::native-32>>}
            {[entry | own], [entries | inner], next + length(entries)}

          {kind, matchid, data} ->
            {[{%Entry{kind: kind, matchid: matchid, flags: flags}, data} | own], inner, next}
        end
      end)

    Enum.reverse(own) ++ (inner |> Enum.reverse() |> Enum.concat())
  end

  @doc """
  The expression of extended matches; `nil` for none, for a list that refers to what is not in it, and for one
  of which a test has two places.

      iex> alias Linx.Netlink.Rtnl.Tc.Ematch
      iex> {:ok, ematch} = Ematch.cast({:and, [{:not, {:u32, {1, 0xFF, 8}}}, {:or, [{:nbyte, "ab", at: 2}]}]})
      iex> Ematch.expression(ematch)
      {:and, [{:not, {:u32, {1, 0xFF, 8}}}, {:nbyte, "ab", [at: 2, layer: :network]}]}
  """
  @spec expression(t() | nil) :: expression() | nil
  def expression(%__MODULE__{list: [_ | _] = list}) do
    entries =
      for <<header::binary-size(8), data::binary>> <- list, do: {Entry.decode(header), data}

    tree = List.to_tuple(entries)
    if length(entries) == length(list) and tree?(tree), do: read(tree, 0)
  end

  def expression(_none), do: nil

  # Whether no test belongs to two sequences: the kernel takes such lists, and reading one may take a time that
  # doubles with each test.
  defp tree?(entries) do
    inner =
      for {%{kind: @container}, <<to::native-32, _::binary>>} <- Tuple.to_list(entries), do: to

    Enum.reduce_while([0 | inner], MapSet.new(), fn first, seen ->
      case visit(entries, first, seen) do
        nil -> {:halt, false}
        seen -> {:cont, seen}
      end
    end) != false
  end

  # The places of a sequence, up to its last one; `nil` if one was seen.
  defp visit(entries, at, seen) when at < tuple_size(entries) do
    {entry, _data} = elem(entries, at)

    cond do
      MapSet.member?(seen, at) -> nil
      Bitwise.band(entry.flags, 3) == 0 -> MapSet.put(seen, at)
      true -> visit(entries, at + 1, MapSet.put(seen, at))
    end
  end

  defp visit(_entries, _at, seen), do: seen

  # The sequence that begins at a place.
  defp read(entries, at) do
    case read(entries, at, []) do
      {_op, [one]} -> one
      {op, several} -> {op, several}
      nil -> nil
    end
  end

  defp read(entries, at, done) when at < tuple_size(entries) do
    {entry, data} = elem(entries, at)

    with expression when expression != nil <- one(entries, at, entry, data) do
      inverted = Bitwise.band(entry.flags, @invert) != 0
      done = [if(inverted, do: {:not, expression}, else: expression) | done]

      case Bitwise.band(entry.flags, 3) do
        0 -> {:and, Enum.reverse(done)}
        relation -> related(entries, at + 1, relation, done)
      end
    end
  end

  defp read(_entries, _at, _done), do: nil

  # tc mixes relations: what follows is an operand of the last one.
  defp related(entries, at, relation, done) do
    op = if relation == @rel_and, do: :and, else: :or

    case read(entries, at, []) do
      {_, [last]} -> {op, Enum.reverse([last | done])}
      {^op, rest} -> {op, Enum.reverse(done) ++ rest}
      {other, rest} -> {op, Enum.reverse([{other, rest} | done])}
      nil -> nil
    end
  end

  defp one(entries, at, %{kind: @container}, <<to::native-32, _::binary>>) when to > at,
    do: read(entries, to)

  defp one(_entries, _at, %{kind: @container}, _data), do: nil
  defp one(_entries, _at, entry, data), do: Kind.read(entry.kind, data)
end
