defmodule Linx.Netlink.Generic.Devlink.ReloadStatsEntry do
  @moduledoc """
  Counter of the reloads with one action and limit.

  Kernel side: `DEVLINK_ATTR_RELOAD_STATS_ENTRY` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_RELOAD_STATS_" do
    attr 159, :limit, :u8, "limit: 0 for none, 1 for `no_reset`"
    attr 160, :value, :u32, "number of reloads", volatile: true
  end
end
