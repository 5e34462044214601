defmodule Linx.Netlink.Generic.Devlink.ReloadStats do
  @moduledoc """
  Counters of reloads by action.

  Kernel side: `DEVLINK_ATTR_RELOAD_STATS` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.ReloadActionInfo

  codec prefix: "DEVLINK_ATTR_" do
    attr 162, :reload_action_info, {:repeated, {:nested, ReloadActionInfo}}, "actions"
  end
end
