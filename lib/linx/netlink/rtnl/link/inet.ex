defmodule Linx.Netlink.Rtnl.Link.Inet do
  @moduledoc """
  Settings of IPv4 for a link: `IFLA_INET_*`.

      Linx.Netlink.Rtnl.Link.Inet.settings(link.af_spec.inet)[:forwarding]
      #=> 1

  `conf` holds the settings of `/proc/sys/net/ipv4/conf/NAME` as a list of numbers in the order
  of `IPV4_DEVCONF_*` of `include/uapi/linux/ip.h`; `settings/1` has their names.
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

  codec prefix: "IFLA_INET_" do
    attr 1,
         :conf,
         {:packed, :s32},
         "settings in the order of IPV4_DEVCONF_*; `settings/1` has their names"
  end

  @doc """
  The settings by their names under `/proc/sys/net/ipv4/conf/NAME`.

  Settings that this library has no name for are left out; those that the running kernel does
  not have are missing.
  """
  @spec settings(t() | nil) :: %{optional(atom()) => integer()}
  def settings(%__MODULE__{conf: [_ | _] = conf}), do: Map.new(Enum.zip(@names, conf))
  def settings(_none), do: %{}
end
