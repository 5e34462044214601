defmodule Linx.Namespace.Rtnl.Reconcile.TcTest do
  # Qdiscs, classes and filters in a pass, against `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers, only: [reconcile!: 2, reconcile!: 3, reconcile!: 4]
  import Linx.Test.Tc

  alias Linx.Netlink.{Rtnl, Socket}

  # Most kernels lack most kinds.
  @moduletag :vm

  setup %{ns: ns, path: path} do
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v type veth peer name w")
    for link <- ["v", "w"], do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # Objects that need others are first.
  @shaped %{
    qdiscs: [
      {"v", :netem, parent: "1:20", handle: "20:", delay: "5ms"},
      {"v", :prio, parent: "1:10", handle: "10:"},
      {"v", :fq_codel, parent: "10:2", target: "7ms"},
      {"v", :htb, handle: "1:", default: 0x20},
      {"v", :clsact}
    ],
    classes: [
      {"v", :htb, parent: "1:1", classid: "1:20", rate: "10mbit", ceil: "90mbit"},
      {"v", :htb, parent: "1:1", classid: "1:10", rate: "20mbit", ceil: "90mbit"},
      {"v", :htb, parent: "1:", classid: "1:1", rate: "90mbit"}
    ],
    filters: [
      {"v", :flower,
       parent: "1:",
       prio: 1,
       handle: 1,
       protocol: :ip,
       ip_proto: :tcp,
       dst_port: 22,
       classid: "1:10"},
      {"v", :u32,
       parent: "1:",
       prio: 2,
       handle: "800::1",
       protocol: :ip,
       match: [ip: [src: "10.0.0.0/8"]],
       classid: "1:20"},
      {"v", :matchall,
       parent: :ingress,
       prio: 9,
       handle: 1,
       actions: [police: [rate: "50mbit", burst: "64k", conform_exceed: :drop]]},
      {"v", :flower,
       parent: :ingress,
       chain: 7,
       prio: 1,
       handle: 1,
       protocol: :ip,
       dst_ip: "192.0.2.0/24",
       actions: [mirred: [egress: :mirror, dev: "w"], gact: [action: :drop]]}
    ]
  }

  defp qdiscs(ns, link),
    do:
      for(q <- tc_json(ns, "qdisc show dev #{link}"), do: {q["kind"], q["parent"]}) |> Enum.sort()

  defp classes(ns, link) do
    for [_, id] <- Regex.scan(~r/^class htb (\S+)/m, tc!(ns, "class show dev #{link}")), do: id
  end

  # Priority, kind and chain; the kernel lists each priority as well.
  defp filters(ns, link, parent) do
    for %{"options" => %{"handle" => _}} = f <- all(ns, link, parent) do
      {f["pref"], f["kind"], f["chain"]}
    end
    |> Enum.sort()
  end

  defp all(ns, link, parent) do
    for f <- tc_json(ns, "filter show dev #{link} #{parent}") do
      # `u32` has its handle elsewhere.
      if (f["options"]["fh"] || "") =~ ~r/^800::[1-9a-f]/,
        do: put_in(f["options"]["handle"], f["options"]["fh"]),
        else: f
    end
  end

  @tree [
    {"clsact", "ffff:fff1"},
    {"fq_codel", "10:2"},
    {"htb", nil},
    {"netem", "1:20"},
    {"prio", "1:10"}
  ]

  test "one pass makes a tree, whatever the order, and the next one changes nothing", context do
    %{ns: ns, sock: sock} = context
    first = reconcile!(sock, @shaped)
    assert {first.failed, first.conflicts, first.pending} == {[], [], []}
    assert first.converged? and length(first.applied) == 12
    assert qdiscs(ns, "v") == @tree
    assert Enum.sort(classes(ns, "v")) == ["1:1", "1:10", "1:20"]
    assert filters(ns, "v", "parent 1:") == [{1, "flower", 0}, {2, "u32", 0}]
    assert filters(ns, "v", "ingress") == [{1, "flower", 7}, {9, "matchall", 0}]
    assert %{"rate" => "20Mbit", "parent" => "1:1"} = tc_class(ns, "v", "1:10")

    again = reconcile!(sock, @shaped, first.last_applied)
    assert {again.applied, again.converged?} == {[], true}

    # Without what earlier passes noted.
    assert reconcile!(sock, @shaped).applied == []

    last = reconcile!(sock, %{}, first.last_applied)
    assert last.converged? and length(last.applied) == 12
    assert qdiscs(ns, "v") == [{"noqueue", nil}]
    assert last.last_applied |> Map.values() |> Enum.all?(&(MapSet.size(&1) == 0))
  end

  test "differences are changed, and nothing else", %{ns: ns, sock: sock} do
    first = reconcile!(sock, @shaped)

    changed =
      @shaped
      |> put_in(
        [:classes, Access.at(0)],
        {"v", :htb, parent: "1:1", classid: "1:20", rate: "11mbit", ceil: "90mbit"}
      )
      |> put_in(
        [:qdiscs, Access.at(0)],
        {"v", :netem, parent: "1:20", handle: "20:", delay: "6ms"}
      )
      |> put_in(
        [:filters, Access.at(2)],
        {"v", :matchall,
         parent: :ingress,
         prio: 9,
         handle: 1,
         actions: [police: [rate: "51mbit", burst: "64k", conform_exceed: :drop]]}
      )
      |> put_in(
        [:filters, Access.at(1)],
        {"v", :u32,
         parent: "1:",
         prio: 2,
         handle: "800::1",
         protocol: :ip,
         match: [ip: [src: "11.0.0.0/8"]],
         classid: "1:20"}
      )

    report = reconcile!(sock, changed, first.last_applied)
    assert {report.converged?, report.failed} == {true, []}

    assert Enum.sort(Enum.map(report.applied, &elem(&1, 0))) == [
             :replace,
             :replace,
             :update,
             :update
           ]

    assert %{"rate" => "11Mbit"} = tc_class(ns, "v", "1:20")
    assert tc!(ns, "qdisc show dev v") =~ "delay 6ms"
    assert tc!(ns, "filter show dev v ingress") =~ "rate 51Mbit"
    assert tc!(ns, "filter show dev v parent 1:") =~ "0b000000/ff000000"
    assert reconcile!(sock, changed, report.last_applied).applied == []
  end

  test "objects of a qdisc and of a chain belong to the owner, others do not", context do
    %{ns: ns, sock: sock} = context
    first = reconcile!(sock, @shaped)

    for line <- [
          "class add dev v parent 1:1 classid 1:99 htb rate 1mbit",
          "filter add dev v parent 1: prio 50 matchall action drop",
          "filter add dev v ingress chain 7 prio 50 matchall action drop",
          "filter add dev v ingress prio 50 matchall action drop",
          "qdisc add dev w root handle 9: htb"
        ],
        do: tc!(ns, line)

    tc!(ns, "filter del dev v parent 1: prio 2")

    report = reconcile!(sock, @shaped, first.last_applied)
    assert {report.converged?, report.failed} == {true, []}

    assert Enum.sort(Enum.map(report.applied, &elem(&1, 0))) == [
             :create,
             :delete,
             :delete,
             :delete
           ]

    assert "1:99" not in classes(ns, "v")
    assert filters(ns, "v", "parent 1:") == [{1, "flower", 0}, {2, "u32", 0}]

    assert filters(ns, "v", "ingress") ==
             [{1, "flower", 7}, {9, "matchall", 0}, {50, "matchall", 0}]

    assert qdiscs(ns, "w") == [{"htb", nil}]

    # The other owner's filter goes with the qdisc.
    assert reconcile!(sock, %{}, report.last_applied).converged?
    assert qdiscs(ns, "w") == [{"htb", nil}]
  end

  test "another owner's qdisc is a conflict, and is replaced when taken over", context do
    %{ns: ns, sock: sock} = context
    tc!(ns, "qdisc add dev v root handle 5: prio")
    tc!(ns, "qdisc add dev v parent 5:1 handle 6: netem delay 1ms")
    want = %{qdiscs: [{"v", :htb, handle: "1:"}]}
    assert [{%{kind: "prio"}, %{kind: "htb"}}] = reconcile!(sock, want).conflicts
    assert qdiscs(ns, "v") == [{"netem", "5:1"}, {"prio", nil}]

    report = reconcile!(sock, want, %{}, takeover: true)
    assert [{:replace, %{kind: "prio"}, %{kind: "htb"}}] = report.applied
    assert qdiscs(ns, "v") == [{"htb", nil}]
    assert reconcile!(sock, %{}, report.last_applied).converged?
    assert qdiscs(ns, "v") == [{"noqueue", nil}]
  end

  test "a qdisc of another kind with the same handle takes all below it, which is made again",
       context do
    %{ns: ns, sock: sock} = context
    want = %{@shaped | filters: Enum.take(@shaped.filters, 1)}
    tc!(ns, "qdisc add dev v root handle 1: prio")
    tc!(ns, "qdisc add dev v parent 1:1 handle 20: netem delay 5ms")

    tc!(
      ns,
      "filter add dev v parent 1: prio 1 protocol ip handle 1 flower ip_proto tcp dst_port 22 classid 1:10"
    )

    report = reconcile!(sock, want, %{}, takeover: true)
    assert {report.converged?, report.failed} == {true, []}
    assert qdiscs(ns, "v") == @tree
    assert filters(ns, "v", "parent 1:") == [{1, "flower", 0}]
    assert reconcile!(sock, want, report.last_applied).applied == []
  end

  test "links of the same pass have qdiscs, and filters that redirect to them", context do
    %{ns: ns, sock: sock} = context

    want = %{
      links: [{"d0", :dummy, up: true}, {"d1", :dummy, up: true}],
      qdiscs: [{"d0", :clsact}],
      filters: [
        {"d0", :matchall,
         parent: :egress, prio: 1, handle: 1, actions: [mirred: [egress: :redirect, dev: "d1"]]},
        {nil, :matchall, block: 21, prio: 1, handle: 1, actions: [gact: [action: :drop]]}
      ]
    }

    want = %{want | qdiscs: want.qdiscs ++ [{"d1", :clsact, ingress_block: 21}]}
    report = reconcile!(sock, want)
    assert report.failed == []
    assert {report.converged?, report.failed} == {true, []}
    assert tc!(ns, "filter show dev d0 egress") =~ "Egress Redirect to device d1"
    assert tc!(ns, "filter show block 21") =~ "gact action drop"
    assert reconcile!(sock, want, report.last_applied).applied == []
  end

  test "specifications that are refused, before anything is sent", %{sock: sock} do
    for {want, reason} <- [
          {%{qdiscs: [{"v", :tbf}]}, {:qdisc, {:missing_option, :rate}}},
          {%{qdiscs: [:fq]}, {:qdisc, {:bad_spec, :fq}}},
          {%{qdiscs: [{"x", :fq}]}, {:unknown_interface, "x"}},
          {%{classes: [{"v", :htb, parent: "1:", rate: "1mbit"}]},
           {:class, {:missing_option, :classid}}},
          {%{filters: [{"v", :matchall, parent: :ingress, handle: 1}]},
           {:filter, {:missing_option, :prio}}},
          {%{filters: [{"v", :matchall, parent: :ingress, prio: 1}]},
           {:filter, {:missing_option, :handle}}},
          {%{filters: [{nil, :matchall, handle: 1, prio: 1}]},
           {:filter, {:missing_option, :block}}},
          {%{filters: [{"v", :matchall, parent: :root, handle: 1, prio: 1}]},
           {:filter, {:bad_option, :parent, :root}}}
        ],
        do: assert(Rtnl.Reconcile.reconcile(sock, want) == {:error, {:normalize, reason}})
  end
end
