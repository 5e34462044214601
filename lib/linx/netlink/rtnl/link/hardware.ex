defmodule Linx.Netlink.Rtnl.Link.Hardware do
  @moduledoc """
  The device behind a link: its bus, physical port, permanent address and resources.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. A `Linx.Netlink.Rtnl.Link` holds
  this struct in `hardware`.

      link.hardware.parent_dev_name
      #=> "0000:00:03.0"

  `perm_address` is a `Linx.MAC` where it has six bytes, a `Linx.LinkAddress` of any other
  length. Virtual links have little more than `map`, all zero.
  """

  use Linx.Netlink.Codec

  alias Linx.LinkAddress
  alias Linx.Netlink.Rtnl.Link.{DevlinkPort, DpllPin, Ifmap}

  codec prefix: "IFLA_" do
    attr 14, :map, Ifmap, "memory, I/O and interrupt of the device"
    attr 34, :phys_port_id, :binary, "identifier of the physical port"
    attr 36, :phys_switch_id, :binary, "identifier of the switch of the port"
    attr 38, :phys_port_name, :string, "name of the physical port"
    attr 54, :perm_address, LinkAddress, "permanent link-layer address"
    attr 56, :parent_dev_name, :string, "name of the device on its bus"
    attr 57, :parent_dev_bus_name, :string, "name of the bus"
    attr 62, :devlink_port, {:nested, DevlinkPort}, "devlink port"
    attr 65, :dpll_pin, {:nested, DpllPin}, "DPLL pin"
  end
end
