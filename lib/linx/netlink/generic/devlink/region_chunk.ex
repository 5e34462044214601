defmodule Linx.Netlink.Generic.Devlink.RegionChunk do
  @moduledoc """
  Part of the contents of a region.

  Kernel side: `DEVLINK_ATTR_REGION_CHUNK` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_REGION_CHUNK_" do
    attr 95, :data, :binary, "bytes"
    attr 96, :addr, :u64, "start in the region"
  end
end
