defmodule Linx.Netlink.Generic.Devlink.ReloadActionInfo do
  @moduledoc """
  Counters of one action of reloads.

  Kernel side: `DEVLINK_ATTR_RELOAD_ACTION_INFO` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.ReloadStatsEntry

  codec prefix: "DEVLINK_ATTR_" do
    attr 153, :reload_action, :u8, "action: 1 for `driver_reinit`, 2 for `fw_activate`"

    attr 163,
         :reload_action_stats,
         {:array, {:nested, ReloadStatsEntry}, 158},
         "counters by limit",
         element: "DEVLINK_ATTR_RELOAD_STATS_ENTRY"
  end
end
