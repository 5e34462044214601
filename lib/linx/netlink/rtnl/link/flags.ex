defmodule Linx.Netlink.Rtnl.Link.Flags do
  @moduledoc false
  # Names of the flags of a link: IFF_* of include/uapi/linux/if.h.

  @table [
    up: 0x1,
    broadcast: 0x2,
    debug: 0x4,
    loopback: 0x8,
    pointopoint: 0x10,
    notrailers: 0x20,
    running: 0x40,
    noarp: 0x80,
    promisc: 0x100,
    allmulti: 0x200,
    master: 0x400,
    slave: 0x800,
    multicast: 0x1000,
    portsel: 0x2000,
    automedia: 0x4000,
    dynamic: 0x8000,
    lower_up: 0x10000,
    dormant: 0x20000,
    echo: 0x40000
  ]

  @doc """
  The flags in the order of their bits.
  """
  @spec table() :: keyword(pos_integer())
  def table, do: @table
end
