defmodule Linx.Netlink.Rtnl.Link.Mctp do
  @moduledoc """
  Settings of MCTP for a link: `IFLA_MCTP_*`.
  """

  use Linx.Netlink.Codec

  # enum mctp_phys_binding of include/net/mctp.h, the identifiers of DSP0239.
  @bindings [
    unspec: 0,
    smbus: 1,
    pcie_vdm: 2,
    usb: 3,
    kcs: 4,
    serial: 5,
    i3c: 6,
    vendor: 0xFF
  ]

  codec prefix: "IFLA_MCTP_" do
    attr 1, :net, :u32, "MCTP network"

    attr 2, :phys_binding, {:enum, :u8, @bindings}, "physical transport",
      values: {:kernel, "include/net/mctp.h"}
  end
end
