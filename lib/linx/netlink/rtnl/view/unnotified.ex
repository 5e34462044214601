defmodule Linx.Netlink.Rtnl.View.Unnotified do
  @moduledoc false
  # Changes that the kernel does not notify, and that a view does not infer from others: the list in
  # the documentation of `Linx.Netlink.Rtnl.View`. Each row names the fields that then differ from
  # a list; test/namespace/rtnl/view/unnotified_test.exs compares them with the
  # kernel.

  @typedoc "A plural and the fields down to one; `:missing` stands for an object that only the list has."
  @type path :: [atom()]

  # NETCONFA_* of include/uapi/linux/netconf.h: the settings that are notified.
  @notified [
    :forwarding,
    :mc_forwarding,
    :rp_filter,
    :proxy_arp,
    :proxy_ndp,
    :ignore_routes_with_linkdown
  ]

  # Also of a link that is up.
  @always [
    {[
       [:links, :limits, :gso_max_size],
       [:links, :limits, :gso_max_segs],
       [:links, :limits, :gso_ipv4_max_size],
       [:links, :limits, :gro_max_size],
       [:links, :limits, :gro_ipv4_max_size]
     ], "the limits `gso_max_size`, `gso_max_segs`, `gro_max_size` and their like of a link"},
    {[[:links, :af_spec, :inet, :conf], [:links, :af_spec, :inet6, :conf]],
     "settings of IPv4 and IPv6 in `af_spec`, but for #{Enum.map_join(@notified, ", ", &"`#{&1}`")}"},
    {[[:links, :af_spec, :inet6, :flags]], "the progress of IPv6 router solicitation"},
    {[[:neighbours, :missing]], "a neighbour that is being resolved: it shows with the outcome"}
  ]

  # `netdev_state_change` notifies of links that are up only.
  @down [
    {[
       [:links, :ifalias],
       [:links, :group],
       [:links, :prop_list],
       [:links, :carrier],
       [:links, :status, :linkmode],
       [:links, :af_spec, :inet6, :addr_gen_mode],
       [:links, :linkinfo, :info_data],
       [:links, :linkinfo, :slave_data]
     ],
     "of a link that is down: its alias, group, link mode and alternative names, given or taken; " <>
       "`addr_gen_mode`; a carrier set by hand; the data of its kind, and as a port of its " <>
       "master's kind"}
  ]

  # `ip_tunnel_update`, `ip6_tnl_update`
  @tunnel [
    {[
       [:links, :link],
       [:links, :mtu],
       [:links, :address],
       [:links, :broadcast],
       [:links, :limits, :headroom]
     ],
     "of a tunnel that is down: its link below, and the MTU and the addresses (`address`, " <>
       "`broadcast`) that follow from its options"}
  ]

  # `inet6_addr_modify`
  @tentative [
    {[[:addresses, :flags], [:addresses, :flags_ext], [:addresses, :rt_priority]],
     "flags, metric and lifetimes of an IPv6 address that are changed while it is tentative, " <>
       "and so as long as its link is down"}
  ]

  # Not reproduced by a test.
  @others [
    "where the other end of a pair is (`link`, `link_netnsid`) that goes from one other " <>
      "namespace to another; the carrier of a link that is down, if that of a link in another " <>
      "namespace decides it",
    "the spanning tree values of a bridge in `status`, as long as no port changes its state",
    "parameters that a router advertises for an IPv6 route, such as its hop limit",
    "qdiscs of transmit queues whose number changes; how a filter came to hardware",
    "settings and limits of tables of neighbours; of a forwarding table, that an entry has become " <>
      "stale"
  ]

  @doc """
  The fields that may differ: of a link that is `:up` or `:down`, of a `:tunnel` that is down,
  or of an address that is `:tentative`.
  """
  @spec paths(:up | :down | :tunnel | :tentative) :: [path()]
  def paths(:up), do: paths_of(@always)
  def paths(:down), do: paths_of(@always ++ @down)
  def paths(:tunnel), do: paths_of(@always ++ @down ++ @tunnel)
  def paths(:tentative), do: paths_of(@always ++ @down ++ @tentative)

  defp paths_of(rows), do: Enum.flat_map(rows, &elem(&1, 0))

  @doc """
  The settings in `conf` of IPv4 and IPv6 whose changes are notified.
  """
  @spec notified_settings() :: [atom()]
  def notified_settings, do: @notified

  @doc """
  The list for the documentation.
  """
  @spec document() :: String.t()
  def document do
    rows = for {_paths, text} <- @always ++ @down ++ @tunnel ++ @tentative, do: text
    Enum.map_join(rows ++ @others, ";\n", &("  * " <> &1)) <> "."
  end
end
