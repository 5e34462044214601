defmodule Linx.Netlink.IpProtocol do
  @moduledoc false
  # IPPROTO_* of include/uapi/linux/in.h and in6.h: the protocols that rules, routes and netfilter
  # match.

  @names [
    icmp: 1,
    igmp: 2,
    ipip: 4,
    tcp: 6,
    udp: 17,
    dccp: 33,
    ipv6: 41,
    gre: 47,
    esp: 50,
    ah: 51,
    icmpv6: 58,
    sctp: 132,
    udplite: 136
  ]

  @numbers Map.new(@names)

  @type t ::
          :icmp
          | :igmp
          | :ipip
          | :tcp
          | :udp
          | :dccp
          | :ipv6
          | :gre
          | :esp
          | :ah
          | :icmpv6
          | :sctp
          | :udplite
          | 0..255

  @doc """
  Whether a value is a protocol, by name or number.
  """
  defguard is_protocol(value)
           when value in 0..255 or (is_atom(value) and is_map_key(@numbers, value))

  @spec names() :: keyword(0..255)
  def names, do: @names

  @doc """
  The name of a number, or the number if it has none; names stay.
  """
  @spec name(t()) :: t()
  def name(number) do
    case List.keyfind(@names, number, 1) do
      {name, ^number} -> name
      nil -> number
    end
  end
end
