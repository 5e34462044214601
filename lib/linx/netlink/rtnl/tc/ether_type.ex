defmodule Linx.Netlink.Rtnl.Tc.EtherType do
  @moduledoc false
  # ETH_P_* of include/uapi/linux/if_ether.h, as `tc` names them: the protocols of filters.

  import Bitwise, only: [<<<: 2, |||: 2]

  @names [
    all: 0x0003,
    ip: 0x0800,
    arp: 0x0806,
    "802.1q": 0x8100,
    ipv6: 0x86DD,
    mpls_uc: 0x8847,
    mpls_mc: 0x8848,
    ppp_ses: 0x8864,
    "802.1ad": 0x88A8,
    cfm: 0x8902
  ]

  @type t :: atom() | 0..0xFFFF

  @doc "The names, with their numbers."
  @spec names() :: keyword(0..0xFFFF)
  def names, do: @names

  @doc "The kernel's names, for the option `values` of a row."
  def values do
    {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}
  end

  @doc "The type of an option."
  def option, do: {:named, 1..0xFFFF, @names}

  @doc "`tcm_info` of a filter: the priority, and the protocol in network order."
  @spec info(0..0xFFFF, 0..0xFFFF) :: 0..0xFFFFFFFF
  def info(prio, protocol) do
    <<protocol::native-16>> = <<protocol::16>>
    prio <<< 16 ||| protocol
  end

  @doc "The protocol in `tcm_info`: its name, or its number."
  @spec of_info(0..0xFFFFFFFF) :: t()
  def of_info(info) do
    <<protocol::16>> = <<rem(info, 0x10000)::native-16>>
    with {name, _} <- List.keyfind(@names, protocol, 1, protocol), do: name
  end
end
