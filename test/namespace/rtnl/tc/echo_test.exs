defmodule Linx.Namespace.Rtnl.Tc.EchoTest do
  # What the kernel made, with `echo: true`. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Codec, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.{Chain, Class, Filter, Qdisc}

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  test "a qdisc, and not the one that it replaces", %{sock: sock, ns: ns} do
    for {verb, kind, opts} <- [
          {:add, :tbf, [rate: "1mbit", burst: "10k", limit: "20k"]},
          {:change, :tbf, [rate: "2mbit", burst: "10k", limit: "20k"]},
          {:replace, :bfifo, [limit: 7000]},
          {:replace, :htb, [default: 7]}
        ] do
      assert {:ok, %Qdisc{} = qdisc} =
               apply(Qdisc, verb, [sock, "v0", kind, [echo: true] ++ opts])

      # The number of references is another one during the change.
      assert {:ok, read} = Qdisc.get(sock, "v0", nil)
      assert {verb, %{read | info: nil}} == {verb, %{qdisc | info: nil}}
      assert [shown] = tc_json(ns, "qdisc show dev v0")
      assert {shown["kind"], shown["handle"]} == {qdisc.kind, Tc.handle(qdisc.handle)}
    end
  end

  test "a class as it was added and changed", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:")
    opts = [parent: "1:", classid: "1:10", rate: "1mbit", echo: true]
    assert {:ok, %Class{options: %Class.Htb{}} = class} = Class.add(sock, "v0", :htb, opts)
    assert tc!(ns, "class show dev v0") =~ "class htb #{Tc.handle(class.handle)} root"
    opts = [classid: class.handle, rate: "2mbit", parent: "1:", echo: true]
    assert {:ok, %Class{options: htb}} = Class.change(sock, "v0", :htb, opts)
    assert Class.Htb.rate(htb) == 250_000
    assert tc!(ns, "class show dev v0") =~ "rate 2Mbit"

    # The kernel chooses no class id.
    opts = [parent: "1:", rate: "1mbit"]
    assert {:error, %Error{errno: :einval}} = Class.add(sock, "v0", :htb, opts)
  end

  @tag :vm
  test "a filter with the priority and the handle that the kernel chose", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :clsact)
    opts = [parent: :ingress, protocol: :ip, actions: [gact: [action: :drop]], echo: true]

    for {kind, own} <- [
          flower: [dst_ip: "192.0.2.0/24"],
          u32: [match: [u32: {0, 0, 0}]]
        ] do
      assert {:ok, %Filter{chain: 0} = filter} = Filter.add(sock, "v0", kind, own ++ opts)
      assert %{act: [%{kind: "gact"}]} = filter.options
      kind = Atom.to_string(kind)

      shown =
        for %{"kind" => ^kind} = shown <- tc_json(ns, "filter show dev v0 ingress"), do: shown

      assert {kind, Enum.uniq(for shown <- shown, do: shown["pref"])} ==
               {kind, [Filter.prio(filter)]}

      place = [parent: :ingress, protocol: :ip, prio: Filter.prio(filter), handle: filter.handle]
      assert {:ok, read} = Filter.get(sock, "v0", place)
      assert {kind, Codec.comparable(read)} == {kind, Codec.comparable(filter)}
      assert :ok = Filter.delete(sock, "v0", place)
    end

    # mall_change of net/sched/cls_matchall.c gives the filter that was there before to the report.
    assert {:ok, %Filter{handle: 0, options: nil} = filter} =
             Filter.add(sock, "v0", :matchall, opts)

    assert [_, %{"pref" => pref}] = tc_json(ns, "filter show dev v0 ingress")
    assert Filter.prio(filter) == pref
  end

  # tc_ctl_chain of net/sched/cls_api.c reports a new chain to the group alone.
  test "chains have no echo", %{sock: sock} do
    assert Chain.add(sock, "v0", parent: :ingress, echo: true) ==
             {:error, {:unknown_option, :echo}}
  end

  test "an echo is a boolean", %{sock: sock} do
    assert Qdisc.add(sock, "v0", :htb, echo: 1) == {:error, {:bad_option, :echo, 1}}
  end
end
