defmodule Linx.Netlink.Generic.Ethtool.TunnelInfo.Table do
  @moduledoc """
  Table of UDP ports of tunnels.

  Kernel side: `ETHTOOL_A_TUNNEL_UDP_TABLE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset}
  alias Linx.Netlink.Generic.Ethtool.TunnelInfo.Entry

  codec prefix: "ETHTOOL_A_TUNNEL_UDP_TABLE_" do
    attr 1, :size, :u32, "largest number of ports"
    attr 2, :types, {:nested, Bitset}, "names of the types of tunnels", as: Bits

    attr 3, :entries, {:repeated, {:nested, Entry}}, "ports",
      c: "ETHTOOL_A_TUNNEL_UDP_TABLE_ENTRY"
  end
end
