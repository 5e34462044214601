defmodule Linx.Netlink.Generic.Devlink.Info do
  @moduledoc """
  Driver, serial numbers and versions of a device; `Linx.Netlink.Generic.Devlink.info/3` gets them.

  Kernel side: `DEVLINK_ATTR_INFO_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Devlink.{Handle, Version}
  alias Linx.Netlink.Generic.Header

  codec prefix: "DEVLINK_ATTR_INFO_" do
    header Header
    include Handle
    attr 98, :driver_name, :string, "driver"
    attr 99, :serial_number, :string, "serial number of the device"
    attr 146, :board_serial_number, :string, "serial number of the board"
    attr 100, :version_fixed, {:repeated, {:nested, Version}}, "versions that do not change"
    attr 101, :version_running, {:repeated, {:nested, Version}}, "versions in use"

    attr 102,
         :version_stored,
         {:repeated, {:nested, Version}},
         "versions in use after the next reset"
  end
end
