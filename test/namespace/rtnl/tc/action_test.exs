defmodule Linx.Namespace.Rtnl.Tc.ActionTest do
  # Shared actions, and those of the kinds gact and mirred. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Tc, TcAction}

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.{Action, Stats}
  alias Linx.Netlink.Rtnl.Tc.Action.{Entry, Gact, Mirred}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  test "actions of the kind gact are those of tc", %{sock: sock, ns: ns} do
    for control <- [:pass, :drop, :reclassify, :continue, :pipe, :trap] do
      assert %Gact{parms: %{action: ^control}, prob: prob} =
               same!(sock, ns, :gact, [action: control], "#{control}")

      assert prob in [nil, %Gact.Prob{ptype: :none}]
    end

    for {random, words} <- [
          {{:determ, :drop, 1}, "determ drop 1"},
          {{:netrand, :pass, 10_000}, "netrand pass 10000"}
        ] do
      {type, control, value} = random

      assert %Gact{prob: %Gact.Prob{ptype: ^type, paction: ^control, pval: ^value}} =
               same!(sock, ns, :gact, [action: :pipe, random: random], "pipe random #{words}")
    end

    # tc takes up to 10000.
    assert :ok =
             Action.add(sock, :gact, action: :pipe, random: {:determ, :trap, 0xFFFF}, index: 3)

    assert %{"random_type" => "determ", "val" => 0xFFFF} = tc_action(ns, :gact, 3)["prob"]

    for count <- [1, 0xFFFFFFF] do
      same!(sock, ns, :gact, [action: {:jump, count}], "jump #{count}")
      assert {:ok, entry} = Action.get(sock, :gact, 1)
      assert Entry.control(entry) == {:jump, count}
    end
  end

  test "options of all kinds are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[cookie: <<1>>], "cookie 01"},
          {[cookie: :binary.copy(<<0xAB>>, 16)], "cookie #{String.duplicate("ab", 16)}"},
          {[hw_stats: :immediate], "hw_stats immediate"},
          {[hw_stats: [:delayed]], "hw_stats delayed"},
          {[hw_stats: :disabled], "hw_stats disabled"},
          {[no_percpu: true], "no_percpu"},
          {[skip_hw: true], "skip_hw"},
          {[skip_hw: true, no_percpu: true], "no_percpu skip_hw"},
          {[skip_hw: false], ""}
        ] do
      # tc takes these words behind the index.
      assert :ok = Action.replace(sock, :gact, [action: :drop, index: 1] ++ opts)
      tc!(ns, "actions replace action gact drop index 2 #{words}")
      keys = ~w(cookie hw_stats used_hw_stats no_percpu skip_hw not_in_hw)
      ours = Map.take(tc_action(ns, :gact, 1), keys)
      assert {opts, ours} == {opts, Map.take(tc_action(ns, :gact, 2), keys)}

      read = fn index ->
        {:ok, entry} = Action.get(sock, :gact, index)
        {entry.cookie, entry.hw_stats, entry.flags}
      end

      assert {opts, read.(1)} == {opts, read.(2)}
      assert elem(read.(1), 0) == opts[:cookie]
      :ok = Action.flush(sock, :gact)
    end

    # Only devices that have the action offloaded take it.
    assert {:error, %Error{}} = Action.add(sock, :gact, action: :drop, skip_sw: true)
    assert :ok = Action.add(sock, :mirred, egress: :mirror, dev: "v0", control: :drop, index: 9)
    assert %{"control_action" => %{"type" => "drop"}} = tc_action(ns, :mirred, 9)
  end

  test "actions of the kind mirred are those of tc", %{sock: sock, ns: ns} do
    {:ok, index} = Rtnl.Link.index(sock, "v1", [])

    for side <- [:egress, :ingress], what <- [:redirect, :mirror] do
      eaction = :"#{side}_#{what}"

      assert %Mirred{parms: %{ifindex: ^index, eaction: ^eaction}} =
               same!(sock, ns, :mirred, [{side, what}, dev: "v1"], "#{side} #{what} dev v1")
    end

    same!(
      sock,
      ns,
      :mirred,
      [egress: :mirror, dev: index, control: :pass],
      "egress mirror dev v1 pass"
    )

    # tc before iproute2 6.8 has no block.
    assert :ok = Action.add(sock, :mirred, egress: :mirror, block: 22, index: 3)
    assert {:ok, %Entry{options: %Mirred{blockid: 22}}} = Action.get(sock, :mirred, 3)
    assert tc_action(ns, :mirred, 3)["mirred_action"] == "mirror"

    assert {:error, %Error{errno: :enodev}} =
             Action.add(sock, :mirred, egress: :mirror, dev: "v7")
  end

  test "add, replace, get, list, delete and flush", %{sock: sock, ns: ns} do
    assert {:ok, []} = Action.list(sock, :gact)
    assert :ok = Action.add(sock, :gact, action: :drop, index: 5)
    assert {:error, %Error{errno: :eexist}} = Action.add(sock, :gact, action: :pass, index: 5)
    assert :ok = Action.replace(sock, :gact, action: :pass, index: 5)
    assert %{"control_action" => %{"type" => "pass"}} = tc_action(ns, :gact, 5)

    assert {:ok, %Entry{kind: "gact"} = entry} =
             Action.add(sock, "gact", action: :trap, echo: true)

    assert {Entry.control(entry), Entry.index(entry)} == {:trap, 1}
    assert tc_action(ns, :gact, 1)["control_action"]["type"] == "trap"

    assert {:ok, [one, five]} = Action.list(sock, :gact)
    assert {Entry.index(one), Entry.index(five)} == {1, 5}
    assert %Stats{basic: %{packets: 0, bytes: 0}} = five.stats
    assert %Action.Tm{install: install, firstuse: 0} = five.options.tm
    assert install in 0..2000

    assert {:ok, [%Entry{index: 1, options: nil}, %Entry{index: 5}]} =
             Action.list(sock, :gact, terse: true)

    assert {:ok, []} = Action.list(sock, :mirred)

    assert {:error, %Error{errno: :enoent}} = Action.get(sock, :gact, 6)
    assert :ok = Action.delete(sock, :gact, 5)
    assert tc_action(ns, :gact, 5) == nil
    assert {:error, %Error{errno: :enoent}} = Action.delete(sock, :gact, 5)
    assert :ok = Action.flush(sock, :gact)
    assert {:ok, []} = Action.list(sock, :gact)
    assert tc_action(ns, :gact, 1) == nil
  end

  test "a long list, and one by the time of use", %{sock: sock, ns: ns} do
    {:ok, _} =
      Batch.run(sock, fn batch ->
        for index <- 1..300, do: Action.add(batch, :gact, action: :drop, index: index)
      end)

    assert {:ok, actions} = Action.list(sock, :gact)
    assert Enum.map(actions, &Entry.index/1) == Enum.to_list(1..300)
    tc!(ns, "actions add action gact pass index 301")
    assert {:ok, recent} = Action.list(sock, :gact, since: 3_600_000)
    assert length(recent) == 301
    Process.sleep(50)
    assert {:ok, []} = Action.list(sock, :gact, since: 10)
  end

  test "packets are counted, and times are since then", %{sock: sock, ns: ns} do
    ip!(ns, "addr add 10.9.0.1/24 dev v0")
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "neigh add 10.9.0.2 lladdr 02:00:00:00:00:02 dev v0")
    :ok = Action.add(sock, :gact, action: :drop, index: 7)
    tc!(ns, "qdisc add dev v0 clsact")
    tc!(ns, "filter add dev v0 egress protocol ip matchall action gact index 7")
    {:ok, udp} = netns_udp(ns, "10.9.0.1")
    for _ <- 1..3, do: send_udp(udp, "10.9.0.2", :binary.copy("x", 100))

    assert {:ok, %Entry{stats: stats, options: %{tm: tm, parms: parms}}} =
             Action.get(sock, :gact, 7)

    assert %{"stats" => %{"packets" => 3, "bytes" => bytes, "drops" => 3}} =
             tc_action(ns, :gact, 7)

    assert {Stats.packets(stats), stats.basic.bytes, stats.queue.drops} == {3, bytes, 3}
    assert {parms.refcnt, parms.bindcnt} == {2, 1}
    assert tm.firstuse <= tm.install and tm.lastuse <= tm.firstuse

    assert {:error, %Error{errno: :eperm}} = Action.delete(sock, :gact, 7)
  end
end
