defmodule Linx.Netlink.Rtnl.LinkInfo.Vrf do
  @moduledoc """
  Virtual routing and forwarding (VRF): kind `"vrf"`.

  Kernel side: `IFLA_VRF_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "red", :vrf, table: 1000)
      Link.set_master(sock, "eth1", "red")
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_VRF_" do
    attr 1, :table, :u32, "routing table of the VRF"
  end

  options(table: {1..0xFFFFFFFF, "routing table of the VRF", required: true, only: :create})
end
