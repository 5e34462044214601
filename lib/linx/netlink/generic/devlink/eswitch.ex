defmodule Linx.Netlink.Generic.Devlink.Eswitch do
  @moduledoc """
  Switch between the virtual functions of a device; `Linx.Netlink.Generic.Devlink.eswitch/3` gets it.

  Kernel side: `DEVLINK_ATTR_ESWITCH_*` of `include/uapi/linux/devlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Devlink.Handle
  alias Linx.Netlink.Generic.Header

  @modes [legacy: 0, switchdev: 1, switchdev_inactive: 2]
  @inline_modes [none: 0, link: 1, network: 2, transport: 3]
  @encap_modes [none: 0, basic: 1]

  codec prefix: "DEVLINK_ATTR_ESWITCH_" do
    header Header
    include Handle

    attr 25, :mode, {:enum, :u16, @modes}, "`:switchdev`: functions have representor links",
      values: "DEVLINK_ESWITCH_MODE_"

    attr 26, :inline_mode, {:enum, :u8, @inline_modes}, "headers in descriptors of sent packets",
      values: "DEVLINK_ESWITCH_INLINE_MODE_"

    attr 62, :encap_mode, {:enum, :u8, @encap_modes}, "encapsulation in hardware",
      values: "DEVLINK_ESWITCH_ENCAP_MODE_"
  end

  options(
    mode: {{:enum, @modes}, "mode"},
    inline_mode: {{:enum, @inline_modes}, "headers in descriptors of sent packets"},
    encap_mode: {{:enum, @encap_modes}, "encapsulation in hardware"}
  )
end
