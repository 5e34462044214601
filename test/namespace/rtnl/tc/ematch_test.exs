defmodule Linx.Namespace.Rtnl.Tc.EmatchTest do
  # Filters with extended matches: basic, cgroup and flow. The judges are `tc` and the packets that a link sends.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Attr, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.{Ematch, Filter}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  # Expressions, and the words of tc.
  @expressions [
    {{:cmp, align: :u16, at: 3, layer: :transport, mask: 0xFF00, gt: 20},
     "cmp(u16 at 3 layer 2 mask 0xff00 gt 20)"},
    {{:cmp, align: :u8, at: 0, layer: :link, lt: 255}, "cmp(u8 at 0 layer 0 lt 255)"},
    {{:cmp, align: :u32, at: 12, layer: :network, trans: true, eq: 0x0A000001},
     "cmp(u32 at 12 layer 1 trans eq 0x0a000001)"},
    {{:u32, {0x1122, 0xFFFF, 8}}, "u32(u32 0x1122 0xffff at 8)"},
    {{:u32, {0x50, 0xFFFF, {:nexthdr, 4}}}, "u32(u32 0x50 0xffff at nexthdr+4)"},
    {{:nbyte, "ababa", at: 12, layer: :network}, "nbyte(\"ababa\" at 12 layer 1)"},
    {{:meta, :nfmark, :gt, 24}, "meta(nf_mark gt 24)"},
    {{:meta, {:nfmark, shift: 2, mask: 0xF0}, :eq, 16}, "meta(nf_mark shift 2 mask 0xf0 eq 16)"},
    {{:meta, :pktlen, :lt, 4_294_967_295}, "meta(pkt_len lt 4294967295)"},
    {{:not, {:meta, :tcindex, :eq, 1}}, "not meta(tc_index eq 1)"},
    {{:and, [{:meta, :priority, :eq, 1}, {:meta, :sk_type, :gt, 2}, {:meta, :rtiif, :lt, 3}]},
     "meta(priority eq 1) and meta(sk_type gt 2) and meta(rt_iif lt 3)"},
    {{:or,
      [
        {:meta, :vlan_tag, :eq, 1},
        {:not, {:and, [{:meta, :random, :gt, 1}, {:nbyte, "x", at: 1, layer: :link}]}},
        {:and, [{:u32, {1, 1, 0}}, {:or, [{:u32, {2, 2, 0}}, {:u32, {4, 4, 0}}]}]}
      ]},
     "meta(vlan eq 1) or not ( meta(random gt 1) and nbyte(\"x\" at 1 layer 0) ) or " <>
       "( u32(u32 1 1 at 0) and ( u32(u32 2 2 at 0) or u32(u32 4 4 at 0) ) )"}
  ]

  test "expressions are those of tc", %{sock: sock, ns: ns} do
    pairs =
      for {expression, words} <- @expressions,
          do:
            {[parent: :egress, match: expression, classid: "1:10"],
             "match #{quoted(words)} classid 1:10"}

    options = same_filters(sock, ns, :basic, "egress", pairs)
    assert Enum.all?(options, &match?(%Filter.Basic{classid: 0x10010}, &1))

    for {{expression, _words}, read} <- Enum.zip(@expressions, options),
        do: assert(Ematch.expression(read.ematches) == expression)

    same_filters(sock, ns, :cgroup, "egress", [
      {[parent: :egress, handle: 1], "handle 1 : "},
      {[
         parent: :egress,
         handle: 2,
         match: {:meta, :nfmark, :gt, 24},
         actions: [gact: [action: :drop]]
       ], "handle 2 : match 'meta(nf_mark gt 24)' action drop"}
    ])
  end

  defp quoted(words), do: "'" <> words <> "'"

  # Tests that tc does not write, or not by these words: it takes the name of a set. The first set has the index 0.
  test "texts and sets", %{sock: sock, ns: ns, path: path} do
    {:ok, netfilter} = Linx.Netlink.Nfnl.open({:path, path})
    :ok = create_set(netfilter, "s")
    index = 0

    for expression <- [
          {:text, "needles!", from: {:network, 20}, to: {:transport, 100}, algo: "bm"},
          {:text, "pins", from: {:network, 0}, to: {:network, 0}, algo: "kmp"},
          # tc of iproute2 6.1 sends a mask with a string, which the kernel refuses.
          {:meta, :dev, :eq, "v1"},
          {:ipset, index, [:src, :dst]},
          {:ipset, index, [:dst, :src, :src]}
        ] do
      place = [parent: :egress, prio: 1]
      result = Filter.add(sock, "v0", :basic, [match: expression] ++ place)
      assert {expression, result} == {expression, :ok}
      {:ok, [_, %Filter{options: basic}]} = Filter.list(sock, "v0", place)
      assert Ematch.expression(basic.ematches) == expression

      if elem(expression, 0) == :ipset,
        do: assert(tc!(ns, "filter show dev v0 egress") =~ "ipset(s ")

      :ok = Filter.delete(sock, "v0", place)
    end
  end

  # IPSET_CMD_CREATE of include/uapi/linux/netfilter/ipset/ip_set.h: protocol, name, type, revision, family
  # and no data.
  defp create_set(netfilter, name) do
    body =
      <<2, 0, 0, 0>> <>
        Attr.encode([
          {1, <<7>>},
          {2, name <> <<0>>},
          {3, "hash:ip,port\0"},
          {4, <<1>>},
          {5, <<2>>},
          {0x8007, ""}
        ])

    with {:ok, []} <- Request.talk(netfilter, 0x0602, 0x605, body), do: :ok
  end

  test "packets that match are counted", %{sock: sock, ns: ns} do
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")

    expressions = [
      {{:cmp, align: :u16, at: 2, layer: :transport, eq: 9}, 5},
      {{:not, {:cmp, align: :u16, at: 2, layer: :transport, eq: 9}}, 0},
      {{:text, "needles!", from: {:transport, 0}, to: {:transport, 100}}, 2},
      {{:and,
        [
          {:nbyte, <<192, 0, 2, 2>>, at: 16},
          {:not, {:or, [{:u32, {6, 255, 8}}, {:meta, :pktlen, :gt, 1000}]}}
        ]}, 4},
      {{:or, [{:meta, :pktlen, :gt, 1000}, {:text, "needles!", to: {:transport, 100}}]}, 3}
    ]

    for {{expression, _}, n} <- Enum.with_index(expressions, 1),
        do:
          :ok =
            Filter.add(sock, "v0", :basic,
              parent: :egress,
              protocol: :ip,
              prio: n,
              match: expression,
              actions: [gact: [action: :continue]]
            )

    for text <- ["a", "needles!", "a needles!", "b"], do: send_udp(udp, "192.0.2.2", text)
    send_udp(udp, "192.0.2.2", :binary.copy("x", 1200))
    {:ok, filters} = Filter.list(sock, "v0", parent: :egress)

    counted =
      for %Filter{options: %Filter.Basic{pcnt: pcnt}} <- filters, do: {pcnt.rcnt, pcnt.rhit}

    assert counted == for({_, hits} <- expressions, do: {5, hits})
    assert Enum.join(tc_filters(ns, "v0", "egress")) =~ "Sent 188 bytes 4 pkt"
  end

  test "flow filters are those of tc", %{sock: sock, ns: ns} do
    place = [parent: :egress, handle: 1]

    [first | _] =
      same_filters(sock, ns, :flow, "egress", [
        {[map: [:dst], and: 0xFF, baseclass: "1:1", divisor: 256] ++ place,
         "handle 1 : map key dst and 0xff baseclass 1:1 divisor 256"},
        {[map: [:mark], or: 0xF0, rshift: 4, addend: 3] ++ place,
         "handle 1 : map key mark or 0xf0 rshift 4 addend 3"},
        {[map: [:priority], xor: 0xFF, addend: 0xFFFFFFFF] ++ place,
         "handle 1 : map key priority xor 0xff addend 4294967295"},
        {[hash: [:src, :dst, :proto, :proto_src, :proto_dst], divisor: 1024, perturb: 60] ++
           place,
         "handle 1 : hash keys src,dst,proto,proto-src,proto-dst divisor 1024 perturb 60"},
        {[
           hash: [:iif, :nfct_src, :nfct_proto_dst, :vlan_tag, :rxhash],
           baseclass: "1:5",
           match: {:meta, :nfmark, :gt, 24},
           actions: [gact: [action: :pass]]
         ] ++ place,
         "handle 1 : hash keys iif,nfct-src,nfct-proto-dst,vlan-tag,rxhash baseclass 1:5 " <>
           "match 'meta(nf_mark gt 24)' action pass"}
      ])

    assert %Filter.Flow{keys: [:dst], mode: :map, mask: 0xFF, xor: 0, baseclass: 0x10001} = first
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for expression <- [
          {:and, []},
          {:and, [{:xor, []}]},
          {:cmp, at: 1, eq: 1},
          {:cmp, align: :u8, at: 1},
          {:cmp, align: :u8, at: 1, eq: 1, gt: 1},
          {:u32, {1, 2}},
          {:nbyte, ""},
          {:nbyte, :binary.copy("x", 4096)},
          {:text, "abcd", from: {:transport, 0}, to: {:network, 0}},
          {:text, "abc"},
          {:text, "abcd", algo: "0123456789abcdef"},
          {:meta, :weather, :eq, 1},
          {:meta, :nfmark, :eq, "x"},
          {:meta, :dev, :gt, "x"},
          {:meta, :nfmark, :ne, 1},
          {:ipset, 1, []},
          {:ipset, 0x10000, [:src]},
          :all
        ],
        do:
          assert(
            Filter.add(sock, "v0", :basic, parent: :egress, match: expression) ==
              {:error, {:bad_option, :match, expression}}
          )

    for {kind, opts, error} <- [
          {:cgroup, [], {:missing_option, :handle}},
          {:flow, [map: [:src]], {:missing_option, :handle}},
          {:flow, [handle: 1], {:missing_option, :map}},
          {:flow, [handle: 1, map: [:src, :dst]], {:bad_option, :map, [:src, :dst]}},
          {:flow, [handle: 1, map: [:src], hash: [:dst]], {:bad_option, :hash, [:dst]}},
          {:flow, [handle: 1, hash: []], {:bad_option, :hash, []}},
          {:flow, [handle: 1, map: [:src], perturb: 1], {:bad_option, :perturb, 1}},
          {:flow, [handle: 1, map: [:src], rshift: 32], {:bad_option, :rshift, 32}}
        ],
        do: assert(Filter.add(sock, "v0", kind, [parent: :egress] ++ opts) == {:error, error})
  end
end
