defmodule Linx.Test.HeaderNames.Functions do
  @moduledoc false
  # Names that functions return for the numbers of fields: `{where, kernel's name, number}`, with the
  # name in lower or upper case.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Message
  alias Linx.Netlink.Nfnl.{Codec, Event, Monitor, Nft}
  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Route, Rule}
  alias Linx.Netlink.Rtnl.Link.{Inet, Inet6}

  def all, do: links() ++ devconf() ++ routing() ++ groups() ++ netfilter() ++ nl80211()

  defp links do
    for n <- 0..31, name <- Link.flags(%Link{flags: 1 <<< n}) do
      {"Link.flags", "IFF_#{name}", 1 <<< n}
    end
  end

  # The settings of a link (`IPV4_DEVCONF_*`, `DEVCONF_*`) and their indices in the kernel's array.
  defp devconf do
    inet = Inet.settings(%Inet{conf: Enum.to_list(1..200)})
    inet6 = Inet6.settings(%Inet6{conf: Enum.to_list(0..200)})

    irregular = %{
      arp_filter: "ARPFILTER",
      disable_policy: "NOPOLICY",
      disable_xfrm: "NOXFRM",
      src_valid_mark: "SRC_VMARK"
    }

    irregular6 = %{
      hop_limit: "HOPLIMIT",
      mtu: "MTU6",
      router_probe_interval: "RTR_PROBE_INTERVAL",
      router_solicitations: "RTR_SOLICITS",
      router_solicitation_delay: "RTR_SOLICIT_DELAY",
      router_solicitation_interval: "RTR_SOLICIT_INTERVAL",
      router_solicitation_max_interval: "RTR_SOLICIT_MAX_INTERVAL"
    }

    for({name, n} <- inet, do: devconf("IPV4_DEVCONF_", name, n, irregular)) ++
      for {name, n} <- inet6, do: devconf("DEVCONF_", name, n, irregular6)
  end

  defp devconf(prefix, name, number, irregular) do
    {"settings #{name}", prefix <> Map.get(irregular, name, Atom.to_string(name)), number}
  end

  # The tables of types that are no codecs.
  defp nl80211 do
    for {prefix, names} <- [
          {"NL80211_EXT_FEATURE_", Nl80211.ExtFeatures.names()},
          {"NL80211_MNTR_FLAG_", Nl80211.MonitorFlags.names()},
          {"NL80211_IFTYPE_", Nl80211.Iftypes.names()},
          {"NL80211_BAND_", Nl80211.Names.bands()}
        ],
        {name, number} <- names,
        do: {"Nl80211 #{name}", prefix <> Atom.to_string(name), number}
  end

  defp routing do
    values(%Address{}, :scope, &Address.scope/1, "RT_SCOPE_") ++
      bits(%Address{family: 2}, :flags, &Address.flags/1, "IFA_F_", 0..7) ++
      bits(%Neighbour{}, :state, &Neighbour.states/1, "NUD_", 0..15) ++
      bits(%Neighbour{}, :flags, &Neighbour.flags/1, "NTF_", 0..7) ++
      values(%Route{}, :type, &Route.type/1, "RTN_") ++
      values(%Route{}, :protocol, &Route.protocol/1, "RTPROT_") ++
      values(%Route{}, :scope, &Route.scope/1, "RT_SCOPE_") ++
      bits(%Route{}, :flags, &Route.flags/1, "RTNH_F_", 0..7) ++
      route_flags() ++
      values(%Rule{}, :action, &Rule.action/1, "FR_ACT_") ++
      values(%Rule{}, :protocol, &Rule.protocol/1, "RTPROT_") ++
      bits(%Rule{}, :flags, &Rule.flags/1, "FIB_RULE_", 0..31)
  end

  # Two names occur among the lower bits (`RTNH_F_*`) and the upper bits (`RTM_F_*`): those of the upper
  # bits have the prefix `rt_`.
  defp route_flags do
    for {where, name, number} <- bits(%Route{}, :flags, &Route.flags/1, "", 8..31),
        do: {where, "RTM_F_" <> String.replace_prefix(name, "rt_", ""), number}
  end

  defp values(struct, field, fun, prefix) do
    for number <- 0..255, name = fun.(Map.replace!(struct, field, number)), is_atom(name) do
      {"#{inspect(fun)}", "#{prefix}#{name}", number}
    end
  end

  defp bits(struct, field, fun, prefix, range) do
    for bit <- range, name <- fun.(Map.replace!(struct, field, 1 <<< bit)), is_atom(name) do
      {"#{inspect(fun)}", "#{prefix}#{name}", 1 <<< bit}
    end
  end

  @hooks %{
    prerouting: "NF_INET_PRE_ROUTING",
    input: "NF_INET_LOCAL_IN",
    forward: "NF_INET_FORWARD",
    output: "NF_INET_LOCAL_OUT",
    postrouting: "NF_INET_POST_ROUTING",
    ingress: "NF_INET_INGRESS"
  }

  @arp_hooks %{input: "NF_ARP_IN", output: "NF_ARP_OUT", forward: "NF_ARP_FORWARD"}

  defp groups do
    for({name, n} <- Monitor.groups(), do: {"Nfnl.Monitor", "NFNLGRP_#{name}", n}) ++
      for {name, n} <- Rtnl.Monitor.groups(), do: {"Rtnl.Monitor", "RTNLGRP_#{name}", n}
  end

  defp netfilter do
    hooks = Nft.Hook.__hooks__()

    for({name, n} <- Nft.MessageType.names(), do: {"Nft", "NFT_MSG_#{name}", n}) ++
      for({name, n} <- hooks.inet, do: {"Nft.Hook", @hooks[name], n}) ++
      for({name, n} <- hooks.netdev, do: {"Nft.Hook", "NF_NETDEV_#{name}", n}) ++
      for({name, n} <- hooks.arp, do: {"Nft.Hook", @arp_hooks[name], n}) ++
      subsystems() ++ events()
  end

  defp subsystems do
    [
      {"Nfnl.Codec", "NFNL_SUBSYS_NFTABLES", Codec.subsys_nftables()},
      {"Nfnl.Codec", "NFNL_SUBSYS_ULOG", Codec.subsys_ulog()},
      {"Nfnl.Codec", "NFNL_SUBSYS_CTNETLINK", Codec.subsys_ctnetlink()},
      {"Nfnl.Codec", "NFNL_SUBSYS_QUEUE", Codec.subsys_queue()},
      {"Nfnl.Codec", "NFNL_MSG_BATCH_BEGIN", Codec.batch_begin(10).type},
      {"Nfnl.Codec", "NFNL_MSG_BATCH_END", Codec.batch_end(10).type}
    ]
  end

  @events %{
    new_object: "NFT_MSG_NEWOBJ",
    del_object: "NFT_MSG_DELOBJ",
    new_elements: "NFT_MSG_NEWSETELEM",
    del_elements: "NFT_MSG_DELSETELEM",
    update_conntrack: "IPCTNL_MSG_CT_NEW",
    destroy_conntrack: "IPCTNL_MSG_CT_DELETE"
  }

  defp events do
    for subsystem <- [1, 10], n <- 0..255, reduce: [] do
      names ->
        type = Codec.nlmsg_type(subsystem, n)

        case Event.decode(%Message{type: type, payload: <<0::32>>}).op do
          {:unknown, _} ->
            names

          op ->
            name = @events[op] || "NFT_MSG_#{String.replace(Atom.to_string(op), "_", "")}"
            [{"Nfnl.Event", name, n} | names]
        end
    end
  end
end
