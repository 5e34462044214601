defmodule Linx.Netlink.Rtnl.Link.Request do
  @moduledoc """
  Attributes that direct a request for a link: how the link is found, which parts of it are
  wanted, in which namespace.

  Kernel side: `IFLA_*` and `RTEXT_FILTER_*` of `include/uapi/linux/if_link.h` and
  `include/uapi/linux/rtnetlink.h`. A `Linx.Netlink.Rtnl.Link` holds this struct in `request`.
  In links that the kernel sends it is `nil`, but for `target_netnsid` with the option of that
  name. The verbs of `Linx.Netlink.Rtnl.Link` fill it in.
  """

  use Linx.Netlink.Codec

  @ext_masks [
    vf: 0x1,
    brvlan: 0x2,
    brvlan_compressed: 0x4,
    skip_stats: 0x8,
    mrp: 0x10,
    cfm_config: 0x20,
    cfm_status: 0x40,
    mst: 0x80,
    name_only: 0x100
  ]

  codec prefix: "IFLA_" do
    attr 28, :net_ns_fd, :u32, "descriptor of the network namespace that the link moves to"

    attr 29, :ext_mask, {:flags, :u32, @ext_masks}, "parts of a link that are requested",
      values: "RTEXT_FILTER_"

    attr 46, :target_netnsid, :s32, "id of the network namespace that is read"
    attr 53, :alt_ifname, :string, "alternative name of the requested link"
  end
end
