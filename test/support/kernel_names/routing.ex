defmodule Linx.Test.KernelNames.Routing do
  @moduledoc false
  # The kernel's names for errors, addresses, neighbours, routes, nexthops and rules.
  # `Linx.Test.KernelNames` tells how to read this.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Error
  alias Linx.Netlink.Rtnl.{Address, Fdb, Neighbour, NeighbourTable, Nexthop, Route, Rule}

  @group_types {"NEXTHOP_GRP_TYPE_", resilient: "NEXTHOP_GRP_TYPE_RES"}
  @notify {"FDB_NOTIFY_", inactive: "FDB_NOTIFY_INACTIVE_BIT"}
  # Of the flags in front of the extended ones, moved up by NTF_EXT_SHIFT of
  # include/net/neighbour.h.
  @settable {"NTF_",
             extern_learn: "NTF_EXT_LEARNED",
             managed: {:kernel, "include/net/neighbour.h"},
             ext_validated: {:kernel, "include/net/neighbour.h"}}

  def headers do
    ~w(linux/fib_rules.h linux/icmpv6.h linux/in.h linux/in6.h linux/if_addr.h linux/neighbour.h linux/netlink.h
       linux/lwtunnel.h linux/nexthop.h linux/rtnetlink.h linux/socket.h)
  end

  def table do
    %{
      Error.ExtAck => [attrs: "NLMSGERR_ATTR_"],
      Error.Policy => [attrs: "NL_POLICY_TYPE_ATTR_", names: [type: "NL_ATTR_TYPE_"]],
      Address => [
        attrs: "IFA_",
        as: [flags_ext: "IFA_FLAGS"],
        struct: "ifaddrmsg",
        members: "ifa_",
        names: [flags_ext: "IFA_F_", proto: "IFAPROT_"],
        options: [
          flags:
            {"IFA_F_",
             home: "IFA_F_HOMEADDRESS",
             mngtmpaddr: "IFA_F_MANAGETEMPADDR",
             autojoin: "IFA_F_MCAUTOJOIN"}
        ]
      ],
      Address.Cacheinfo => [
        struct: "ifa_cacheinfo",
        as: [prefered: "ifa_prefered", valid: "ifa_valid"]
      ],
      Neighbour => [
        attrs: "NDA_",
        as: [via: "NDA_IFINDEX"],
        struct: "ndmsg",
        members: "ndm_",
        names: [
          protocol: "RTPROT_",
          flags_ext: "NTF_EXT_",
          ndm_state_mask: "NUD_",
          ndm_flags_mask: "NTF_"
        ],
        options: [state: "NUD_", flags: @settable]
      ],
      Neighbour.Cacheinfo => [struct: "nda_cacheinfo", members: "ndm_"],
      Neighbour.FdbExtAttrs => [attrs: "NFEA_", names: [activity_notify: @notify]],
      NeighbourTable => [
        attrs: "NDTA_",
        struct: "ndtmsg",
        members: "ndtm_",
        names: [family: "AF_"]
      ],
      NeighbourTable.Config => [struct: "ndt_config", members: "ndtc_"],
      NeighbourTable.Parms => [attrs: "NDTPA_"],
      NeighbourTable.Stats => [struct: "ndt_stats", members: "ndts_"],
      Fdb => [
        attrs: "NDA_",
        as: [via: "NDA_IFINDEX"],
        struct: "ndmsg",
        members: "ndm_",
        names: [
          state: "NUD_",
          flags: "NTF_",
          flags_ext: "NTF_EXT_",
          protocol: "RTPROT_",
          ndm_state_mask: "NUD_",
          ndm_flags_mask: "NTF_"
        ],
        options: [
          state: {"NUD_", local: "NUD_PERMANENT", static: "NUD_NOARP", dynamic: "NUD_REACHABLE"},
          flags: @settable,
          activity_notify:
            {"FDB_NOTIFY_",
             true: "FDB_NOTIFY_BIT", inactive: "FDB_NOTIFY_BIT|FDB_NOTIFY_INACTIVE_BIT"}
        ]
      ],
      Fdb.Cacheinfo => [struct: "nda_cacheinfo", members: "ndm_"],
      Fdb.ExtAttrs => [attrs: "NFEA_", names: [activity_notify: @notify]],
      Route => [
        attrs: "RTA_",
        as: [table_ext: "RTA_TABLE"],
        struct: "rtmsg",
        members: "rtm_",
        names: [pref: "ICMPV6_ROUTER_PREF_", encap_type: "LWTUNNEL_ENCAP_"]
      ],
      Route.Cacheinfo => [struct: "rta_cacheinfo", members: "rta_"],
      Route.Lookup => [attrs: "RTA_", names: [ip_proto: "IPPROTO_"]],
      Route.Metrics => [
        attrs: "RTAX_",
        names: [lock: {:bit, "RTAX_"}, features: "RTAX_FEATURE_"]
      ],
      Route.Mpls => [attrs: "RTA_"],
      Route.MfcStats => [struct: "rta_mfc_stats", members: "mfcs_"],
      Route.Path => [
        attrs: "RTA_",
        struct: "rtnexthop",
        members: "rtnh_",
        names: [flags: "RTNH_F_", encap_type: "LWTUNNEL_ENCAP_"]
      ],
      Nexthop => [
        attrs: "NHA_",
        struct: "nhmsg",
        members: "nh_",
        names: [
          family: "AF_",
          scope: "RT_SCOPE_",
          protocol: "RTPROT_",
          flags: "RTNH_F_",
          group_type: @group_types,
          encap_type: "LWTUNNEL_ENCAP_",
          op_flags: "NHA_OP_FLAG_"
        ],
        options: [type: @group_types]
      ],
      Nexthop.Group => [struct: "nexthop_grp"],
      Nexthop.ResBucket => [attrs: "NHA_RES_BUCKET_"],
      Nexthop.ResGroup => [attrs: "NHA_RES_GROUP_"],
      Nexthop.Stats => [attrs: "NHA_GROUP_STATS_"],
      Nexthop.Stats.Entry => [attrs: "NHA_GROUP_STATS_ENTRY_"],
      Rule => [
        attrs: "FRA_",
        as: [table_ext: "FRA_TABLE"],
        struct: "fib_rule_hdr",
        options: [action: "FR_ACT_"]
      ],
      Rule.Masks => [attrs: "FRA_"],
      Rule.PortRange => [struct: "fib_rule_port_range"],
      Rule.UidRange => [struct: "fib_rule_uid_range"]
    }
  end

  def newer do
    %{
      {6, 12} => ~w(FRA_DSCP NHA_GROUP_STATS NHA_GROUP_STATS_ENTRY NHA_GROUP_STATS_ENTRY_ID
         NHA_GROUP_STATS_ENTRY_PACKETS NHA_GROUP_STATS_ENTRY_PACKETS_HW
         NHA_HW_STATS_ENABLE NHA_HW_STATS_USED NHA_OP_FLAGS NHA_OP_FLAG_DUMP_HW_STATS
         NHA_OP_FLAG_DUMP_STATS NHA_OP_FLAG_RESP_GRP_RESVD_0 NL_ATTR_TYPE_SINT
         NL_ATTR_TYPE_UINT NTF_EXT_LOCKED RTAX_FEATURE_TCP_USEC_TS
         nexthop_grp.weight_high),
      {7, 2} => ~w(FRA_DPORT_MASK FRA_DSCP_MASK FRA_FLOWLABEL FRA_FLOWLABEL_MASK
         FRA_SPORT_MASK NTF_EXT_EXT_VALIDATED RTA_FLOWLABEL RTPROT_OVN)
    }
  end

  # What functions say about numbers that are fields of their own.
  def functions do
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

  # Two names are in both halves; above, they have a prefix.
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
end
