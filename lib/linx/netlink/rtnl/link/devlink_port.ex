defmodule Linx.Netlink.Rtnl.Link.DevlinkPort do
  @moduledoc """
  Devlink port of a link: the first `DEVLINK_ATTR_*` of `include/uapi/linux/devlink.h`; all `nil`
  for a link without one.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_" do
    attr 1, :bus_name, :string, "bus of the devlink device"
    attr 2, :dev_name, :string, "name of the devlink device"
    attr 3, :port_index, :u32, "number of the port"
  end
end
