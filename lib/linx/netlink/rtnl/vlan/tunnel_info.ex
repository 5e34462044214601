defmodule Linx.Netlink.Rtnl.Vlan.TunnelInfo do
  @moduledoc """
  Tunnel of a VLAN: `BRIDGE_VLANDB_TINFO_*`.

  `cmd` is of requests only: `RTM_SETLINK` (19) sets the tunnel, `RTM_DELLINK` (17) removes it.
  """

  use Linx.Netlink.Codec

  codec prefix: "BRIDGE_VLANDB_TINFO_" do
    attr 1, :id, :u32, "tunnel identifier, 24 bits"
    attr 2, :cmd, :u32, "what a request does, RTM_SETLINK or RTM_DELLINK"
  end
end
