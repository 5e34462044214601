defmodule Linx.Netlink.Rtnl.LinkInfo.VrfPort do
  @moduledoc """
  Member of a VRF: the data of a link whose master is a VRF.

  Kernel side: `IFLA_VRF_PORT_*` of `include/uapi/linux/if_link.h`; read-only.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_VRF_PORT_" do
    attr 1, :table, :u32, "routing table of the VRF"
  end
end
