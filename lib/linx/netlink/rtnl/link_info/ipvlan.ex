defmodule Linx.Netlink.Rtnl.LinkInfo.Ipvlan do
  @moduledoc """
  What makes a link an ipvlan or an ipvtap: kinds `"ipvlan"` and `"ipvtap"`.

  Kernel side: `IFLA_IPVLAN_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "iv0", :ipvlan, parent: "eth0", mode: :l2)

  All links of one parent share a mode. It stays an integer when read: l2 0, l3 1,
  l3s 2.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [l2: 0, l3: 1, l3s: 2]
  @flags [private: 0x1, vepa: 0x2]

  codec do
    attr 1, :mode, :u16
    attr 2, :flags, {:flags, :u16, @flags}
  end

  options(
    parent: {:link, "link whose addresses are shared", field: [:.., :link], required: true},
    mode: {{:enum, @modes}, "layer at which packets are handed over; the kernel takes l3"},
    flags: {{:flags, @flags}, "isolation; none means bridge"}
  )
end
