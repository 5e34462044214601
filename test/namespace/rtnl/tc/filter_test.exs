defmodule Linx.Namespace.Rtnl.Tc.FilterTest do
  # Filters in their places. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  test "a filter has its place, as that of tc", %{sock: sock, ns: ns} do
    same_filters(sock, ns, :matchall, "ingress", [
      {[parent: :ingress, classid: "1:10"], "classid 1:10"},
      {[parent: "ingress", prio: 7, protocol: :ip, handle: 0x10],
       "prio 7 protocol ip handle 0x10 : classid 0:0"},
      {[parent: 0xFFFFFFF2, prio: 65_535, protocol: :"802.1q", chain: 5, handle: "0x10"],
       "prio 65535 protocol 802.1q chain 5 handle 0x10 : classid 0:0"},
      {[parent: "ffff:fff2", protocol: 0x88F7, skip_hw: true, classid: "ffff:ffff"],
       "protocol 0x88f7 : skip_hw classid ffff:ffff"}
    ])

    same_filters(sock, ns, :matchall, "egress", [
      {[parent: :egress, classid: "1:1"], "classid 1:1"}
    ])

    # The kernel sends a filter that is to be in hardware alone to no driver.
    assert {:error, %Error{errno: :eopnotsupp}} =
             Filter.add(sock, "v0", :matchall, parent: :ingress, skip_sw: true)
  end

  test "the actions of a filter are those of tc", %{sock: sock, ns: ns} do
    [_, %Filter.Matchall{act: [gact, mirred]}] =
      same_filters(sock, ns, :matchall, "ingress", [
        {[parent: :ingress, actions: [gact: [action: :drop]]], "action drop"},
        {[
           parent: :ingress,
           classid: "1:1",
           actions: [gact: [action: :pipe], mirred: [egress: :redirect, dev: "v1"]]
         ], "classid 1:1 action pipe action mirred egress redirect dev v1"}
      ])

    assert {gact.kind, mirred.kind} == {"gact", "mirred"}
    many = for _ <- 1..33, do: {:gact, [action: :pipe]}
    place = [parent: :ingress, prio: 1]

    assert {:error, {:bad_option, :actions, ^many}} =
             Filter.add(sock, "v0", :matchall, [actions: many] ++ place)

    assert {:error, {:bad_option, :actions, :drop}} =
             Filter.add(sock, "v0", :matchall, [actions: :drop] ++ place)

    assert {:error, {:unknown_option, :junk}} =
             Filter.add(
               sock,
               "v0",
               :matchall,
               [actions: [gact: [action: :drop, junk: 1]]] ++ place
             )

    assert {:error, {:unknown_option, :actions}} =
             Filter.add(sock, "v0", :strange, [actions: []] ++ place)

    assert {:ok, []} = Filter.list(sock, "v0", parent: :ingress)
  end

  test "a filter is listed, got, changed, replaced and deleted", %{sock: sock, ns: ns} do
    place = [parent: :ingress, prio: 3, handle: 1]
    assert :ok = Filter.add(sock, "v0", :matchall, [protocol: :ipv6, classid: "1:1"] ++ place)

    assert {:error, %Error{errno: :eexist}} =
             Filter.add(sock, "v0", :matchall, [protocol: :ipv6] ++ place)

    assert {:ok, filter} = Filter.get(sock, "v0", place)
    assert {Filter.prio(filter), Filter.protocol(filter)} == {3, :ipv6}
    assert %Filter{kind: "matchall", handle: 1, chain: 0, parent: 0xFFFFFFF2} = filter

    assert %Filter.Matchall{classid: 0x10001, flags: [:not_in_hw], pcnt: %{rhit: 0}} =
             filter.options

    # The kernel refuses to change a matchall filter.
    assert {:error, %Error{errno: :eexist}} =
             Filter.replace(sock, "v0", :matchall, [protocol: :ipv6, classid: "1:2"] ++ place)

    assert {:error, %Error{errno: :enoent}} =
             Filter.change(sock, "v0", :matchall, parent: :ingress, prio: 9, handle: 1)

    assert {:error, %Error{}} = Filter.get(sock, "v0", Keyword.put(place, :handle, 9))
    assert {:error, %Error{errno: :einval}} = Filter.delete(sock, "v0", [protocol: :arp] ++ place)
    assert {:error, %Error{errno: :einval}} = Filter.delete(sock, "v0", [kind: :u32] ++ place)
    assert :ok = Filter.delete(sock, "v0", [kind: :matchall] ++ place)
    assert tc_filters(ns, "v0") == [""]
  end

  test "the kernel filters a list", %{sock: sock, ns: ns} do
    for {chain, prio, protocol} <- [{0, 1, "ip"}, {0, 2, "ipv6"}, {4, 1, "arp"}, {4, 3, "ip"}],
        do:
          tc!(
            ns,
            "filter add dev v0 ingress chain #{chain} prio #{prio} protocol #{protocol} matchall classid 1:1"
          )

    tc!(ns, "filter add dev v0 egress matchall classid 1:2")

    for {opts, expected} <- [
          {[], [{0, 1, :ip}, {0, 2, :ipv6}, {4, 1, :arp}, {4, 3, :ip}]},
          {[chain: 4], [{4, 1, :arp}, {4, 3, :ip}]},
          {[chain: 0], [{0, 1, :ip}, {0, 2, :ipv6}]},
          {[prio: 1], [{0, 1, :ip}, {4, 1, :arp}]},
          {[protocol: :ip], [{0, 1, :ip}, {4, 3, :ip}]},
          {[protocol: :ip, prio: 3], [{4, 3, :ip}]},
          {[kind: :u32], []}
        ] do
      {:ok, filters} = Filter.list(sock, "v0", [parent: :ingress] ++ opts)

      found =
        for filter <- filters, do: {filter.chain, Filter.prio(filter), Filter.protocol(filter)}

      # Once for the priority, once for the filter.
      assert {opts, found} == {opts, Enum.flat_map(expected, &[&1, &1])}
      {:ok, with_handle} = Filter.list(sock, "v0", [parent: :ingress, handle: 1] ++ opts)
      assert length(with_handle) == length(expected)
    end

    assert {:ok, [_, %Filter{options: %{classid: 0x10002}}]} =
             Filter.list(sock, "v0", parent: :egress)

    assert {:ok, []} = Filter.list(sock, "v0")

    # The kernel leaves filters of most kinds out of a terse list.
    assert {:ok, [%Filter{options: nil}]} = Filter.list(sock, "v0", parent: :egress, terse: true)

    assert :ok = Filter.flush(sock, "v0", parent: :ingress)
    assert {:ok, filters} = Filter.list(sock, "v0", parent: :ingress)
    assert Enum.uniq(Enum.map(filters, & &1.chain)) == [4]
    assert :ok = Filter.flush(sock, "v0", parent: :ingress, chain: 4)
    assert tc_filters(ns, "v0") == [""]
    refute tc_filters(ns, "v0", "egress") == [""]
  end

  test "filters of a qdisc and of a class", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :prio, handle: "7:")
    assert :ok = Filter.add(sock, "v0", :matchall, classid: "7:1", prio: 1)
    assert :ok = Filter.add(sock, "v0", :matchall, parent: "7:", classid: "7:2", prio: 2)
    assert :ok = Filter.add(sock, "v0", :matchall, parent: :root, classid: "7:3", prio: 3)
    text = tc!(ns, "filter show dev v0 parent 7:")
    for class <- ["7:1", "7:2", "7:3"], do: assert(text =~ "flowid #{class}")
    {:ok, filters} = Filter.list(sock, "v0", parent: "7:")
    assert {:ok, ^filters} = Filter.list(sock, "v0")
    assert Enum.map(filters, & &1.parent) |> Enum.uniq() == [0x70000]
  end

  test "filters of a shared block", %{sock: sock, ns: ns} do
    tc!(ns, "qdisc del dev v0 clsact")
    :ok = Qdisc.add(sock, "v0", :clsact, ingress_block: 21)
    assert :ok = Filter.add(sock, nil, :matchall, block: 21, prio: 5, classid: "1:10")
    text = tc!(ns, "filter show block 21")
    assert text =~ "pref 5 matchall" and text =~ "flowid 1:10"

    assert {:ok, [_, %Filter{ifindex: -1, parent: 21}] = filters} =
             Filter.list(sock, nil, block: 21)

    assert {:ok, ^filters} = Filter.list(sock, "v0", parent: :ingress)
    assert {:ok, %Filter{handle: 1}} = Filter.get(sock, nil, block: 21, prio: 5, handle: 1)
    assert :ok = Filter.delete(sock, nil, block: 21, prio: 5)
    assert tc!(ns, "filter show block 21") == ""
    assert {:error, %Error{errno: :einval}} = Filter.add(sock, nil, :matchall, block: 22)
  end

  test "the counter of a filter is that of tc", %{sock: sock, ns: ns} do
    :ok = Filter.add(sock, "v0", :matchall, parent: :egress, protocol: :ip)
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 192.0.2.1/24 dev v0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0")
    {:ok, udp} = netns_udp(ns, "192.0.2.1")
    for n <- 1..5, do: send_udp(udp, "192.0.2.2", <<n>>)

    assert {:ok, [_, %Filter{options: %{pcnt: %{rhit: hits}}}]} =
             Filter.list(sock, "v0", parent: :egress)

    assert Enum.join(tc_filters(ns, "v0", "egress")) =~ "(rule hit #{hits})"
    assert hits == 5
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {result, error} <- [
          {Filter.add(sock, "v0", :matchall, prio: 0), {:bad_option, :prio, 0}},
          {Filter.add(sock, "v0", :matchall, prio: 0x10000), {:bad_option, :prio, 0x10000}},
          {Filter.add(sock, "v0", :matchall, protocol: :ipx), {:bad_option, :protocol, :ipx}},
          {Filter.add(sock, "v0", :matchall, handle: "x"), {:bad_option, :handle, "x"}},
          {Filter.add(sock, "v0", :matchall, parent: "x"), {:bad_option, :parent, "x"}},
          {Filter.add(sock, "v0", :matchall, block: 1), {:bad_option, :block, 1}},
          {Filter.add(sock, nil, :matchall, block: 1, parent: "1:"),
           {:bad_option, :parent, 0x10000}},
          {Filter.add(sock, nil, :matchall, []), {:missing_option, :block}},
          {Filter.add(sock, "v0", :matchall, classid: "x"), {:bad_option, :classid, "x"}},
          {Filter.add(sock, "v0", :matchall, junk: 1), {:unknown_option, :junk}},
          {Filter.add(sock, "v0", :strange, junk: 1), {:unknown_option, :junk}},
          {Filter.add(sock, "v0", nil), {:bad_option, :kind, nil}},
          {Filter.get(sock, "v0", prio: 1), {:missing_option, :handle}},
          {Filter.delete(sock, "v0", handle: 1), {:missing_option, :prio}},
          {Filter.flush(sock, "v0", prio: 1), {:unknown_option, :prio}},
          {Filter.list(sock, "v0", terse: 1), {:bad_option, :terse, 1}}
        ],
        do: assert(result == {:error, error})
  end

  test "a batch adds, gets and deletes", %{sock: sock} do
    place = [parent: :ingress, prio: 1]

    assert {:ok, [:ok, {:ok, %Filter{kind: "matchall"}}, :ok, {:error, %Error{errno: :enoent}}]} =
             Batch.run(sock, fn batch ->
               [
                 Filter.add(batch, "v0", :matchall, place),
                 Filter.get(batch, "v0", [handle: 1] ++ place),
                 Filter.delete(batch, "v0", place),
                 Filter.delete(batch, "v0", place)
               ]
             end)
  end

  test "a batch adds a thousand filters", %{ns: ns, sock: sock} do
    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for n <- 1..1000,
                   do:
                     Filter.add(batch, "v0", :flower,
                       parent: :ingress,
                       prio: 7,
                       handle: n,
                       protocol: :ip,
                       dst_ip: "10.0.#{div(n, 256)}.#{rem(n, 256)}"
                     )
             end)

    assert Enum.uniq(results) == [:ok]

    shown =
      for %{"options" => %{"handle" => n, "keys" => %{"dst_ip" => ip}}} <-
            tc_json(ns, "filter show dev v0 ingress"),
          do: {n, ip}

    assert Enum.sort(shown) ==
             for(n <- 1..1000, do: {n, "10.0.#{div(n, 256)}.#{rem(n, 256)}"})
  end
end
