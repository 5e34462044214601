defmodule Linx.Netlink.Generic.Devlink.DevStats do
  @moduledoc """
  Counters of the reloads of a device.

  Kernel side: `DEVLINK_ATTR_DEV_STATS` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.ReloadStats

  codec prefix: "DEVLINK_ATTR_" do
    attr 157, :reload_stats, {:nested, ReloadStats}, "reloads by this host"
    attr 161, :remote_reload_stats, {:nested, ReloadStats}, "reloads by other hosts"
  end
end
