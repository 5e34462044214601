defmodule Linx.Netlink.Nfnl.Nft.DataType do
  @moduledoc """
  Names of the types of keys and data of sets, as `nft` prints elements by them.

      iex> alias Linx.Netlink.Nfnl.Nft.DataType
      iex> DataType.number(:ipv4_addr)
      7
      iex> DataType.number([:ipv4_addr, :inet_service])
      0x1CD
      iex> DataType.names(0x1CD)
      [:ipv4_addr, :inet_service]

  The numbers are those of `nft` (`include/datatype.h`): the kernel stores them in
  `NFTA_SET_KEY_TYPE` and `NFTA_SET_DATA_TYPE`, and interprets only that of verdicts,
  `NFT_DATA_VERDICT` of `include/uapi/linux/netfilter/nf_tables.h`. A concatenation has 6 bits for
  each field, the first field in the most significant bits.
  """

  import Bitwise

  @names [
    verdict: 1,
    nf_proto: 2,
    bitmask: 3,
    integer: 4,
    string: 5,
    ll_addr: 6,
    ipv4_addr: 7,
    ipv6_addr: 8,
    ether_addr: 9,
    ether_type: 10,
    arp_op: 11,
    inet_proto: 12,
    inet_service: 13,
    icmp_type: 14,
    tcp_flag: 15,
    dccp_pkttype: 16,
    mh_type: 17,
    time: 18,
    mark: 19,
    iface_index: 20,
    iface_type: 21,
    realm: 22,
    classid: 23,
    uid: 24,
    gid: 25,
    ct_state: 26,
    ct_dir: 27,
    ct_status: 28,
    icmpv6_type: 29,
    ct_label: 30,
    pkt_type: 31,
    icmp_code: 32,
    icmpv6_code: 33,
    icmpx_code: 34,
    devgroup: 35,
    dscp: 36,
    ecn: 37,
    fib_addrtype: 38,
    boolean: 39,
    ct_event: 40,
    ifname: 41,
    igmp_type: 42,
    time_date: 43,
    time_hour: 44,
    time_day: 45,
    cgroupsv2: 46
  ]

  # NFT_DATA_VERDICT.
  @verdict 0xFFFFFF00

  @bits 6
  @mask (1 <<< @bits) - 1

  # A number of 32 bits has room for five fields.
  @fields 5

  @doc """
  The number of a type, or of a concatenation of at most five types; `:verdict` is that of a verdict
  map.

  Raises `ArgumentError` for an unknown name, and for more than five.
  """
  @spec number(atom() | [atom(), ...]) :: 0..0xFFFFFFFF
  def number(:verdict), do: @verdict
  def number(name) when is_atom(name), do: field(name)

  def number([_ | _] = names) when length(names) <= @fields,
    do: Enum.reduce(names, 0, &(&2 <<< @bits ||| field(&1)))

  def number(bad), do: raise(ArgumentError, "not a type or a list of types: #{inspect(bad)}")

  defp field(name) do
    case Keyword.fetch(@names, name) do
      {:ok, number} -> number
      :error -> raise ArgumentError, "not a type of nft: #{inspect(name)}"
    end
  end

  @doc """
  The names of a number: one for a plain type, several for a concatenation. A field without a name
  is its number.
  """
  @spec names(0..0xFFFFFFFF) :: [atom() | non_neg_integer()]
  def names(@verdict), do: [:verdict]
  def names(number) when number in 0..0xFFFFFFFF, do: names(number, [])

  defp names(number, names) when number <= @mask, do: [name(number) | names]
  defp names(number, names), do: names(number >>> @bits, [name(number &&& @mask) | names])

  defp name(number) do
    case List.keyfind(@names, number, 1) do
      {name, _number} -> name
      nil -> number
    end
  end
end
