defmodule Linx.Netlink.Rtnl.Nexthop.Stats do
  @moduledoc """
  Counters of the members of a group.

  Kernel side: `NHA_GROUP_STATS_*` of `include/uapi/linux/nexthop.h`, from Linux 6.9.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Entry

  codec prefix: "NHA_GROUP_STATS_" do
    attr 1, :entry, {:repeated, {:nested, Entry}}, "one for each member"
  end
end
