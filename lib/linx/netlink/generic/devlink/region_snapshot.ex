defmodule Linx.Netlink.Generic.Devlink.RegionSnapshot do
  @moduledoc """
  Snapshot of a region.

  Kernel side: `DEVLINK_ATTR_REGION_SNAPSHOT` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_REGION_SNAPSHOT_" do
    attr 92, :id, :u32, "number"
  end
end
