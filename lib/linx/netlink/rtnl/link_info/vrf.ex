defmodule Linx.Netlink.Rtnl.LinkInfo.Vrf do
  @moduledoc """
  What makes a link a routing domain: kind `"vrf"`.

  Kernel side: `IFLA_VRF_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "red", :vrf, table: 1000)
      Link.set_master(sock, "eth1", "red")
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 1, :table, :u32
  end

  options(table: {1..0xFFFFFFFF, "routing table of the domain", required: true, only: :create})
end
