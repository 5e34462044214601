defmodule Linx.Netlink.Rtnl.Link.Inet6 do
  @moduledoc """
  Settings and counters of IPv6 for a link: `IFLA_INET6_*`.

      link.af_spec.inet6.token

  `conf` holds the settings as a list of numbers in the order of `DEVCONF_*` of
  `include/uapi/linux/ipv6.h`; `settings/1` has their names. The kernel sends the counters `stats`
  and `icmp6stats` only with `stats: true`; the first value of each is the number of values.
  """

  use Linx.Netlink.Codec

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Link.Cacheinfo

  @addr_gen_modes [eui64: 0, none: 1, stable_privacy: 2, random: 3]

  @doc false
  @spec __addr_gen_modes__() :: keyword(non_neg_integer())
  def __addr_gen_modes__, do: @addr_gen_modes

  # IF_* of include/net/if_inet6.h.
  @flags [rs_sent: 0x10, ra_rcvd: 0x20, ra_managed: 0x40, ra_otherconf: 0x80, ready: 0x80000000]

  # DEVCONF_FORWARDING is 0. `nil` stands for a number without a file.
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

  codec prefix: "IFLA_INET6_" do
    attr 1, :flags, {:flags, :u32, @flags}, "state of router discovery",
      values: {:kernel, "include/net/if_inet6.h"}

    attr 2,
         :conf,
         {:packed, :s32},
         "settings in the order of DEVCONF_*; `settings/1` has their names"

    attr 3,
         :stats,
         {:packed, :u64},
         "counters in the order of IPSTATS_MIB_*, the first is their number",
         volatile: true

    attr 4, :mcast, :binary, "multicast addresses; not sent by Linux"
    attr 5, :cacheinfo, Cacheinfo, "timing of neighbour discovery"

    attr 6,
         :icmp6stats,
         {:packed, :u64},
         "counters in the order of ICMP6_MIB_*, the first is their number",
         volatile: true

    attr 7, :token, IP, "interface identifier for advertised prefixes"

    attr 8, :addr_gen_mode, {:enum, :u8, @addr_gen_modes}, "generation of link-local addresses",
      values: "IN6_ADDR_GEN_MODE_"

    attr 9, :ra_mtu, :u32, "MTU from router advertisements, bytes"
  end

  @doc """
  The settings by their names under `/proc/sys/net/ipv6/conf/NAME`.

  Times are in milliseconds where the file has seconds. Settings that this library has no name
  for are left out; those that the running kernel does not have are missing.
  """
  @spec settings(t() | nil) :: %{optional(atom()) => integer()}
  def settings(%__MODULE__{conf: [_ | _] = conf}) do
    for {name, value} <- Enum.zip(@names, conf), name != nil, into: %{}, do: {name, value}
  end

  def settings(_none), do: %{}
end
