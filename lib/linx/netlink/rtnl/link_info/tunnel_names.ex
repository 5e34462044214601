defmodule Linx.Netlink.Rtnl.LinkInfo.TunnelNames do
  @moduledoc false
  # Names of values that several kinds of tunnels have.

  # TUNNEL_ENCAP_* of include/uapi/linux/if_tunnel.h
  @spec encap_types() :: keyword(non_neg_integer())
  def encap_types, do: [none: 0, fou: 1, gue: 2, mpls: 3]

  # TUNNEL_ENCAP_FLAG_*
  @spec encap_flags() :: keyword(pos_integer())
  def encap_flags, do: [csum: 0x1, csum6: 0x2, remcsum: 0x4]

  # IP6_TNL_F_* of include/uapi/linux/ip6_tunnel.h; the kernel sets the last three, of
  # include/net/ip6_tunnel.h.
  @spec ip6_flags() :: keyword(pos_integer())
  def ip6_flags do
    [
      ign_encap_limit: 0x1,
      use_orig_tclass: 0x2,
      use_orig_flowlabel: 0x4,
      mip6_dev: 0x8,
      rcv_dscp_copy: 0x10,
      use_orig_fwmark: 0x20,
      allow_local_remote: 0x40,
      cap_xmit: 0x10000,
      cap_rcv: 0x20000,
      cap_per_packet: 0x40000
    ]
  end

  # VXLAN_DF_* and GENEVE_DF_* of include/uapi/linux/if_link.h
  @spec dfs() :: keyword(non_neg_integer())
  def dfs, do: [unset: 0, set: 1, inherit: 2]
end
