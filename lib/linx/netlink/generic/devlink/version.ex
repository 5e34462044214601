defmodule Linx.Netlink.Generic.Devlink.Version do
  @moduledoc """
  Version of a component of a device.

  Kernel side: `DEVLINK_ATTR_INFO_VERSION_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "DEVLINK_ATTR_INFO_VERSION_" do
    attr 103, :name, :string, "component, such as `fw.mgmt`"
    attr 104, :value, :string, "version"
  end
end
