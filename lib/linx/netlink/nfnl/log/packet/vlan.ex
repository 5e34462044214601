defmodule Linx.Netlink.Nfnl.Log.Packet.Vlan do
  @moduledoc """
  The VLAN tag that the packet had: its EtherType and its 16 bits, `NFULA_VLAN_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :proto, :be16
    attr 2, :tci, :be16
  end
end
