defmodule Linx.Namespace.Nfnl.Nft.RulesetTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall
  import Linx.Test.Ruleset

  alias Linx.Netlink.{Nfnl, Socket}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Expr, Rule}

  # Common features of nft, with the expressions for them.
  @common """
  table inet fw {
    comment "a firewall"
    set allowed {
      type ipv4_addr; flags interval; comment "ours"
      elements = { 10.0.0.0/8, 192.0.2.1-192.0.2.9 }
    }
    set recent {
      type ipv4_addr . inet_service; flags timeout; timeout 1h; gc-interval 10s; size 1000
    }
    set counted { type inet_service; counter; elements = { 22 counter packets 3 bytes 4, 80 } }
    set both { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 20-30 } }
    map ports {
      type inet_service : verdict; elements = { 22 : jump ssh, 80 : accept, 443 : drop }
    }
    map marks { type ipv4_addr : mark; elements = { 192.0.2.1 : 0x1 } }
    chain ssh {
      limit rate 5/minute burst 3 packets accept
      limit rate over 1 mbytes/second drop
      return
    }
    chain input {
      type filter hook input priority filter - 5; policy drop;
      iifname "lo" accept comment "ourselves"
      ct state established,related counter packets 7 bytes 70 accept
      ct state invalid drop
      ct original ip saddr 10.0.0.1 accept
      meta mark and 0xff == 0x1 accept
      ip saddr @allowed tcp dport { 22, 80-90 } accept
      ip saddr . tcp dport @recent accept
      ip saddr . tcp dport != @both drop
      tcp dport vmap @ports
      tcp dport != 1000-2000 counter
      tcp dport > 1024 goto ssh
      meta mark set ip saddr map @marks
      ct mark set meta mark
      ip6 saddr fe80::/10 accept
      ip dscp set cs1
      log prefix "in: " level info flags all
      log prefix "nf " group 5 snaplen 100 queue-threshold 3
      tcp dport 23 reject with tcp reset
      reject with icmpx type admin-prohibited
    }
    chain nat {
      type nat hook postrouting priority srcnat;
      oifname "eth0" masquerade random,persistent
      ip saddr 10.0.0.0/8 ip protocol tcp snat ip to 192.0.2.1-192.0.2.9:1000-2000
    }
    chain pre {
      type nat hook prerouting priority dstnat;
      tcp dport 8080 dnat ip to 10.0.0.1:80
      tcp dport 8081 redirect to :80
    }
  }
  table arp a { chain in { type filter hook input priority 0; arp operation request accept; }; }
  table netdev n { chain in { type filter hook ingress device "lo" priority -7; drop; }; }
  table ip6 six { flags dormant; chain c { icmpv6 type echo-request accept; }; }
  """

  # Less common features: the objects of a table besides its chain, and a rule. Kernels support
  # different subsets.
  @rare [
    {"inet input", "counter x { comment \"ours\"\n packets 5 bytes 6\n}", "counter name x"},
    {"inet input", "quota x { over 100 mbytes used 5 bytes\n}", "quota name x drop"},
    {"inet input", "limit x { rate 5/second burst 7 packets\n}", "limit name x accept"},
    {"inet prerouting", "ct helper x { type \"ftp\" protocol tcp\n l3proto ip\n}",
     "tcp dport 21 ct helper set \"x\""},
    {"inet prerouting",
     "ct timeout x { protocol tcp\n l3proto ip\n policy = { established: 100, close: 4 }\n}",
     "ct timeout set \"x\""},
    {"inet prerouting",
     "ct expectation x { protocol tcp\n dport 9876\n timeout 2m\n size 12\n l3proto ip\n}",
     "ct expectation set \"x\""},
    {"inet input", "synproxy x { mss 1460\n wscale 7\n timestamp sack-perm\n}",
     "tcp dport 80 synproxy name x"},
    {"inet input", "secmark x { \"system_u:object_r:ssh_server_packet_t:s0\"\n}",
     "meta secmark set x"},
    {"inet forward", "flowtable x { hook ingress priority filter - 3\n devices = { lo }\n}",
     "ip protocol tcp flow add @x"},
    {"inet input", "set x { type ipv4_addr\n flags dynamic,timeout\n timeout 1h\n size 100\n}",
     "update @x { ip saddr timeout 60s counter }"},
    {"inet input", "set x { type ipv4_addr\n flags dynamic\n size 100\n}",
     "add @x { ip saddr ct count over 5 } drop"},
    {"inet input", "set x { type ipv4_addr\n flags dynamic\n size 100\n}",
     "add @x { ip saddr limit rate 5/second counter } drop"},
    {"inet input", "set x { type ipv4_addr\n flags dynamic\n}", "delete @x { ip saddr }"},
    {"inet prerouting", "", "fib saddr . iif oif missing drop"},
    {"inet prerouting", "", "fib daddr type local accept"},
    {"inet output", "", "rt classid 5"},
    {"inet forward", "", "tcp option maxseg size set 1400"},
    {"inet forward", "", "tcp flags syn tcp option maxseg size set rt mtu"},
    {"inet input", "", "exthdr frag exists drop"},
    {"inet input", "", "ip option rr exists drop"},
    {"inet input", "", "sctp chunk init exists drop"},
    {"inet input", "", "numgen inc mod 3 vmap { 0 : accept, 1-2 : drop }"},
    {"inet input", "", "meta mark set numgen random mod 10 offset 100"},
    {"inet input", "", "meta mark set jhash ip saddr . tcp dport mod 8 seed 0xbeef offset 3"},
    {"inet input", "", "meta mark set symhash mod 16"},
    {"inet input", "", "udp dport 4789 vxlan ip saddr 10.0.0.1 counter"},
    {"inet input", "", "udp dport 4789 vxlan udp dport 4789 vxlan vni 5 counter"},
    {"inet input", "", "udp dport 4789 vxlan vlan id 10 counter"},
    {"inet input", "", "udp dport 4789 vxlan tcp dport 80 counter"},
    {"inet input", "", "udp dport 6081 geneve ip6 saddr fe80::1 counter"},
    {"inet input", "", "gre ip saddr 10.0.0.1 counter"},
    {"inet input", "", "gretap ether saddr 02:00:00:00:00:01 counter"},
    {"inet input", "", "socket transparent 1 accept"},
    {"inet input", "", "osf ttl loose version \"Linux:3.0\" accept"},
    {"inet input", "", "ipsec in reqid 5 accept"},
    {"inet output", "", "ipsec out ip saddr 10.0.0.1 accept"},
    {"inet input", "", "queue flags bypass to 3"},
    {"inet input", "", "queue flags fanout to 3-5"},
    {"inet input", "", "queue to symhash mod 2"},
    {"inet prerouting", "", "tcp dport 80 tproxy ip to 127.0.0.1:5000"},
    {"inet input", "", "tcp dport 80 synproxy mss 1460 wscale 7 timestamp sack-perm"},
    {"inet input", "", "quota over 5 mbytes drop"},
    {"inet input", "", "ct count over 3 drop"},
    {"inet prerouting", "", "notrack"},
    {"inet prerouting", "", "ct zone set 5"},
    {"inet input", "", "ct state new ct label set 3"},
    {"inet input", "", "meta hour \"10:00\"-\"12:00\" accept"},
    {"ip prerouting", "", "dup to 10.0.0.1 device \"lo\""},
    {"ip prerouting", "", "ip daddr set 10.0.0.1"},
    {"netdev ingress device lo", "", "fwd to \"lo\""},
    {"netdev ingress device lo", "", "dup to \"lo\""},
    {"netdev egress device lo", "", "counter"},
    {"inet ingress device lo", "", "counter"},
    {"netdev ingress device lo",
     "tunnel x { id 10\n ip saddr 192.0.2.1\n ip daddr 192.0.2.2\n sport 11\n dport 12\n tos 13\n" <>
       " ttl 14\n vxlan { gbp 15\n}\n}", "tunnel name x"},
    {"netdev ingress device lo",
     "tunnel x { id 11\n ip6 saddr fd00::1\n ip6 daddr fd00::2\n" <>
       " geneve { class 0x1010 opt-type 0x1 data \"0x12345678\"\n}\n}", "tunnel name x"},
    {"netdev ingress device lo",
     "tunnel x { id 12\n ip saddr 192.0.2.1\n ip daddr 192.0.2.2\n" <>
       " erspan { version 1\n index 2\n}\n}", "tunnel name x"},
    {"netdev ingress device lo",
     "tunnel x { id 12\n ip saddr 192.0.2.1\n ip daddr 192.0.2.2\n" <>
       " erspan { version 2\n direction egress\n id 5\n}\n}", "tunnel name x"},
    {"netdev ingress device l*", "", "counter"},
    {"inet forward", "flowtable x { hook ingress priority 1\n devices = { l* }\n}", "counter"},
    {"bridge input", "", "meta ibrhwaddr 02:00:00:00:00:01 accept"},
    {"bridge input", "", "meta ibrname \"br0\" accept"},
    {"bridge input", "", "ether saddr 02:00:00:00:00:01 vlan id 5 reject"},
    {"arp input", "", "arp saddr ip 10.0.0.1 drop"},
    {"inet input",
     "map x { type ipv4_addr . inet_service : ipv4_addr . inet_service\n" <>
       " elements = { 10.0.0.1 . 80 : 10.0.0.2 . 8080 }\n}", "accept"},
    {"inet input",
     "map x { type ipv4_addr : verdict\n flags interval\n" <>
       " elements = { 10.0.0.0/8 : accept, 192.0.2.1-192.0.2.9 : drop, * : continue }\n}",
     "ip saddr vmap @x"},
    {"inet input",
     "map x { typeof ip saddr : meta mark\n flags interval\n counter\n" <>
       " elements = { 10.0.0.0/8 counter packets 3 bytes 4 comment \"ten\" : 0x1 }\n}",
     "meta mark set ip saddr map @x"},
    {"inet input",
     "quota q { 100 mbytes\n}\n map x { type ipv4_addr : quota\n elements = { 10.0.0.1 : \"q\" }\n}",
     "quota name ip saddr map @x"},
    {"inet input",
     "set x { type ipv4_addr\n flags timeout\n timeout 2h\n" <>
       " elements = { 10.0.0.1 timeout 1h expires 30m comment \"one\", 10.0.0.2 }\n}", "accept"},
    {"inet input",
     "set x { type ipv4_addr . inet_service . ifname\n flags interval\n" <>
       " elements = { 10.0.0.0/8 . 20-30 . \"lo\", 10.0.0.1 . 5 . \"et*\" }\n}", "accept"},
    {"inet input",
     "set x { type ipv4_addr\n flags interval\n auto-merge\n policy memory\n" <>
       " elements = { 10.0.0.0/8 comment \"ours\", 192.0.2.0/24 }\n}", "accept"},
    {"inet input",
     "set x { type ipv4_addr\n counter\n limit rate 5/second\n elements = { 10.0.0.1 }\n}",
     "accept"},
    {"inet forward", "flowtable x { hook ingress priority 3\n devices = { lo }\n counter\n}",
     "ip protocol tcp flow add @x"},
    {"inet input", "set x { type ipv4_addr\n flags constant\n elements = { 10.0.0.1 }\n}",
     "accept"},
    {"inet input", "chain other {\n comment \"empty\"\n}", "jump other comment \"there\""}
  ]

  @iptables ~w(-t mangle -A INPUT -p udp -m length --length 5:9 -j MARK --set-xmark 0x5/0xff)

  setup :with_nfnl

  test "a ruleset of nft is read, and written back in one batch", context do
    %{ns: ns, sock: sock} = context
    masquerading = ["add table inet t { chain c { masquerade; }; }"]

    where(ns, [:inet, :arp, :netdev, :ip6], masquerading, fn ->
      load!(ns, @common)
      # The ruleset is not empty, so that the comparison of copies can fail.
      assert length(listed(ns)) > 40
      copied(ns, sock)
    end)
  end

  test "objects that nft prints as text alone are written back", %{ns: ns, sock: sock} do
    text = """
    table inet t {
      map m { type ipv4_addr : inet_service; flags dynamic; size 9; }
      chain c {
        update @m { ip saddr : tcp dport }
        reset tcp option sack-perm
        tcp dport 22 jump { ip saddr 10.0.0.1 accept; }
      }
    }
    """

    where(ns, [:inet], fn ->
      load!(ns, text)
      other = netns!()
      {:ok, there} = Nfnl.open({:path, path(other)})
      assert Nfnl.batch(there, messages(sock)) == :ok
      copy = exec!(other, "nft", "list ruleset")
      assert copy =~ "update @m { ip saddr : tcp dport }\n\t\treset tcp option sack-perm"
      assert copy =~ ~r/tcp dport 22 jump \{\s+ip saddr 10.0.0.1 accept\s+\}/
      assert copy == exec!(ns, "nft", "list ruleset")
      Socket.close(there)
    end)
  end

  test "less common expressions are written back", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      ip!(ns, "link set lo up")

      texts =
        for {{place, more, rule}, n} <- Enum.with_index(@rare) do
          {"#{place}: #{more} #{rule}", table(place, n, more, rule)}
        end

      known = known(ns, texts)

      # Every kernel with nf_tables supports more than 25 of them.
      assert length(known) > 25
      load!(ns, Enum.map_join(known, &elem(&1, 1)))
      copied(ns, sock)

      # Every expression is decoded by its codec: no data are bytes.
      {:ok, rules} = Nft.rules(sock)

      assert for(%Rule{expressions: list} <- rules, e <- list, is_binary(e.data), do: e.name) ==
               []
    end)
  end

  # Matches and targets of iptables. iptables-nft-save, which prints them, is the judge.
  test "rules of iptables are written back", %{ns: ns, sock: sock} do
    saved = fn ns ->
      for line <- ns |> exec!("iptables-nft-save") |> String.split("\n"),
          not String.starts_with?(line, "#"),
          do: line
    end

    with path when is_binary(path) <- System.find_executable("iptables-nft"),
         {_, 0} <- System.cmd("ip", ["netns", "exec", ns, "iptables-nft" | @iptables]) do
      other = netns!()
      {:ok, there} = Nfnl.open({:path, path(other)})
      assert Nfnl.batch(there, messages(sock)) == :ok
      assert Enum.any?(saved.(ns), &(&1 =~ "--length 5:9" and &1 =~ "MARK"))
      assert saved.(other) == saved.(ns)

      {:ok, rules} = Nft.rules(sock)
      data = for rule <- rules, expression <- rule.expressions, do: expression.data
      assert [%Expr.Match{rev: 0}] = for(%Expr.Match{name: "length"} = match <- data, do: match)
      assert [%Expr.Target{rev: 2}] = for(%Expr.Target{name: "MARK"} = mark <- data, do: mark)
      Socket.close(there)
    else
      _ -> IO.puts(:stderr, "\nNot tested: iptables-nft is missing, or cannot add its rule.")
    end
  end
end
