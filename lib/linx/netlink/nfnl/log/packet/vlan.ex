defmodule Linx.Netlink.Nfnl.Log.Packet.Vlan do
  @moduledoc """
  VLAN tag of a logged packet: `NFULA_VLAN_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :proto, :be16
    attr 2, :tci, :be16
  end
end
