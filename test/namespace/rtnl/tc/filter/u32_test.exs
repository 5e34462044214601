defmodule Linx.Namespace.Rtnl.Tc.Filter.U32Test do
  # Filters of the kind u32. The judges are `tc` and the packets that a link sends.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Filter
  alias Linx.Netlink.Rtnl.Tc.Filter.U32

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  defp same(sock, ns, protocol, pairs) do
    pairs =
      for {opts, words} <- pairs,
          do: {[parent: :ingress, protocol: protocol] ++ opts, "protocol #{protocol} : #{words}"}

    same_filters(sock, ns, :u32, "ingress", pairs)
  end

  test "keys by name are those of tc", %{sock: sock, ns: ns} do
    [first | _] =
      same(sock, ns, :ip, [
        {[match: [ip: [src: "10.0.0.0/8", protocol: 6, dport: 22]], classid: "1:10"],
         "match ip src 10.0.0.0/8 match ip protocol 6 0xff match ip dport 22 0xffff classid 1:10"},
        {[match: [ip: [dst: "10.1.2.3", sport: {0x10, 0xF0}]], actions: [gact: [action: :drop]]],
         "match ip dst 10.1.2.3 match ip sport 0x10 0xf0 action drop"},
        {[match: [ip: [src: "0.0.0.0/0"]], classid: "1:1"], "match ip src 0.0.0.0/0 classid 1:1"},
        {[match: [ip: [tos: {0x10, 0x1E}, ihl: {5, 15}]], classid: "1:1"],
         "match ip tos 0x10 0x1e match ip ihl 5 0xf classid 1:1"},
        {[match: [ip: [dsfield: 8]], classid: "1:1"], "match ip dsfield 8 0xff classid 1:1"},
        {[match: [ip: [precedence: 8]], classid: "1:1"],
         "match ip precedence 8 0xff classid 1:1"},
        {[match: [ip: [nofrag: true]], classid: "1:1"], "match ip nofrag classid 1:1"},
        {[match: [ip: [firstfrag: true]], classid: "1:1"], "match ip firstfrag classid 1:1"},
        {[match: [ip: [df: true, mf: true]], classid: "1:1"],
         "match ip df match ip mf classid 1:1"},
        {[match: [ip: [icmp_type: 8, icmp_code: 0]], classid: "1:1"],
         "match ip icmp_type 8 0xff match ip icmp_code 0 0xff classid 1:1"},
        {[match: [tcp: [src: 22, dst: {0x100, 0xFF00}]], classid: "1:1"],
         "match tcp src 22 0xffff match tcp dst 0x100 0xff00 classid 1:1"},
        {[match: [udp: [dst: 53], icmp: [type: 3, code: 1]], classid: "1:1"],
         "match udp dst 53 0xffff match icmp type 3 0xff match icmp code 1 0xff classid 1:1"},
        {[match: [ether: [dst: "02:00:00:00:00:01"]], classid: "1:1"],
         "match ether dst 02:00:00:00:00:01 classid 1:1"},
        {[match: [ether: [src: "02:00:00:00:00:01"]], classid: "1:1"],
         "match ether src 02:00:00:00:00:01 classid 1:1"},
        {[mark: {5, 0xF}, match: [u32: {0, 0, 0}], classid: "1:1"],
         "match u32 0 0 at 0 match mark 5 0xf classid 1:1"},
        {[indev: "v1", match: [u32: {0, 0, 0}], classid: "1:1", skip_hw: true],
         "match u32 0 0 at 0 indev v1 classid 1:1 skip_hw"}
      ])

    assert U32.sel(first).flags == [:terminal]

    assert for(%U32.Key{} = key <- U32.keys(first), do: {key.off, key.val, key.mask}) == [
             {12, 0x0A000000, 0xFF000000},
             {8, 0x00060000, 0x00FF0000},
             {20, 22, 0xFFFF}
           ]

    same(sock, ns, :ipv6, [
      {[match: [ip6: [src: "2001:db8::/32", dst: "2001:db8::1"]], classid: "1:1"],
       "match ip6 src 2001:db8::/32 match ip6 dst 2001:db8::1 classid 1:1"},
      {[match: [ip6: [src: "2001:db8:1::/40"]], classid: "1:1"],
       "match ip6 src 2001:db8:1::/40 classid 1:1"},
      {[match: [ip6: [priority: {0x10, 0xFF}, flowlabel: 0x12345]], classid: "1:1"],
       "match ip6 priority 0x10 0xff match ip6 flowlabel 0x12345 0xfffff classid 1:1"},
      {[match: [ip6: [protocol: 6, sport: 22, dport: 80]], classid: "1:1"],
       "match ip6 protocol 6 0xff match ip6 sport 22 0xffff match ip6 dport 80 0xffff classid 1:1"},
      {[match: [ip6: [protocol: 58, icmp_type: 128]], classid: "1:1"],
       "match ip6 protocol 58 0xff match ip6 icmp_type 128 0xff classid 1:1"}
    ])

    # tc of iproute2 6.1 adds the offset of the code to that of the next header.
    opts = [match: [ip6: [icmp_type: 128, icmp_code: 1]], classid: "1:1"]
    :ok = Filter.add(sock, "v0", :u32, [parent: :ingress, protocol: :ipv6] ++ opts)
    assert Enum.join(tc_filters(ns, "v0")) =~ "match 80010000/ffff0000 at 40 "
  end

  test "keys by offset are those of tc", %{sock: sock, ns: ns} do
    same(sock, ns, :all, [
      {[match: [u32: {0x0A000001, 0xFFFFFFFF, 12}], classid: "1:1"],
       "match u32 0x0a000001 0xffffffff at 12 classid 1:1"},
      {[match: [u16: {0x1234, 0xFFF0, 2}, u16: {0xABCD, 0xFFFF, 4}], classid: "1:1"],
       "match u16 0x1234 0xfff0 at 2 match u16 0xabcd 0xffff at 4 classid 1:1"},
      {[match: [u8: {1, 0xFF, 0}, u8: {2, 0xFF, 3}, u8: {4, 7, -1}], classid: "1:1"],
       "match u8 1 0xff at 0 match u8 2 0xff at 3 match u8 4 7 at -1 classid 1:1"},
      {[match: [u16: {80, 0xFFFF, {:nexthdr, 2}}, u32: {1, 1, {:nexthdr, 4}}], classid: "1:1"],
       "match u16 80 0xffff at nexthdr+2 match u32 1 1 at nexthdr+4 classid 1:1"},
      {[match: [u32: {0, 0, 0}]], "match u32 0 0 at 0"}
    ])
  end

  test "hash tables, buckets and links are those of tc", %{sock: sock, ns: ns} do
    place = [parent: :ingress, protocol: :ip, prio: 1]

    for {opts, words} <- [
          {[handle: "2:", divisor: 256], "handle 2: u32 divisor 256"},
          {[ht: "2:7:", handle: "2:7:1", match: [ip: [src: "10.0.0.7"]], classid: "1:7"],
           "handle 2:7:1 u32 ht 2:7: match ip src 10.0.0.7 classid 1:7"},
          {[ht: "2:ff", match: [ip: [src: "10.0.0.255"]], classid: "1:8"],
           "u32 ht 2:ff: match ip src 10.0.0.255 classid 1:8"},
          {[
             ht: "2:",
             sample: [ip: [src: "10.0.3.9"]],
             match: [ip: [src: "10.0.3.9"]],
             classid: "1:9"
           ], "u32 ht 2: sample ip src 10.0.3.9 match ip src 10.0.3.9 classid 1:9"},
          {[ht: "2:", sample: [ip: [src: "10.5.0.0/16"], divisor: 4], match: [u32: {0, 0, 0}]],
           "u32 ht 2: sample ip src 10.5.0.0/16 divisor 4 match u32 0 0 at 0"},
          {[ht: "2:", sample: [tcp: [dst: 443]], match: [u32: {0, 0, 0}]],
           "u32 ht 2: sample tcp dst 443 0xffff match u32 0 0 at 0"},
          {[ht: "2:", sample: [u32: {0xABCD, 0xFF00, 4}], match: [u32: {0, 0, 0}]],
           "u32 ht 2: sample u32 0xabcd 0xff00 at 4 match u32 0 0 at 0"},
          {[ht: "2:", sample: [u32: {0, 0, 0}], match: [u32: {0, 0, 0}]],
           "u32 ht 2: match u32 0 0 at 0"},
          {[
             ht: "800:",
             link: "2:",
             hashkey: [mask: 0xFF, at: 12],
             match: [ip: [src: "10.0.0.0/24"]]
           ], "u32 ht 800:: match ip src 10.0.0.0/24 hashkey mask 0xff at 12 link 2:"},
          {[
             handle: "800::5",
             link: "2:",
             offset: [at: 0, mask: 0x0F00, shift: 6, plus: 4, eat: true],
             match: [ip: [protocol: 6]]
           ],
           "handle 800::5 u32 match ip protocol 6 0xff link 2: offset at 0 mask 0x0f00 shift 6 plus 4 eat"},
          {[link: "2:", offset: [plus: 20], match: [ip: [ihl: {5, 15}]]],
           "u32 match ip ihl 5 0xf link 2: offset plus 20"}
        ] do
      assert {opts, Filter.add(sock, "v0", :u32, opts ++ place)} == {opts, :ok}
      tc!(ns, "filter add dev v1 ingress protocol ip prio 1 " <> words)
      assert {opts, tc_filters(ns, "v0")} == {opts, tc_filters(ns, "v1")}
    end

    {:ok, ours} = Filter.list(sock, "v0", parent: :ingress)
    {:ok, theirs} = Filter.list(sock, "v1", parent: :ingress)
    assert Enum.map(ours, &{&1.handle, &1.options}) == Enum.map(theirs, &{&1.handle, &1.options})

    assert {:ok, %Filter{handle: handle, options: %U32{hash: 0x0020_7000, classid: 0x10007}}} =
             Filter.get(sock, "v0", [handle: "2:7:1"] ++ place)

    assert U32.handle(handle) == "2:7:1"
    assert :ok = Filter.delete(sock, "v0", [handle: "2:7:1"] ++ place)
    refute Enum.join(tc_filters(ns, "v0")) =~ "flowid 1:7"
  end

  test "counters are those of tc and of the packets", %{sock: sock, ns: ns} do
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")

    :ok =
      Filter.add(sock, "v0", :u32,
        parent: :egress,
        protocol: :ip,
        mark: {0, 1},
        match: [ip: [dst: "192.0.2.0/24", protocol: 17], u16: {9, 0xFFFF, 22}],
        classid: "1:1"
      )

    :ok =
      Filter.add(sock, "v0", :u32,
        parent: :egress,
        protocol: :ip,
        prio: 1,
        match: [ip: [protocol: 6]]
      )

    for n <- 1..6, do: send_udp(udp, "192.0.2.2", <<n>>)
    {:ok, filters} = Filter.list(sock, "v0", parent: :egress)
    counted = for %Filter{options: %U32{pcnt: [_ | _]} = u32} <- filters, do: U32.hits(u32)
    assert counted == [{6, 0, [0]}, {6, 6, [6, 6, 6]}]
    assert [6] == for(%Filter{options: %U32{mark: %{success: success}}} <- filters, do: success)
    shown = Enum.join(tc_filters(ns, "v0", "egress"))
    assert shown =~ "(rule hit 6 success 6)" and shown =~ "(rule hit 6 success 0)"
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for opts <- [
          [match: [ip: [sorce: 1]]],
          [match: [ipx: [src: 1]]],
          [match: [ip: [src: "2001:db8::1"]]],
          [match: [ip: [protocol: 256]]],
          [match: [ip: [protocol: {1, 256}]]],
          [match: [ip: [df: false]]],
          [match: [ip: [dport: 22, dport: 23]]],
          [match: [u32: {1, 2}]],
          [match: [u8: {256, 0, 0}]],
          [match: [u8: {1, 1, 70_000}]],
          [match: :ip],
          [divisor: 257],
          [divisor: 2, match: [u32: {0, 0, 0}]],
          [link: "x"],
          [ht: "2:100:"],
          [sample: [ip: [src: "10.0.0.1", dst: "10.0.0.2"]], ht: "2:"],
          [sample: [ip: [src: "10.0.0.1"], divisor: 3], ht: "2:"],
          [sample: [ip: [src: "10.0.0.1"], divisor: 512], ht: "2:"],
          [sample: [divisor: 16], ht: "2:"],
          [sample: "10.0.0.1", ht: "2:"],
          [offset: []],
          [offset: [shift: 32]],
          [hashkey: [mask: 1]],
          [mark: {1, -1}]
        ] do
      {key, value} = hd(opts)

      assert Filter.add(sock, "v0", :u32, [parent: :ingress] ++ opts) ==
               {:error, {:bad_option, key, value}}
    end

    assert Filter.add(sock, "v0", :u32, parent: :ingress, sample: [u32: {1, 1, 0}]) ==
             {:error, {:missing_option, :ht}}
  end
end
