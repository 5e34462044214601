defmodule Linx.Namespace.Nfnl.Nft.TunnelTest do
  # Tunnel objects. Older versions of `nft` do not print them, so rules and counters of `nft`,
  # which match the packets, are the judge.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.IP
  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Expr, Hook, Object, Rule, Table, Tunnel}

  setup :with_nfnl

  # Packets that arrive at v1 are sent by a tunnel device of the type `device`, which takes its
  # remote from the tunnel object, and then by d0.
  defp wire!(ns, device) do
    ip!(ns, "link set lo up")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add d0 type veth peer name d1")
    ip!(ns, "addr add 192.0.2.1/24 dev d0")
    ip!(ns, "addr add fd00::1/64 dev d0 nodad")
    addresses_ready(ns)
    ip!(ns, "link add tun0 type #{device} external")
    for dev <- ~w(v0 v1 d0 d1 tun0), do: ip!(ns, "link set #{dev} up")
    ip!(ns, "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev d0 nud permanent")
    ip!(ns, "neigh add fd00::2 lladdr 02:00:00:00:00:02 dev d0 nud permanent")
    ip!(ns, "addr add 10.0.0.1/24 dev v0")
    ip!(ns, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:03 dev v0 nud permanent")
  end

  # Counters of `nft` for outgoing packets: names and matches.
  defp watch!(ns, family, outer) do
    rules = for {name, match} <- outer, do: "#{match} counter name c_#{name}\n"
    counters = for {name, _} <- outer, do: "counter c_#{name} { packets 0 bytes 0\n}\n"

    load!(ns, """
    table #{family} watch {
      #{counters}
      chain c { type filter hook output priority 0
        #{rules}
      }
    }
    """)
  end

  # Asserts that a packet through `tunnel` has the outer fields `outer`. Returns the data of the
  # tunnel object as it was read.
  defp assert_sent(ns, sock, family, tunnel, outer) do
    watch!(ns, family, outer)
    [%{"ifindex" => index}] = ip_json(ns, "link show dev tun0")

    object = %Object{family: :netdev, table: "t", name: "x", type: :tunnel, data: tunnel}

    chain = %Chain{
      family: :netdev,
      table: "t",
      name: "c",
      type: "filter",
      hook: Hook.new(:netdev, :ingress, 0, ["v1"])
    }

    expressions = [
      %Expr.Meta{key: :protocol, dreg: 1},
      equal(<<0x0800::16>>),
      %Expr.Objref{imm_type: :tunnel, imm_name: "x"},
      %Expr.Immediate{dreg: 1, data: Data.value(<<index::native-32>>)},
      %Expr.Fwd{sreg_dev: 1}
    ]

    rule = %Rule{family: :netdev, table: "t", chain: "c", expressions: expressions}
    table = %Table{family: :netdev, name: "t"}
    assert Nfnl.batch(sock, Enum.map([table, object, chain, rule], &Nft.add/1)) == :ok
    send_udp(ns, "10.0.0.2", 9)
    expected = Map.new(outer, fn {name, _} -> {"c_#{name}", 1} end)
    assert becomes(fn -> counted(ns) end, expected) == expected

    # An object that was read is added again with the same values.
    assert {:ok, [%Object{type: :tunnel, data: read} = object]} = Nft.objects(sock, table: "t")

    assert Nfnl.batch(sock, [Nft.delete(rule_read(sock)), Nft.delete(object), Nft.add(object)]) ==
             :ok

    assert {:ok, [%Object{data: ^read}]} = Nft.objects(sock, table: "t")
    assert Nfnl.batch(sock, [Nft.delete(table)]) == :ok
    exec!(ns, "nft", "flush ruleset")
    read
  end

  defp rule_read(sock) do
    {:ok, [rule]} = Nft.rules(sock, family: :netdev, table: "t")
    rule
  end

  defp ip4, do: %Tunnel.Ip{src: ip("192.0.2.1"), dst: ip("192.0.2.2")}
  defp ip6, do: %Tunnel.Ip6{src: ip("fd00::1"), dst: ip("fd00::2")}

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  test "packets have the addresses of the tunnel object, over IPv4", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip], fn ->
      wire!(ns, "vxlan dstport 4789")
      tunnel = %Tunnel{id: 42, ip: ip4()}

      outer = [
        to: "ip saddr 192.0.2.1 ip daddr 192.0.2.2 udp dport 4789",
        vni: "udp dport 4789 @th,64,32 0x08000000 @th,96,24 42",
        ttl: "udp dport 4789 ip ttl 255 ip dscp 0",
        fragments: "udp dport 4789 ip frag-off & 0x4000 == 0",
        checksum: "udp dport 4789 udp checksum != 0"
      ]

      read = assert_sent(ns, sock, :ip, tunnel, outer)
      # The kernel fills in the fields that were not given.
      assert read == %{
               tunnel
               | flags: [],
                 tos: 0,
                 ttl: 255,
                 sport: 0,
                 dport: 0,
                 opts: read.opts
             }

      tunnel = %{tunnel | id: 0xABCDEF, tos: 0x28, ttl: 9, dport: 4790, sport: 4791}
      kept = "udp dport 4790 ip frag-off & 0x4000 == 0x4000"
      split = "udp dport 4790 ip frag-off & 0x4000 == 0"

      for {flag, outer} <- [
            zero_csum_tx: [fragments: split, checksum: "udp dport 4790 udp checksum 0"],
            dont_fragment: [fragments: kept, checksum: "udp dport 4790 udp checksum != 0"]
          ] do
        outer =
          outer ++
            [
              vni: "udp dport 4790 @th,96,24 0xabcdef",
              ttl: "udp dport 4790 ip ttl 9 ip dscp 10"
            ]

        tunnel = %{tunnel | flags: [flag]}
        read = assert_sent(ns, sock, :ip, tunnel, outer)
        assert %{read | opts: nil} == tunnel
      end
    end)
  end

  test "packets have the addresses of the tunnel object, over IPv6", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip6], fn ->
      wire!(ns, "vxlan dstport 4789")
      tunnel = %Tunnel{id: 7, ip6: %{ip6() | flowlabel: 0x54321}, ttl: 3}

      outer = [
        to: "ip6 saddr fd00::1 ip6 daddr fd00::2 udp dport 4789 @th,96,24 7",
        label: "udp dport 4789 ip6 flowlabel 0x54321 ip6 hoplimit 3"
      ]

      read = assert_sent(ns, sock, :ip6, tunnel, outer)
      assert %Tunnel{id: 7, ip: nil, ip6: ip6, ttl: 3} = read
      assert ip6 == tunnel.ip6
    end)
  end

  @tag :vm
  test "packets of GRE have sequence numbers", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip], fn ->
      wire!(ns, "gretap")
      key = "ip protocol gre @th,16,16 0x6558"

      assert_sent(ns, sock, :ip, %Tunnel{id: 42, ip: ip4(), flags: [:seq_number]},
        key: "#{key} @th,64,32 42",
        flags: "#{key} @th,0,16 0xb000"
      )
    end)
  end

  test "rules after the tunnel match its metadata", %{ns: ns, sock: sock} do
    where(ns, [:netdev], fn ->
      ip!(ns, "link add v0 type veth peer name v1")
      for dev <- ~w(v0 v1), do: ip!(ns, "link set #{dev} up")
      ip!(ns, "addr add 10.0.0.1/24 dev v0")
      ip!(ns, "neigh add 10.0.0.2 lladdr 02:00:00:00:00:03 dev v0 nud permanent")

      loads = [
        any: {:path, :none, <<1>>},
        sent: {:path, :tx, <<1>>},
        received: {:path, :rx, <<1>>},
        other: {:path, :rx, <<0>>},
        id: {:id, :none, <<42::native-32>>},
        sent_id: {:id, :tx, <<42::native-32>>},
        received_id: {:id, :rx, <<42::native-32>>}
      ]

      counters = for {name, _} <- loads, do: "counter c_#{name} { }\n"

      load!(ns, """
      table netdev t {
        #{counters}
        chain c { type filter hook ingress device v1 priority 0; meta protocol != ip drop; }
      }
      """)

      tunnel = %Tunnel{id: 42, ip: ip4()}
      object = %Object{family: :netdev, table: "t", name: "x", type: :tunnel, data: tunnel}
      rule = %Rule{family: :netdev, table: "t", chain: "c"}

      rules =
        for {name, {key, mode, bytes}} <- loads do
          load = %Expr.Tunnel{key: key, mode: mode, dreg: 1}
          Nft.add(%{rule | expressions: [load, equal(bytes), count("c_#{name}")]})
        end

      put = %{rule | expressions: [%Expr.Objref{imm_type: :tunnel, imm_name: "x"}]}
      drop = %{rule | expressions: [%Expr.Immediate{dreg: 0, data: Data.verdict(:drop)}]}
      messages = [Nft.add(object), Nft.add(put)] ++ rules ++ [Nft.add(drop)]
      assert Nfnl.batch(sock, messages) == :ok
      send_udp(ns, "10.0.0.2", 9)
      # Older versions of nft do not support the expressions, so the chain is flushed.
      chain = %Chain{family: :netdev, table: "t", name: "c"}
      assert Nfnl.batch(sock, [Nft.flush(chain)]) == :ok

      assert counted(ns) == %{
               "c_any" => 1,
               "c_sent" => 1,
               "c_received" => 0,
               "c_other" => 1,
               "c_id" => 1,
               "c_sent_id" => 1,
               "c_received_id" => 0
             }
    end)
  end

  @tag :vm
  test "VXLAN packets have the options of the tunnel object", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip], fn ->
      wire!(ns, "vxlan dstport 4789 gbp")
      opts = %Tunnel.Opts{vxlan: %Tunnel.Vxlan{gbp: 0x1234}}

      read =
        assert_sent(ns, sock, :ip, %Tunnel{id: 42, ip: ip4(), opts: opts},
          policy: "udp dport 4789 @th,64,32 0x88001234"
        )

      assert read.opts == opts
    end)
  end

  @tag :vm
  test "Geneve packets have the options of the tunnel object", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip], fn ->
      wire!(ns, "geneve dstport 6081")
      option = %Tunnel.Geneve{class: 0x0102, type: 3, data: <<0xDEADBEEF::32, 1::32>>}
      opts = %Tunnel.Opts{geneve: [option]}

      read =
        assert_sent(ns, sock, :ip, %Tunnel{id: 42, ip: ip4(), opts: opts},
          words: "udp dport 6081 @th,64,8 3 @th,96,24 42",
          head: "udp dport 6081 @th,128,32 0x01020302",
          data: "udp dport 6081 @th,160,32 0xdeadbeef @th,192,32 1"
        )

      assert read.opts == opts
    end)
  end

  @tag :vm
  test "ERSPAN packets have the options of the tunnel object", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :ip], fn ->
      wire!(ns, "erspan")
      key = "ip protocol gre @th,16,16"

      one = %Tunnel.Opts{erspan: %Tunnel.Erspan{version: 1, v1_index: 0x12345}}

      # The version 1 and the session, then the index.
      read =
        assert_sent(ns, sock, :ip, %Tunnel{id: 42, ip: ip4(), opts: one},
          session: "#{key} 0x88be @th,64,4 1 @th,86,10 42",
          index: "#{key} 0x88be @th,96,32 0x12345"
        )

      assert read.opts == one

      two = %Tunnel.Opts{erspan: %Tunnel.Erspan{version: 2, v2_hwid: 0x2A, v2_dir: :egress}}

      # The last bits of `struct erspan_md2`, after a time stamp and a group.
      read =
        assert_sent(ns, sock, :ip, %Tunnel{id: 42, ip: ip4(), opts: two},
          session: "#{key} 0x22eb @th,64,4 2 @th,86,10 42",
          hardware: "#{key} 0x22eb @th,150,6 0x2a @th,156,1 1"
        )

      assert read.opts == two
    end)
  end

  test "the kernel refuses missing and contradictory fields", %{ns: ns, sock: sock} do
    where(ns, [:ip], fn ->
      load!(ns, "table ip t { }")
      before = listed(ns)
      object = %Object{family: :ip, table: "t", name: "x", type: :tunnel}

      for bad <- [
            %Tunnel{},
            %Tunnel{id: 1},
            %Tunnel{ip: ip4()},
            %Tunnel{id: 1, ip: %Tunnel.Ip{src: ip("192.0.2.1")}},
            %Tunnel{id: 1, ip6: %Tunnel.Ip6{src: ip("fd00::1")}},
            %Tunnel{id: 1, ip: ip4(), flags: 0x100},
            %Tunnel{id: 1, ip: ip4(), opts: %Tunnel.Opts{}}
          ] do
        assert {_, {:error, {1, %Error{}}}} =
                 {bad, Nfnl.batch(sock, [Nft.add(%{object | data: bad})])}
      end

      for bad <- [
            %Tunnel{id: -1, ip: ip4()},
            %Tunnel{id: 1, ttl: 256},
            %Tunnel{id: 1, sport: 0x10000},
            %Tunnel{id: 1, flags: [:fast]},
            %Tunnel{id: 1, ip: %Tunnel.Ip{dst: "192.0.2.1"}}
          ] do
        assert_raise ArgumentError, fn -> Nft.add(%{object | data: bad}) end
      end

      assert listed(ns) == before
    end)
  end
end
