defmodule Linx.Netlink.Rtnl.Vlan.TunnelInfo do
  @moduledoc """
  The tunnel that a VLAN goes through: `BRIDGE_VLANDB_TINFO_*`.

  `cmd` is of requests: the number of `RTM_SETLINK` to set it, of `RTM_DELLINK` to remove
  it.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :id, :u32
    attr 2, :cmd, :u32
  end
end
