defmodule Linx.Namespace.Rtnl.Tc.Filter.PoliceTest do
  # Policers of filters: in the old form, and with an estimator. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.Action.Police
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  # tc writes the word `police` without `action` in the old form.
  test "policers in the old form are read", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:")
    {:ok, _} = File.stat("/sys/fs/cgroup")

    for {kind, words} <- [
          {"basic", "match 'meta(nf_mark gt 24)'"},
          {"cgroup", ""},
          {"flow", "hash keys src divisor 16"},
          {"fw", "classid 1:1"},
          {"route", "from 10 classid 1:1"},
          {"u32", "match u32 0 0 at 0"}
        ] do
      handle = if kind in ["fw", "cgroup", "flow"], do: "handle 1", else: ""

      tc!(
        ns,
        "filter add dev v0 parent 1: #{handle} protocol ip #{kind} #{words} police rate 1mbit burst 10k drop"
      )

      {:ok, filters} = Filter.list(sock, "v0", parent: "1:", kind: kind)

      assert {kind, [%Police{} = police]} =
               {kind, for(%{options: %{police: %{} = police}} <- filters, do: police)}

      assert {kind, Police.rate(police), Police.burst(police), police.parms.action} ==
               {kind, 125_000, 10_240, :drop}

      assert [nil] = for(%{options: %{police: %{}} = options} <- filters, do: options.act)
      assert tc!(ns, "filter show dev v0 parent 1:") =~ "rate 1Mbit burst 10Kb"
      tc!(ns, "filter del dev v0 parent 1:")
    end
  end

  test "a limit of the estimated rate is that of tc", %{sock: sock, ns: ns} do
    average = [avrate: "1mbit", conform_exceed: :drop]

    assert [%Filter.Matchall{}, %Filter.U32{}] =
             same_filters(sock, ns, :matchall, "ingress", [
               {[parent: :ingress, estimator: {"1s", "8s"}, actions: [police: average]],
                "estimator 1sec 8sec : action police avrate 1mbit conform-exceed drop"}
             ]) ++
               same_filters(sock, ns, :u32, "ingress", [
                 {[
                    parent: :ingress,
                    estimator: {"250ms", "500ms"},
                    match: [u32: {0, 0, 0}],
                    actions: [police: average]
                  ],
                  "estimator 250ms 500ms : match u32 0 0 at 0 " <>
                    "action police avrate 1mbit conform-exceed drop"}
               ])

    opts = [parent: :ingress, prio: 1, actions: [police: average]]
    assert {:error, %Error{errno: :einval}} = Filter.add(sock, "v0", :matchall, opts)
    assert :ok = Filter.add(sock, "v0", :matchall, [estimator: {"1s", "8s"}] ++ opts)
    {:ok, [_, filter]} = Filter.list(sock, "v0", parent: :ingress)
    assert %{options: %{act: [%{options: police, stats: stats}]}} = filter
    assert {police.avrate, stats.rate_est.bps} == {125_000, 0}

    assert {:error, {:bad_option, :estimator, "1s"}} =
             Filter.add(sock, "v0", :matchall, [estimator: "1s"] ++ opts)
  end
end
