defmodule Linx.Netlink.Generic.Devlink.ResourceEntry do
  @moduledoc """
  Resource of a device. A size of 18446744073709551615 is unlimited.

  Kernel side: `DEVLINK_ATTR_RESOURCE` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_RESOURCE_" do
    attr 65, :name, :string, "name"
    attr 66, :id, :u64, "number"
    attr 67, :size, :u64, "size in use"
    attr 68, :size_new, :u64, "size after the next reload"
    attr 69, :size_valid, {:bool, :u8}, "the sizes of the parts fit this one"
    attr 70, :size_min, :u64, "least size"
    attr 71, :size_max, :u64, "largest size"
    attr 72, :size_gran, :u64, "sizes are multiples of this"
    attr 73, :unit, {:enum, :u8, [entry: 0]}, "unit of sizes", values: "DEVLINK_RESOURCE_UNIT_"
    attr 74, :occ, :u64, "number of units in use", volatile: true

    attr 63, :list, {:array, {:nested, __MODULE__}, 64}, "parts", element: "DEVLINK_ATTR_RESOURCE"
  end
end
