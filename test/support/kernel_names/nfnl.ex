defmodule Linx.Test.KernelNames.Nfnl do
  @moduledoc false
  # The kernel's names for netfilter. `Linx.Test.KernelNames` tells how to read this.

  alias Linx.Netlink.Message
  alias Linx.Netlink.Nfnl.{Codec, Conntrack, Event, Monitor, Nft}
  alias Linx.Netlink.Nfnl.Conntrack.{Protoinfo, Tuple}
  alias Linx.Netlink.Nfnl.Log.{Config, Packet}
  alias Linx.Netlink.Nfnl.Nft.Expr

  def headers do
    ~w(linux/in.h linux/in6.h linux/xfrm.h linux/netfilter.h linux/netfilter_arp.h) ++
      for name <-
            ~w(nf_conntrack_common nf_conntrack_sctp nf_conntrack_tcp nf_conntrack_tuple_common nf_log nf_nat nf_synproxy nf_tables
                     nf_tables_compat nfnetlink nfnetlink_conntrack nfnetlink_log),
          do: "linux/netfilter/#{name}.h"
  end

  def table do
    Map.merge(objects(), expressions())
    |> Map.merge(rare_expressions())
    |> Map.merge(connections())
    |> Map.merge(packets())
  end

  @family {"NFPROTO_", [ip: "NFPROTO_IPV4", ip6: "NFPROTO_IPV6"]}

  @protos [l3proto: @family, l4proto: "IPPROTO_"]

  # A message, whose header is `struct nfgenmsg`.
  defp message(attrs, names \\ [], as \\ []) do
    [
      attrs: attrs,
      struct: "nfgenmsg",
      as: [family: "nfgen_family"] ++ as,
      names: [family: @family] ++ names
    ]
  end

  defp objects do
    %{
      Nft.Chain => message("NFTA_CHAIN_", policy: "NF_", flags: "NFT_CHAIN_"),
      Nft.CtExpect => [attrs: "NFTA_CT_EXPECT_", names: @protos],
      Nft.CtHelper => [attrs: "NFTA_CT_HELPER_", names: @protos],
      Nft.CtTimeout => [attrs: "NFTA_CT_TIMEOUT_", names: @protos],
      Nft.FlowHook => [attrs: "NFTA_FLOWTABLE_HOOK_"],
      Nft.Flowtable => message("NFTA_FLOWTABLE_", flags: "NFT_FLOWTABLE_"),
      Nft.Object => message("NFTA_OBJ_", type: "NFT_OBJECT_"),
      Nft.Secmark => [attrs: "NFTA_SECMARK_"],
      Nft.Trace =>
        message("NFTA_TRACE_", type: "NFT_TRACETYPE_", nfproto: @family, policy: "NF_"),
      Nft.Compat => [attrs: "NFTA_RULE_COMPAT_", names: [flags: "NFT_RULE_COMPAT_F_"]],
      Nft.Data => [attrs: "NFTA_DATA_"],
      Nft.Element => [
        attrs: "NFTA_SET_ELEM_",
        names: [flags: "NFT_SET_ELEM_"],
        elements: [expressions: "NFTA_LIST_ELEM"]
      ],
      Nft.Elements =>
        message("NFTA_SET_ELEM_LIST_", [], generation: "res_id") ++
          [elements: [elements: "NFTA_LIST_ELEM"]],
      Nft.Gen => message("NFTA_GEN_"),
      Nft.Hook => [attrs: "NFTA_HOOK_"],
      Nft.Rule => message("NFTA_RULE_") ++ [elements: [expressions: "NFTA_LIST_ELEM"]],
      Nft.Set =>
        message("NFTA_SET_", flags: "NFT_SET_", policy: "NFT_SET_POL_", obj_type: "NFT_OBJECT_") ++
          [elements: [expressions: "NFTA_LIST_ELEM"]],
      Nft.SetDesc => [attrs: "NFTA_SET_DESC_", elements: [concat: "NFTA_LIST_ELEM"]],
      Nft.SetField => [attrs: "NFTA_SET_FIELD_"],
      Nft.Table => message("NFTA_TABLE_", flags: "NFT_TABLE_F_"),
      Nft.Tunnel => [attrs: "NFTA_TUNNEL_KEY_", names: [flags: "NFT_TUNNEL_F_"]],
      Nft.Tunnel.Erspan => [
        attrs: "NFTA_TUNNEL_KEY_ERSPAN_",
        names: [v2_dir: {:kernel, "include/net/erspan.h"}]
      ],
      Nft.Tunnel.Geneve => [attrs: "NFTA_TUNNEL_KEY_GENEVE_"],
      Nft.Tunnel.Ip => [attrs: "NFTA_TUNNEL_KEY_IP_"],
      Nft.Tunnel.Ip6 => [attrs: "NFTA_TUNNEL_KEY_IP6_"],
      Nft.Tunnel.Opts => [attrs: "NFTA_TUNNEL_KEY_OPTS_"],
      Nft.Tunnel.Vxlan => [attrs: "NFTA_TUNNEL_KEY_VXLAN_"],
      Nft.Verdict => [
        attrs: "NFTA_VERDICT_",
        names: [
          code:
            {"NFT_",
             for name <- [:drop, :accept, :stolen, :queue, :repeat] do
               {name, "NF_" <> String.upcase(Atom.to_string(name))}
             end}
        ]
      ]
    }
  end

  defp expressions do
    %{
      Expr => [attrs: "NFTA_EXPR_"],
      Expr.Bitwise => [attrs: "NFTA_BITWISE_", names: [op: "NFT_BITWISE_"]],
      Expr.Byteorder => [attrs: "NFTA_BYTEORDER_", names: [op: "NFT_BYTEORDER_"]],
      Expr.Cmp => [attrs: "NFTA_CMP_", names: [op: "NFT_CMP_"]],
      Expr.Counter => [attrs: "NFTA_COUNTER_"],
      Expr.Ct => [attrs: "NFTA_CT_", names: [key: "NFT_CT_", direction: "IP_CT_DIR_"]],
      Expr.Immediate => [attrs: "NFTA_IMMEDIATE_"],
      Expr.Limit => [
        attrs: "NFTA_LIMIT_",
        names: [type: "NFT_LIMIT_", flags: "NFT_LIMIT_F_"]
      ],
      Expr.Log => [attrs: "NFTA_LOG_", names: [level: "NFT_LOGLEVEL_", flags: "NF_LOG_"]],
      Expr.Lookup => [attrs: "NFTA_LOOKUP_", names: [flags: "NFT_LOOKUP_F_"]],
      Expr.Masq => [attrs: "NFTA_MASQ_", names: [flags: "NF_NAT_RANGE_"]],
      Expr.Meta => [attrs: "NFTA_META_", names: [key: "NFT_META_"]],
      Expr.Nat => [
        attrs: "NFTA_NAT_",
        names: [type: "NFT_NAT_", family: @family, flags: "NF_NAT_RANGE_"]
      ],
      Expr.Payload => [
        attrs: "NFTA_PAYLOAD_",
        names: [
          base: "NFT_PAYLOAD_",
          csum_type: "NFT_PAYLOAD_CSUM_",
          csum_flags: "NFT_PAYLOAD_"
        ]
      ],
      Expr.Range => [attrs: "NFTA_RANGE_", names: [op: "NFT_RANGE_"]],
      Expr.Redir => [attrs: "NFTA_REDIR_", names: [flags: "NF_NAT_RANGE_"]],
      Expr.Reject => [attrs: "NFTA_REJECT_", names: [type: "NFT_REJECT_"]]
    }
  end

  defp rare_expressions do
    %{
      Expr.Connlimit => [attrs: "NFTA_CONNLIMIT_", names: [flags: "NFT_CONNLIMIT_F_"]],
      Expr.Dup => [attrs: "NFTA_DUP_"],
      Expr.Dynset => [
        attrs: "NFTA_DYNSET_",
        names: [op: "NFT_DYNSET_OP_", flags: "NFT_DYNSET_F_"],
        elements: [expressions: "NFTA_LIST_ELEM"]
      ],
      Expr.Exthdr => [
        attrs: "NFTA_EXTHDR_",
        names: [op: "NFT_EXTHDR_OP_", flags: "NFT_EXTHDR_F_"]
      ],
      Expr.Fib => [
        attrs: "NFTA_FIB_",
        names: [result: "NFT_FIB_RESULT_", flags: "NFTA_FIB_F_"]
      ],
      Expr.FlowOffload => [attrs: "NFTA_FLOW_"],
      Expr.Fwd => [attrs: "NFTA_FWD_", names: [nfproto: @family]],
      Expr.Hash => [attrs: "NFTA_HASH_", names: [type: "NFT_HASH_"]],
      Expr.Inner => [attrs: "NFTA_INNER_", names: [type: "NFT_INNER_", flags: "NFT_INNER_"]],
      Expr.Last => [attrs: "NFTA_LAST_"],
      Expr.Match => [attrs: "NFTA_MATCH_"],
      Expr.Numgen => [attrs: "NFTA_NG_", names: [type: "NFT_NG_"]],
      Expr.Objref => [attrs: "NFTA_OBJREF_", names: [imm_type: "NFT_OBJECT_"]],
      Expr.Osf => [attrs: "NFTA_OSF_", names: [flags: "NFT_OSF_F_"]],
      Expr.Queue => [attrs: "NFTA_QUEUE_", names: [flags: "NFT_QUEUE_FLAG_"]],
      Expr.Quota => [attrs: "NFTA_QUOTA_", names: [flags: "NFT_QUOTA_F_"]],
      Expr.Rt => [attrs: "NFTA_RT_", names: [key: "NFT_RT_"]],
      Expr.Socket => [attrs: "NFTA_SOCKET_", names: [key: "NFT_SOCKET_"]],
      Expr.Synproxy => [attrs: "NFTA_SYNPROXY_", names: [flags: "NF_SYNPROXY_OPT_"]],
      Expr.Target => [attrs: "NFTA_TARGET_"],
      Expr.Tproxy => [attrs: "NFTA_TPROXY_", names: [family: @family]],
      Expr.Tunnel => [
        attrs: "NFTA_TUNNEL_",
        names: [key: "NFT_TUNNEL_", mode: "NFT_TUNNEL_MODE_"]
      ],
      Expr.Xfrm => [attrs: "NFTA_XFRM_", names: [key: "NFT_XFRM_KEY_", dir: "XFRM_POLICY_"]]
    }
  end

  defp connections do
    flags =
      {"IP_CT_TCP_FLAG_",
       [
         challenge_ack: "IP_CT_EXP_CHALLENGE_ACK",
         simultaneous_open: "IP_CT_TCP_SIMULTANEOUS_OPEN"
       ]}

    %{
      Conntrack => message("CTA_", status: "IPS_"),
      Conntrack.Count => message("CTA_STATS_GLOBAL_"),
      Conntrack.Counters => [attrs: "CTA_COUNTERS_"],
      Conntrack.Help => [attrs: "CTA_HELP_"],
      Conntrack.Secctx => [attrs: "CTA_SECCTX_"],
      Conntrack.SeqAdj => [attrs: "CTA_SEQADJ_"],
      Conntrack.Stats => message("CTA_STATS_", [], cpu: "res_id"),
      Conntrack.Timestamp => [attrs: "CTA_TIMESTAMP_"],
      Protoinfo => [attrs: "CTA_PROTOINFO_"],
      Protoinfo.Sctp => [attrs: "CTA_PROTOINFO_SCTP_", names: [state: "SCTP_CONNTRACK_"]],
      Protoinfo.Tcp => [attrs: "CTA_PROTOINFO_TCP_", names: [state: "TCP_CONNTRACK_"]],
      Protoinfo.Tcp.Flags => [struct: "nf_ct_tcp_flags", names: [flags: flags, mask: flags]],
      Tuple => [attrs: "CTA_TUPLE_"],
      Tuple.Addresses => [attrs: "CTA_IP_"],
      Tuple.Protocol => [attrs: "CTA_PROTO_", names: [num: "IPPROTO_"]]
    }
  end

  defp packets do
    %{
      Config => message("NFULA_CFG_", [flags: "NFULNL_CFG_F_"], group: "res_id"),
      Config.Command => [
        struct: "nfulnl_msg_config_cmd",
        names: [command: "NFULNL_CFG_CMD_"]
      ],
      Config.Mode => [struct: "nfulnl_msg_config_mode", names: [copy_mode: "NFULNL_COPY_"]],
      Packet => message("NFULA_", [ct_info: "IP_CT_"], group: "res_id"),
      Packet.Header => [struct: "nfulnl_msg_packet_hdr"],
      Packet.Timestamp => [struct: "nfulnl_msg_packet_timestamp"],
      Packet.Vlan => [attrs: "NFULA_VLAN_"]
    }
  end

  def newer do
    %{
      {6, 12} =>
        ~w(NFT_META_BRI_BROUTE NFT_PAYLOAD_TUN_HEADER NFT_TABLE_F_PERSIST NFTA_INNER_NUM
           NFTA_INNER_TYPE NFTA_INNER_FLAGS NFTA_INNER_HDRSIZE NFTA_INNER_EXPR NFT_INNER_VXLAN
           NFT_INNER_GENEVE NFT_INNER_HDRSIZE NFT_INNER_LL NFT_INNER_NH NFT_INNER_TH) ++
          for(
            what <- ~w(TABLE CHAIN RULE SET SETELEM OBJ FLOWTABLE),
            do: "NFT_MSG_DESTROY" <> what
          ),
      {7, 2} =>
        ~w(NFT_META_BRI_IIFHWADDR NFTA_BITWISE_SREG2 NFT_BITWISE_AND NFT_BITWISE_OR NFT_BITWISE_XOR
         NFTA_SET_COUNT NFTA_SET_TYPE)
    }
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

  # What functions say about numbers that are fields of their own.
  def functions do
    hooks = Nft.Hook.__hooks__()

    for({name, n} <- Nft.MessageType.names(), do: {"Nft", "NFT_MSG_#{name}", n}) ++
      for({name, n} <- Monitor.groups(), do: {"Nfnl.Monitor", "NFNLGRP_#{name}", n}) ++
      for(
        {name, n} <- Linx.Netlink.Rtnl.Monitor.groups(),
        do: {"Rtnl.Monitor", "RTNLGRP_#{name}", n}
      ) ++
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
