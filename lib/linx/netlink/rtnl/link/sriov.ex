defmodule Linx.Netlink.Rtnl.Link.Sriov do
  @moduledoc """
  Virtual functions (SR-IOV) and switch ports (802.1Qbg) of a link.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. A `Linx.Netlink.Rtnl.Link` holds
  this struct in `sriov`, which is `nil` for a device without virtual functions. The kernel
  sends `vfinfo_list` and `vf_ports` only with the option `vf: true`.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0", vf: true)
      link.sriov.num_vf
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{Port, Vf}

  codec prefix: "IFLA_" do
    attr 21, :num_vf, :u32, "number of virtual functions"
    attr 22, :vfinfo_list, {:array, Vf, 1}, "virtual functions", element: "IFLA_VF_INFO"

    attr 24, :vf_ports, {:array, Port, 1}, "switch ports of the virtual functions",
      element: "IFLA_VF_PORT"

    attr 25, :port_self, {:nested, Port}, "switch port of the link itself"
  end
end
