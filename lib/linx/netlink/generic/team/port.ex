defmodule Linx.Netlink.Generic.Team.Port do
  @moduledoc """
  Port of a team.

  Kernel side: `TEAM_ATTR_PORT_*` of `include/uapi/linux/if_team.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "TEAM_ATTR_PORT_" do
    attr 1, :ifindex, :u32, "index of the link"
    attr 2, :changed, :flag, "the port has changed since the last notification"
    attr 3, :linkup, :flag, "the link has a carrier"
    attr 4, :speed, :u32, "speed, Mb/s; 4294967295 if it is unknown"
    attr 5, :duplex, {:enum, :u8, [half: 0, full: 1, unknown: 255]}, "duplex", values: "DUPLEX_"
    attr 6, :removed, :flag, "the port was removed"
  end
end
