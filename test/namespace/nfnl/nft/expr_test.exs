defmodule Linx.Namespace.Nfnl.Nft.ExprTest do
  # Names and values of the fields of expressions, in rules that `nft` made.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall
  import Linx.Test.Ruleset

  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Expr, Rule}

  setup :with_nfnl

  # Family and chain of a rule, the rule in nft's language, and some fields of one of its
  # expressions. Kernels and versions of `nft` support different subsets.
  @rows [
    {"inet input", "meta length 100", Expr.Meta, key: :len},
    {"inet input", "meta protocol ip", Expr.Meta, key: :protocol},
    {"inet input", "meta priority 1:2", Expr.Meta, key: :priority},
    {"inet input", "meta mark 5", Expr.Meta, key: :mark},
    {"inet input", "meta mark set 5", Expr.Meta, key: :mark, sreg: 1, dreg: nil},
    {"inet input", "iif \"lo\"", Expr.Meta, key: :iif},
    {"inet output", "oif \"lo\"", Expr.Meta, key: :oif},
    {"inet input", "iifname \"lo\"", Expr.Meta, key: :iifname},
    {"inet output", "oifname \"lo\"", Expr.Meta, key: :oifname},
    {"inet input", "iiftype loopback", Expr.Meta, key: :iiftype},
    {"inet output", "oiftype loopback", Expr.Meta, key: :oiftype},
    {"inet output", "meta skuid 7", Expr.Meta, key: :skuid},
    {"inet output", "meta skgid 7", Expr.Meta, key: :skgid},
    {"inet input", "meta nftrace set 1", Expr.Meta, key: :nftrace},
    {"inet input", "meta rtclassid 5", Expr.Meta, key: :rtclassid},
    {"inet input", "meta nfproto ipv4", Expr.Meta, key: :nfproto},
    {"inet input", "meta l4proto 7", Expr.Meta, key: :l4proto},
    {"bridge input", "meta ibrname \"b\"", Expr.Meta, key: :bri_iifname},
    {"bridge output", "meta obrname \"b\"", Expr.Meta, key: :bri_oifname},
    {"inet input", "meta pkttype broadcast", Expr.Meta, key: :pkttype},
    {"inet input", "meta cpu 1", Expr.Meta, key: :cpu},
    {"inet input", "iifgroup 5", Expr.Meta, key: :iifgroup},
    {"inet output", "oifgroup 5", Expr.Meta, key: :oifgroup},
    {"inet output", "meta cgroup 5", Expr.Meta, key: :cgroup},
    {"inet input", "meta random 5", Expr.Meta, key: :prandom},
    {"inet input", "meta secpath exists", Expr.Meta, key: :secpath},
    {"inet input", "meta iifkind \"vrf\"", Expr.Meta, key: :iifkind},
    {"inet output", "meta oifkind \"vrf\"", Expr.Meta, key: :oifkind},
    {"bridge input", "meta ibrpvid 5", Expr.Meta, key: :bri_iifpvid},
    {"bridge input", "meta ibrvproto 8021q", Expr.Meta, key: :bri_iifvproto},
    {"inet input", "meta time \"2030-01-01 00:00:00\"", Expr.Meta, key: :time_ns},
    {"inet input", "meta day \"Monday\"", Expr.Meta, key: :time_day},
    {"inet input", "meta hour \"10:00\"", Expr.Meta, key: :time_hour},
    {"inet input", "meta sdif \"lo\"", Expr.Meta, key: :sdif},
    {"inet input", "meta sdifname \"vrf\"", Expr.Meta, key: :sdifname},
    {"bridge prerouting", "meta broute set 1", Expr.Meta, key: :bri_broute},
    {"bridge prerouting", "meta ibrhwaddr 02:00:00:00:00:01", Expr.Meta, key: :bri_iifhwaddr},
    {"inet input", "ct secmark set meta secmark", Expr.Meta, key: :secmark},
    {"inet input", "ct secmark set meta secmark", Expr.Ct, key: :secmark, sreg: 1},
    {"inet input", "ct state new", Expr.Ct, key: :state},
    {"inet input", "ct direction reply", Expr.Ct, key: :direction},
    {"inet input", "ct status snat", Expr.Ct, key: :status},
    {"inet input", "ct mark 5", Expr.Ct, key: :mark},
    {"inet input", "ct expiration 30s", Expr.Ct, key: :expiration},
    {"inet input", "ct helper \"ftp\"", Expr.Ct, key: :helper},
    {"inet input", "ct original l3proto ipv4", Expr.Ct, key: :l3protocol},
    {"ip input", "ct original saddr 10.0.0.1", Expr.Ct, key: :src, direction: :original},
    {"ip input", "ct reply daddr 10.0.0.1", Expr.Ct, key: :dst, direction: :reply},
    {"inet input", "ct reply protocol tcp", Expr.Ct, key: :protocol},
    {"inet input", "meta l4proto tcp ct original proto-src 80", Expr.Ct, key: :proto_src},
    {"inet input", "meta l4proto tcp ct original proto-dst 80", Expr.Ct, key: :proto_dst},
    {"inet input", "ct label 3", Expr.Ct, key: :labels},
    {"inet input", "ct original packets 5", Expr.Ct, key: :pkts, direction: :original},
    {"inet input", "ct bytes 5", Expr.Ct, key: :bytes, direction: nil},
    {"inet input", "ct reply avgpkt 5", Expr.Ct, key: :avgpkt, direction: :reply},
    {"inet input", "ct zone 5", Expr.Ct, key: :zone},
    {"inet input", "ct event set new", Expr.Ct, key: :eventmask, sreg: 1},
    {"inet input", "ct original ip saddr 10.0.0.1", Expr.Ct, key: :src_ip},
    {"inet input", "ct original ip daddr 10.0.0.1", Expr.Ct, key: :dst_ip},
    {"inet input", "ct original ip6 saddr fd00::1", Expr.Ct, key: :src_ip6},
    {"inet input", "ct original ip6 daddr fd00::1", Expr.Ct, key: :dst_ip6},
    {"inet input", "ct id 5", Expr.Ct, key: :id},
    {"inet input", "meta mark & 0xf0 == 0x10", Expr.Bitwise, op: :mask_xor, len: 4},
    {"inet input", "meta mark set meta mark << 4", Expr.Bitwise, op: :lshift},
    {"inet input", "meta mark set meta mark >> 4", Expr.Bitwise, op: :rshift},
    {"inet input", "meta mark set meta mark & ct mark", Expr.Bitwise, op: :and},
    {"inet input", "meta mark set meta mark | ct mark", Expr.Bitwise, op: :or},
    {"inet input", "meta mark set meta mark ^ ct mark", Expr.Bitwise, op: :xor},
    {"inet input", "meta mark > 5", Expr.Byteorder, op: :hton, len: 4, size: 4},
    {"inet input", "tcp dport 5", Expr.Cmp, op: :eq},
    {"inet input", "tcp dport != 5", Expr.Cmp, op: :neq},
    {"inet input", "tcp dport < 5", Expr.Cmp, op: :lt},
    {"inet input", "tcp dport <= 5", Expr.Cmp, op: :lte},
    {"inet input", "tcp dport > 5", Expr.Cmp, op: :gt},
    {"inet input", "tcp dport >= 5", Expr.Cmp, op: :gte},
    {"inet input", "tcp dport != 5-9", Expr.Range, op: :neq},
    {"inet input", "tcp dport != { 5, 9 }", Expr.Lookup, flags: [:inv]},
    {"inet input", "limit rate 5/minute", Expr.Limit, rate: 5, unit: 60, type: :pkts},
    {"inet input", "limit rate over 5 bytes/hour", Expr.Limit,
     rate: 5, unit: 3600, type: :pkt_bytes, flags: [:inv]},
    {"inet input", "fib daddr . mark type local", Expr.Fib,
     result: :addrtype, flags: [:daddr, :mark]},
    {"inet output", "fib saddr . oif type local", Expr.Fib, flags: [:saddr, :oif]},
    {"inet input", "fib saddr . iif oif exists", Expr.Fib,
     result: :oif, flags: [:saddr, :iif, :present]},
    {"inet input", "fib saddr oifname \"lo\"", Expr.Fib, result: :oifname},
    {"inet input", "last", Expr.Last, set: 0},
    {"inet input", "tcp option sack-perm exists", Expr.Exthdr,
     op: :tcpopt, type: 4, flags: [:present]},
    {"inet input", "rt type 0", Expr.Exthdr, op: :ipv6, type: 43, offset: 2, len: 1},
    {"inet input", "ip option rr type 7", Expr.Exthdr, op: :ipv4, type: 7},
    {"inet input", "sctp chunk data tsn 5", Expr.Exthdr, op: :sctp, type: 0, offset: 4},
    {"inet input", "dccp option 5 exists", Expr.Exthdr, op: :dccp, type: 5},
    {"inet output", "rt ip nexthop 10.0.0.1", Expr.Rt, key: :nexthop4},
    {"inet output", "rt ip6 nexthop fd00::1", Expr.Rt, key: :nexthop6},
    {"inet output", "rt ipsec exists", Expr.Rt, key: :xfrm},
    {"inet forward", "tcp option maxseg size set rt mtu", Expr.Rt, key: :tcpmss},
    {"inet input", "socket mark 5", Expr.Socket, key: :mark},
    {"inet input", "socket wildcard 1", Expr.Socket, key: :wildcard},
    {"inet input", "socket cgroupv2 level 1 \"/\"", Expr.Socket, key: :cgroupv2, level: 1},
    {"inet input", "ipsec in ip saddr 10.0.0.1", Expr.Xfrm, key: :saddr_ip4, dir: :in},
    {"inet input", "ipsec in ip daddr 10.0.0.1", Expr.Xfrm, key: :daddr_ip4},
    {"inet input", "ipsec in ip6 saddr fd00::1", Expr.Xfrm, key: :saddr_ip6},
    {"inet output", "ipsec out ip6 daddr fd00::1", Expr.Xfrm, key: :daddr_ip6, dir: :out},
    {"inet input", "ipsec in spnum 1 spi 5", Expr.Xfrm, key: :spi, spnum: 1},
    {"inet input", "ipsec in reqid 5", Expr.Xfrm, key: :reqid},
    {"inet input", "@ll,0,8 5", Expr.Payload, base: :ll_header},
    {"inet input", "@nh,8,16 5", Expr.Payload, base: :network_header, offset: 1, len: 2},
    {"inet input", "@th,0,8 5", Expr.Payload, base: :transport_header},
    {"inet input", "@ih,0,8 5", Expr.Payload, base: :inner_header},
    {"bridge input", "ether saddr set 02:00:00:00:00:01", Expr.Payload, csum_type: :none},
    {"inet input", "tcp dport set 80", Expr.Payload, csum_type: :inet, csum_offset: 16},
    {"inet input", "sctp dport set 80", Expr.Payload, csum_type: :sctp, csum_offset: 8},
    {"inet input", "ip saddr set 10.0.0.1", Expr.Payload, csum_flags: [:l4csum_pseudohdr]},
    {"netdev ingress device lo", "fwd ip to 10.0.0.1 device \"lo\"", Expr.Fwd,
     nfproto: :ip, sreg_addr: 2},
    {"netdev ingress device lo", "fwd ip6 to fd00::1 device \"lo\"", Expr.Fwd, nfproto: :ip6},
    {"inet postrouting nat", "snat ip6 to fd00::1", Expr.Nat, type: :snat, family: :ip6},
    {"inet prerouting nat", "dnat ip to 10.0.0.1", Expr.Nat, type: :dnat, family: :ip},
    {"ip postrouting nat", "snat to 10.0.0.1 persistent", Expr.Nat,
     flags: [:map_ips, :persistent]},
    {"ip postrouting nat", "snat to 10.0.0.1 random", Expr.Nat, flags: [:map_ips, :proto_random]},
    {"ip postrouting nat", "snat to 10.0.0.1 fully-random", Expr.Nat,
     flags: [:map_ips, :proto_random_fully]},
    {"ip postrouting nat", "snat prefix to ip saddr map { 10.0.0.0/8 : 11.0.0.0/8 }", Expr.Nat,
     flags: [:map_ips, :netmap]},
    {"ip postrouting nat", "masquerade fully-random", Expr.Masq, flags: [:proto_random_fully]},
    {"ip postrouting nat", "ip protocol tcp masquerade to :1000-2000", Expr.Masq,
     flags: [:proto_specified], reg_proto_min: 1, reg_proto_max: 2},
    {"ip prerouting nat", "tcp dport 7 redirect to :8-9 persistent", Expr.Redir,
     reg_proto_min: 1, reg_proto_max: 2, flags: [:proto_specified, :persistent]},
    {"ip prerouting nat", "redirect random", Expr.Redir, flags: [:proto_random]},
    {"ip prerouting nat", "redirect fully-random", Expr.Redir, flags: [:proto_random_fully]},
    {"inet input", "reject with icmp type host-unreachable", Expr.Reject,
     type: :icmp_unreach, icmp_code: 1},
    {"inet input", "reject with icmpx type no-route", Expr.Reject,
     type: :icmpx_unreach, icmp_code: 0},
    {"inet input", "meta l4proto tcp reject with tcp reset", Expr.Reject, type: :tcp_rst},
    {"ip6 prerouting", "tcp dport 80 tproxy to [::1]:5000", Expr.Tproxy,
     family: :ip6, reg_addr: 1, reg_port: 2},
    {"inet input", "numgen inc mod 7 offset 3 == 5", Expr.Numgen,
     type: :incremental, modulus: 7, offset: 3},
    {"inet input", "jhash ip saddr mod 7 seed 0x5 offset 3 == 5", Expr.Hash,
     type: :jenkins, modulus: 7, seed: 5, offset: 3, len: 4},
    {"inet input", "symhash mod 7 == 5", Expr.Hash, type: :sym, modulus: 7},
    {"inet input", "queue flags bypass,fanout to 3-5", Expr.Queue,
     num: 3, total: 3, flags: [:bypass, :cpu_fanout]},
    {"inet input", "ct count over 3", Expr.Connlimit, count: 3, flags: [:inv]},
    {"inet input", "quota over 7 bytes used 3 bytes", Expr.Quota,
     bytes: 7, consumed: 3, flags: [:inv]},
    {"inet input", "synproxy mss 7 wscale 3 timestamp sack-perm", Expr.Synproxy,
     mss: 7, wscale: 3, flags: [:mss, :wscale, :sack_perm, :timestamp]},
    {"inet input", "osf ttl skip name \"Linux\"", Expr.Osf, ttl: 2},
    {"inet input", "log flags tcp sequence", Expr.Log, flags: [:tcpseq]},
    {"inet input", "log flags tcp options", Expr.Log, flags: [:tcpopt]},
    {"inet input", "log flags ip options", Expr.Log, flags: [:ipopt]},
    {"inet input", "log flags skuid", Expr.Log, flags: [:uid]},
    {"inet input", "log flags ether", Expr.Log, flags: [:macdecode]},
    {"inet input", "log group 3 snaplen 7 queue-threshold 9", Expr.Log,
     group: 3, snaplen: 7, qthreshold: 9}
  ]

  @levels [
    emerg: :emerg,
    alert: :alert,
    crit: :crit,
    err: :err,
    warn: :warning,
    notice: :notice,
    info: :info,
    debug: :debug,
    audit: :audit
  ]

  @all_rows @rows ++
              for(
                {name, level} <- @levels,
                do: {"inet input", "log level #{name}", Expr.Log, [level: level]}
              )

  test "expressions of nft have the expected fields, and are written back unchanged", %{
    ns: ns,
    sock: sock
  } do
    where(ns, [:inet, :ip, :ip6], fn ->
      rows = for {row, n} <- Enum.with_index(@all_rows), do: Tuple.insert_at(row, 0, n)

      texts =
        for {n, place, rule, _module, _fields} <- rows,
            do: {"#{place}: #{rule}", table(place, n, "", rule)}

      known = known(ns, texts)
      assert length(known) > 100
      load!(ns, Enum.map_join(known, &elem(&1, 1)))
      {:ok, rules} = Nft.rules(sock)
      rules = Map.new(rules, &{&1.table, &1})

      differences =
        for {n, _place, rule, module, fields} <- rows,
            %Rule{} = read <- [rules["t#{n}"]],
            found = for(%Expr{data: %^module{} = data} <- read.expressions, do: data),
            not Enum.any?(found, &(Map.take(&1, Keyword.keys(fields)) == Map.new(fields))),
            do: {rule, fields, found}

      assert differences == []
      copied(ns, sock)
    end)
  end
end
