defmodule Linx.Netlink.Rtnl.Tc.Filter.U32 do
  @moduledoc """
  Filter by words of 32 bits of a packet, with hash tables.

  Kernel side: `TCA_U32_*` of `include/uapi/linux/pkt_cls.h`.

      :ok = Filter.add(sock, "eth0", :u32, parent: "1:", protocol: :ip, prio: 1, classid: "1:10",
              match: [ip: [src: "10.0.0.0/8", protocol: 6, dport: 22]])

  A packet has to match all keys. `:match` is a list of them, by the names of the fields of a header or by their
  offset from the begin of the network header:

  | key | value |
  |---|---|
  | `ip:` | fields `:src`, `:dst`, `:tos`, `:dsfield`, `:ihl`, `:protocol`, `:precedence`, `:sport`, `:dport`, `:icmp_type`, `:icmp_code`; `:nofrag`, `:firstfrag`, `:df`, `:mf` with `true` |
  | `ip6:` | fields `:src`, `:dst`, `:priority`, `:protocol`, `:flowlabel`, `:sport`, `:dport`, `:icmp_type`, `:icmp_code` |
  | `tcp:`, `udp:` | fields `:src`, `:dst`, in the header that a filter with `:offset` moved to |
  | `icmp:` | fields `:type`, `:code`, in the header that a filter with `:offset` moved to |
  | `ether:` | fields `:src`, `:dst` |
  | `u32:`, `u16:`, `u8:` | `{value, mask, offset}`, the offset a number of bytes or `{:nexthdr, bytes}` |

  A value is an integer, all whose bits count, or `{value, mask}`; addresses are as of
  `Linx.Netlink.Rtnl.Tc.Filter.Flower`. Ports of `ip:` and `ip6:` are those behind a header without options.

  A hash table is a filter with `:divisor`; `:link` goes on in a table, in the bucket that `:hashkey` selects, and
  `:ht` puts a filter into a bucket:

      place = [parent: "1:", protocol: :ip, prio: 1]
      :ok = Filter.add(sock, "eth0", :u32, [handle: "2:", divisor: 256] ++ place)
      :ok = Filter.add(sock, "eth0", :u32, [ht: "2:7:", classid: "1:10", match: [ip: [src: "10.0.0.7"]]] ++ place)
      :ok = Filter.add(sock, "eth0", :u32,
              [link: "2:", hashkey: [mask: 0xFF, at: 12], match: [ip: [src: "10.0.0.0/24"]]] ++ place)

  `:sample` selects the bucket by a key of the packets that are to be looked for in it, with the bits of `:hashkey` for
  its mask, and with the number of buckets, 256 if not given:

      Filter.add(sock, "eth0", :u32,
        [ht: "2:", sample: [ip: [src: "10.0.0.7"]], match: [ip: [src: "10.0.0.7"]], classid: "1:10"] ++ place)

      sample: [ip: [src: "10.0.7.0/24"], divisor: 16]

  `sel/1` and `keys/1` give what `sel` holds, `hits/1` the counters; `handle/1` the text of a handle.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Filter.Body

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.Filter.{Flags, Handle}
  alias __MODULE__.{Key, Mark, Match, Sel}

  codec prefix: "TCA_U32_" do
    attr 1, :classid, :u32, "class of the packets, a handle"
    attr 2, :hash, :u32, "hash table and bucket of the filter, a handle"
    attr 3, :link, :u32, "hash table to go on in, a handle"
    attr 4, :divisor, :u32, "number of buckets of a hash table"
    attr 5, :sel, :binary, "selector and keys, for `sel/1` and `keys/1`"
    attr 6, :police, {:nested, Tc.Action.Police}, "policer in the old form, which is not in `act`"
    attr 7, :act, {:array, {:nested, Tc.Action.Entry}}, "actions"
    attr 8, :indev, :string, "name of the link that received the packet"
    attr 9, :pcnt, {:packed, :u64}, "packets seen, matched, and by key", volatile: true
    attr 10, :mark, Mark, "mark of the packet"
    attr 11, :flags, Flags.type(), "place of the filter", values: "TCA_CLS_FLAGS_"
  end

  options(
    [
      match: {Match.option(), "keys"},
      classid: {Tc.Units.handle(), "class of the packets"},
      divisor: {1..256, "number of buckets, a power of 2: the filter is a hash table"},
      ht: {Handle.option(), "hash table and bucket of the filter", field: [:hash]},
      sample: {Match.sample_option(), "bucket of the filter in the table of `:ht`"},
      link: {Handle.option(), "hash table to go on in"},
      offset: {Sel.offset(), "move to the next header"},
      hashkey: {Sel.hashkey(), "bucket in the table of `:link`"},
      mark: {{:with_mask, 0..0xFFFFFFFF}, "mark of the packet"},
      indev: {{:name, 15}, "name of the link that received the packet"}
    ] ++ Flags.options()
  )

  @doc false
  @impl true
  def build(given, place) do
    {selector, fields} = given |> Flags.others() |> Map.split([:match, :offset, :hashkey])

    with {:ok, fields} <- bucket(fields),
         {:ok, sel} <- selector(selector, fields, place[:actions]) do
      fields =
        Map.replace_lazy(fields, :mark, fn {value, mask} -> %Mark{val: value, mask: mask} end)

      {:ok, %__MODULE__{sel: sel} |> struct!(fields) |> Flags.put(given)}
    end
  end

  # u32_hash_fold of net/sched/cls_u32.c: the bucket of packets with the key, where the hash has the bits of its
  # mask.
  defp bucket(%{sample: {key, divisor}, hash: table} = fields) do
    bucket = rem(div(key.val &&& key.mask, max(key.mask &&& -key.mask, 1)), divisor)
    hash = (table &&& 0xFFF00000) ||| bucket <<< 12
    {:ok, %{Map.delete(fields, :sample) | hash: hash}}
  end

  defp bucket(%{sample: _}), do: {:error, {:missing_option, :ht}}
  defp bucket(fields), do: {:ok, fields}

  # A hash table has no keys.
  defp selector(selector, %{divisor: _}, _actions) when selector == %{}, do: {:ok, nil}

  defp selector(selector, %{divisor: divisor}, _actions) when selector != %{},
    do: {:error, {:bad_option, :divisor, divisor}}

  defp selector(selector, fields, actions) do
    keys = Map.get(selector, :match, [])

    # Without this flag the kernel goes on with the next filter (u32_classify of net/sched/cls_u32.c).
    terminal = if fields[:classid] || actions, do: [:terminal], else: []
    {flags, offset} = Map.get(selector, :offset, {[], []})

    sel =
      %Sel{flags: terminal ++ flags, nkeys: length(keys)}
      |> struct!(offset)
      |> struct!(Map.get(selector, :hashkey, []))

    {:ok, IO.iodata_to_binary([Sel.encode(sel) | Enum.map(keys, &Key.encode/1)])}
  end

  @doc """
  The selector of a filter, `nil` for a hash table.
  """
  @spec sel(t()) :: Sel.t() | nil
  def sel(%__MODULE__{sel: <<sel::binary-size(16), _::binary>>}), do: Sel.decode(sel)
  def sel(%__MODULE__{}), do: nil

  @doc """
  The keys of a filter.

      iex> alias Linx.Netlink.Rtnl.Tc.Filter.U32
      iex> sel = <<1, 0, 1, 0, 0::96>> <> <<0xFF000000::32, 0x0A000000::32, 12::native-32, 0::32>>
      iex> U32.keys(%U32{sel: sel})
      [%U32.Key{mask: 0xFF000000, val: 0x0A000000, off: 12, offmask: 0}]
  """
  @spec keys(t()) :: [Key.t()]
  def keys(%__MODULE__{sel: <<_sel::binary-size(16), keys::binary>>}),
    do: for(<<key::binary-size(16) <- keys>>, do: Key.decode(key))

  def keys(%__MODULE__{}), do: []

  @doc """
  The packets that a filter saw, those that it matched, and the number of times that each key matched; `nil`
  for a kernel that does not count (`CONFIG_CLS_U32_PERF`).
  """
  @spec hits(t()) :: {non_neg_integer(), non_neg_integer(), [non_neg_integer()]} | nil
  def hits(%__MODULE__{pcnt: [seen, matched | keys]}), do: {seen, matched, keys}
  def hits(%__MODULE__{}), do: nil

  @doc """
  The text of a handle: hash table, bucket and node.

      iex> Linx.Netlink.Rtnl.Tc.Filter.U32.handle(0x80000800)
      "800::800"
  """
  @spec handle(0..0xFFFFFFFF) :: String.t()
  defdelegate handle(number), to: Handle, as: :u32_text
end
