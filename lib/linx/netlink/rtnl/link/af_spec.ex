defmodule Linx.Netlink.Rtnl.Link.AfSpec do
  @moduledoc """
  What the address families keep for a link: `IFLA_AF_SPEC`.

  Kernel side: `IFLA_INET_*`, `IFLA_INET6_*` and `IFLA_MCTP_*` of
  `include/uapi/linux/if_link.h`; the number of each attribute is an address family.

      link.af_spec.inet6.addr_gen_mode
      #=> :eui64
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{Inet, Inet6, Mctp}

  codec do
    attr 2, :inet, {:nested, Inet}
    attr 10, :inet6, {:nested, Inet6}
    attr 45, :mctp, {:nested, Mctp}
  end
end

defmodule Linx.Netlink.Rtnl.Link.Inet do
  @moduledoc """
  What IPv4 keeps for a link: `IFLA_INET_*`.

      Linx.Netlink.Rtnl.Link.Inet.settings(link.af_spec.inet)[:forwarding]
      #=> 1

  The settings are those of `/proc/sys/net/ipv4/conf/NAME`, as a bare list in the
  order of `IPV4_DEVCONF_*` of `include/uapi/linux/ip.h`.
  """

  use Linx.Netlink.Codec

  # IPV4_DEVCONF_FORWARDING is 1.
  @names [
    :forwarding,
    :mc_forwarding,
    :proxy_arp,
    :accept_redirects,
    :secure_redirects,
    :send_redirects,
    :shared_media,
    :rp_filter,
    :accept_source_route,
    :bootp_relay,
    :log_martians,
    :tag,
    :arp_filter,
    :medium_id,
    :disable_xfrm,
    :disable_policy,
    :force_igmp_version,
    :arp_announce,
    :arp_ignore,
    :promote_secondaries,
    :arp_accept,
    :arp_notify,
    :accept_local,
    :src_valid_mark,
    :proxy_arp_pvlan,
    :route_localnet,
    :igmpv2_unsolicited_report_interval,
    :igmpv3_unsolicited_report_interval,
    :ignore_routes_with_linkdown,
    :drop_unicast_in_l2_multicast,
    :drop_gratuitous_arp,
    :bc_forwarding,
    :arp_evict_nocarrier
  ]

  codec do
    attr 1, :conf, {:packed, :s32}
  end

  @doc """
  The settings by the names they have under `/proc/sys`.

  A newer kernel's further settings are left out, an older one's are missing.
  """
  @spec settings(t() | nil) :: %{optional(atom()) => integer()}
  def settings(%__MODULE__{conf: [_ | _] = conf}), do: Map.new(Enum.zip(@names, conf))
  def settings(_none), do: %{}
end

defmodule Linx.Netlink.Rtnl.Link.Inet6 do
  @moduledoc """
  What IPv6 keeps for a link: `IFLA_INET6_*`.

      link.af_spec.inet6.token

  `conf` is a bare list in the order of `DEVCONF_*` of `include/uapi/linux/ipv6.h`;
  `settings/1` has names for it. The counters `stats` and `icmp6stats` come only with
  `stats: true`; their first value is their number.
  """

  use Linx.Netlink.Codec

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Link.Cacheinfo

  @addr_gen_modes [eui64: 0, none: 1, stable_privacy: 2, random: 3]
  # IF_* of include/net/if_inet6.h.
  @flags [rs_sent: 0x10, ra_rcvd: 0x20, ra_managed: 0x40, ra_otherconf: 0x80, ready: 0x80000000]

  # DEVCONF_FORWARDING is 0. `nil` has no file.
  @names [
    :forwarding,
    :hop_limit,
    :mtu,
    :accept_ra,
    :accept_redirects,
    :autoconf,
    :dad_transmits,
    :router_solicitations,
    :router_solicitation_interval,
    :router_solicitation_delay,
    :use_tempaddr,
    :temp_valid_lft,
    :temp_prefered_lft,
    :regen_max_retry,
    :max_desync_factor,
    :max_addresses,
    :force_mld_version,
    :accept_ra_defrtr,
    :accept_ra_pinfo,
    :accept_ra_rtr_pref,
    :router_probe_interval,
    :accept_ra_rt_info_max_plen,
    :proxy_ndp,
    :optimistic_dad,
    :accept_source_route,
    :mc_forwarding,
    :disable_ipv6,
    :accept_dad,
    :force_tllao,
    :ndisc_notify,
    :mldv1_unsolicited_report_interval,
    :mldv2_unsolicited_report_interval,
    :suppress_frag_ndisc,
    :accept_ra_from_local,
    :use_optimistic,
    :accept_ra_mtu,
    nil,
    :use_oif_addrs_only,
    :accept_ra_min_hop_limit,
    :ignore_routes_with_linkdown,
    :drop_unicast_in_l2_multicast,
    :drop_unsolicited_na,
    :keep_addr_on_down,
    :router_solicitation_max_interval,
    :seg6_enabled,
    :seg6_require_hmac,
    :enhanced_dad,
    :addr_gen_mode,
    :disable_policy,
    :accept_ra_rt_info_min_plen,
    :ndisc_tclass,
    :rpl_seg_enabled,
    :ra_defrtr_metric,
    :ioam6_enabled,
    :ioam6_id,
    :ioam6_id_wide,
    :ndisc_evict_nocarrier,
    :accept_untracked_na,
    :accept_ra_min_lft
  ]

  codec do
    attr 1, :flags, {:flags, :u32, @flags}
    attr 2, :conf, {:packed, :s32}
    attr 3, :stats, {:packed, :u64}, volatile: true
    attr 4, :mcast, :binary
    attr 5, :cacheinfo, Cacheinfo
    attr 6, :icmp6stats, {:packed, :u64}, volatile: true
    attr 7, :token, IP
    attr 8, :addr_gen_mode, {:enum, :u8, @addr_gen_modes}
    attr 9, :ra_mtu, :u32
  end

  @doc """
  The settings by the names they have under `/proc/sys/net/ipv6/conf/NAME`.

  Times are in milliseconds where the file has seconds. A newer kernel's further
  settings are left out, an older one's are missing.
  """
  @spec settings(t() | nil) :: %{optional(atom()) => integer()}
  def settings(%__MODULE__{conf: [_ | _] = conf}) do
    for {name, value} <- Enum.zip(@names, conf), name != nil, into: %{}, do: {name, value}
  end

  def settings(_none), do: %{}
end

defmodule Linx.Netlink.Rtnl.Link.Cacheinfo do
  @moduledoc """
  IPv6 timing of a link: `struct ifla_cacheinfo`.

  `reachable_time` and `retrans_time` in milliseconds, `tstamp` in hundredths of a
  second since the start.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :max_reasm_len, :u32
      field :tstamp, :u32, volatile: true
      field :reachable_time, :u32, volatile: true
      field :retrans_time, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.Mctp do
  @moduledoc """
  What MCTP keeps for a link: `IFLA_MCTP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :net, :u32
    attr 2, :phys_binding, :u8
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeAfSpec do
  @moduledoc """
  What a bridge keeps for a port, in messages of family `AF_BRIDGE`.

  Kernel side: `IFLA_BRIDGE_*` of `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{BridgeMst, BridgeTunnel, BridgeVlan}

  codec do
    attr 0, :flags, {:flags, :u16, master: 0x1, self: 0x2}
    attr 1, :mode, {:enum, :u16, veb: 0, vepa: 1}
    attr 2, :vlan_info, {:repeated, BridgeVlan}
    attr 3, :vlan_tunnel_info, {:repeated, {:nested, BridgeTunnel}}
    attr 6, :mst, {:array, {:nested, BridgeMst}, 1}
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeVlan do
  @moduledoc """
  A VLAN of a bridge port: `struct bridge_vlan_info`.
  """

  use Linx.Netlink.Codec

  # BRIDGE_VLAN_INFO_*.
  @flags [
    master: 0x1,
    pvid: 0x2,
    untagged: 0x4,
    range_begin: 0x8,
    range_end: 0x10,
    brentry: 0x20,
    only_opts: 0x40
  ]

  @doc false
  def __flags__, do: @flags

  codec do
    header do
      field :flags, {:flags, :u16, @flags}
      field :vid, :u16
    end
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeTunnel do
  @moduledoc """
  The tunnel that a VLAN of a bridge port goes through: `IFLA_BRIDGE_VLAN_TUNNEL_*`.

  A range of them is two, marked `:range_begin` and `:range_end`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.BridgeVlan

  @flags BridgeVlan.__flags__()

  codec do
    attr 1, :id, :u32
    attr 2, :vid, :u16
    attr 3, :flags, {:flags, :u16, @flags}
  end
end

defmodule Linx.Netlink.Rtnl.Link.BridgeMst do
  @moduledoc """
  A port of a bridge in one of several spanning trees: `IFLA_BRIDGE_MST_ENTRY_*`.

  Kernel side: `include/uapi/linux/if_bridge.h` and `net/bridge/br_mst.c`. `msti` is the
  number of the tree; in 0, the common one, the port has the state of its `protinfo`.

      :ok = Linx.Netlink.Rtnl.Vlan.set_mst(sock, "eth1", 7, state: :blocking)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  # BR_STATE_*.
  @states [disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4]

  codec do
    attr 1, :msti, :u16
    attr 2, :state, {:enum, :u8, @states}
  end

  options(state: {{:enum, @states}, "STP state of the port in this tree", required: true})
end
