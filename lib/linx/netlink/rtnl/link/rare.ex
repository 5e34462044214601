defmodule Linx.Netlink.Rtnl.Link.Rare do
  @moduledoc """
  What few link messages carry: virtual functions, and what only requests or
  notifications hold.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. The same attributes as
  those of `Linx.Netlink.Rtnl.Link`, which holds this struct as `rare`; there it is
  `nil` for most links.

  `IFLA_STATS` 7 is left out: it is the link's `stats64` cut to 32 bits a counter.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{Port, Vf}

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

  codec do
    attr 8, :cost, :binary
    attr 9, :priority, :binary
    attr 11, :wireless, :binary
    attr 21, :num_vf, :u32
    attr 22, :vfinfo_list, {:array, Vf, 1}
    attr 24, :vf_ports, {:array, Port, 1}
    attr 25, :port_self, {:nested, Port}
    attr 28, :net_ns_fd, :u32
    attr 29, :ext_mask, {:flags, :u32, @ext_masks}
    attr 45, :new_netnsid, :s32
    attr 46, :target_netnsid, :s32
    attr 49, :new_ifindex, :s32
    attr 53, :alt_ifname, :string
  end
end
