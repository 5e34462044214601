defmodule Linx.Netlink.Generic.Taskstats.CgroupReply do
  @moduledoc false
  # CGROUPSTATS_CMD_NEW.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Taskstats.Cgroup

  codec prefix: "CGROUPSTATS_TYPE_" do
    header Linx.Netlink.Generic.Header
    attr 1, :cgroup_stats, Cgroup, "numbers of tasks"
  end
end
