defmodule Linx.Namespace.Rtnl.View.TcTest do
  # Qdiscs, classes, filters, chains and actions of a view and of a monitor, against `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Resource, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Monitor, Tc, View}
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Netlink.Rtnl.Tc.Action.Entry
  alias Linx.Test.ViewComparison

  # Most kernels lack most kinds.
  @moduletag :vm

  @resources [:links, :qdiscs, :classes, :filters, :chains, :actions]

  setup %{ns: ns, path: path} do
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v type veth peer name w")
    for link <- ["v", "w"], do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    {:ok, view} = View.start_link(netns: {:path, path}, resources: @resources)
    %{sock: sock, view: view}
  end

  # The links that exist in the namespace, by index.
  defp links(ns), do: Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

  defp text(:root), do: nil
  defp text(:ingress), do: "ffff:fff1"
  defp text(handle), do: handle

  defp ours(view, links) do
    %{
      qdiscs:
        for(
          q <- View.qdiscs(view),
          do: {links[q.ifindex], q.kind, text(Tc.handle(q.handle)), text(Tc.handle(q.parent))}
        ),
      classes: for(c <- View.classes(view), do: {links[c.ifindex], c.kind, Tc.handle(c.handle)}),
      filters:
        for(
          f <- View.filters(view),
          do: {links[f.ifindex], f.kind, Tc.Filter.prio(f), f.chain, f.parent}
        ),
      chains: for(c <- View.chains(view), do: {links[c.ifindex], c.chain, c.parent}),
      actions: for(%{tab: [a]} <- View.actions(view), do: {a.kind, Entry.index(a)})
    }
    |> Map.new(fn {plural, objects} -> {plural, Enum.sort(objects)} end)
  end

  @kinds ~w(gact mirred police)
  @parents [{"ingress", 0xFFFFFFF2}, {"egress", 0xFFFFFFF3}, {"parent 1:", 0x10000}]

  defp theirs(ns, links) do
    qdiscs =
      for q <- tc_json(ns, "qdisc show") do
        handle = if q["handle"] == "0:", do: :none, else: q["handle"]
        {q["dev"], q["kind"], handle, q["parent"]}
      end

    # Classes are flows of packets with these kinds.
    classes =
      for {_index, link} <- links,
          [_, kind, id] <- Regex.scan(~r/^class (\S+) (\S+)/m, tc!(ns, "class show dev #{link}")),
          kind not in ["fq_codel", "sfq"],
          do: {link, kind, id}

    places =
      for {"v" = link, parent, number} <-
            for({_, link} <- links, {parent, number} <- @parents, do: {link, parent, number}),
          do: {link, parent, number}

    filters =
      for {link, parent, number} <- places,
          %{"options" => options} = f <- shown(ns, "filter", link, parent),
          options["handle"] != nil or options["fh"] != nil,
          do: {link, f["kind"], f["pref"], f["chain"], number}

    chains =
      for {link, parent, number} <- places,
          chain <- shown(ns, "chain", link, parent),
          uniq: true,
          # The kernel has the handle of the qdisc.
          do: {link, chain["chain"], Bitwise.band(number, 0xFFFF0000)}

    actions =
      for kind <- @kinds,
          %{"actions" => actions} <- tc_json(ns, "actions list action #{kind}"),
          action <- actions,
          do: {kind, action["index"]}

    %{qdiscs: qdiscs, classes: classes, filters: filters, chains: chains, actions: actions}
    |> Map.new(fn {plural, objects} -> {plural, Enum.sort(objects)} end)
  end

  # A link without the parent has none.
  defp shown(ns, what, link, parent) do
    case System.cmd("ip", ~w(netns exec #{ns} tc -json #{what} show dev #{link} #{parent}),
           stderr_to_stdout: true
         ) do
      {"[" <> _ = text, 0} -> Linx.Test.JSON.decode!(text)
      _ -> []
    end
  end

  defp agree!(ns, view, sock, line, tries \\ 100) do
    ViewComparison.await_resync(view)
    links = links(ns)
    {ours, theirs} = {ours(view, links), theirs(ns, links)}

    cond do
      ours == theirs ->
        # The values are those of a list as well.
        {:ok, listed} =
          Resource.list_all(Enum.filter(Rtnl.resources(), &(&1.plural in @resources)), sock)

        {_version, all} = View.all(view)

        differ =
          for {resource, objects} <- listed,
              resource.plural != :links,
              held = Map.new(all[resource.plural], &{Resource.key(resource, &1), &1}),
              {key, object} <- objects,
              comparable(held[key]) != comparable(object),
              do: {resource.plural, held[key], object}

        if differ == [] or
             (tries > 0 and Process.sleep(20) == :ok and agree!(ns, view, sock, line, tries - 1)),
           do: true,
           else: flunk("after #{line}: #{inspect(differ, pretty: true)}")

      tries > 0 ->
        Process.sleep(20)
        agree!(ns, view, sock, line, tries - 1)

      true ->
        assert {line, ours} == {line, theirs}
    end
  end

  # The number of references of a qdisc is not notified.
  defp comparable(%Tc.Qdisc{} = qdisc), do: Linx.Netlink.Codec.comparable(%{qdisc | info: 0})
  defp comparable(object), do: Linx.Netlink.Codec.comparable(object)

  defp follows(ns, view, sock, lines) do
    for line <- lines do
      case line do
        "ip " <> line -> ip!(ns, line)
        line -> tc!(ns, line)
      end

      agree!(ns, view, sock, line)
    end
  end

  test "a view follows qdiscs and classes", %{ns: ns, view: view, sock: sock} do
    follows(ns, view, sock, [
      "qdisc add dev v root handle 1: htb default 20",
      "class add dev v parent 1: classid 1:1 htb rate 10mbit",
      "qdisc add dev v parent 1:1 handle 11: pfifo",
      "class add dev v parent 1:1 classid 1:20 htb rate 1mbit",
      "class change dev v parent 1:1 classid 1:20 htb rate 2mbit",
      "qdisc add dev v parent 1:20 handle 20: prio bands 4",
      "qdisc change dev v parent 1:20 handle 20: prio bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1",
      "qdisc add dev v parent 20:1 handle 30: netem delay 1ms",
      "class del dev v classid 1:20",
      "qdisc replace dev v root handle 2: fq_codel",
      "qdisc change dev v root handle 2: fq_codel limit 77",
      "qdisc del dev v root",
      "qdisc add dev w root handle 1: drr",
      "class add dev w parent 1: classid 1:1 drr",
      "ip link add many numtxqueues 4 type dummy",
      "qdisc add dev many root handle 5: mq",
      "ip link set many up",
      "ip link del many",
      "ip link add i0 type ifb",
      "ip link set i0 up",
      "qdisc add dev i0 root handle 7: prio",
      "qdisc del dev i0 root",
      "ip link del v"
    ])
  end

  test "a view follows filters, chains and actions", %{ns: ns, view: view, sock: sock} do
    follows(ns, view, sock, [
      "qdisc add dev v clsact",
      "qdisc add dev v root handle 1: htb",
      "filter add dev v ingress prio 5 matchall action drop",
      "filter add dev v ingress chain 3 prio 1 protocol ip flower dst_ip 10.0.0.0/8 action mirred egress mirror dev w",
      "filter add dev v ingress chain 3 prio 2 protocol ip flower dst_ip 11.0.0.0/8 action drop",
      "filter add dev v parent 1: prio 1 protocol ip u32 match ip dst 10.0.0.1 flowid 1:1",
      "filter add dev v parent 1: prio 1 protocol ip u32 match ip dst 10.0.0.2 flowid 1:1",
      "filter del dev v parent 1: prio 1 protocol ip handle 800::800 u32",
      "actions add action police rate 1mbit burst 10k index 9",
      "filter add dev v egress prio 8 matchall action police index 9",
      "filter replace dev v ingress chain 3 prio 1 protocol ip handle 1 flower dst_ip 10.0.0.0/8 action drop",
      "filter del dev v ingress chain 3 prio 1",
      "filter del dev v ingress chain 3",
      "chain add dev v ingress chain 9",
      "chain del dev v ingress chain 9",
      "filter del dev v egress prio 8",
      "actions del action police index 9",
      "filter del dev v parent 1:",
      "qdisc del dev v clsact",
      "ip link del v"
    ])
  end

  test "a shared block", %{ns: ns, view: view} do
    tc!(ns, "qdisc add dev v ingress_block 7 clsact")
    tc!(ns, "filter add block 7 prio 3 matchall action drop")

    assert {:ok, _} = View.await(view, &match?([%{ifindex: -1, parent: 7}], View.filters(&1)))

    ip!(ns, "link del v")
    assert {:ok, _} = View.await(view, &(View.filters(&1) == []))
  end

  test "a monitor sends events, and what exists", %{ns: ns, path: path} do
    tc!(ns, "qdisc add dev v root handle 1: htb")
    opts = [netns: {:path, path}, groups: [:tc], snapshot: true]
    {:ok, monitor} = Monitor.subscribe(self(), opts)
    assert_receive {:linx_rtnl, :event, %Event{op: :new_qdisc, resource: %{kind: "htb"}}}
    assert_receive {:linx_rtnl, :snapshot_complete}

    for {line, op} <- [
          {"class add dev v parent 1: classid 1:1 htb rate 1mbit", :new_tclass},
          {"filter add dev v parent 1: prio 1 matchall action drop", :new_tfilter},
          {"actions add action drop index 3", :new_action},
          {"actions del action gact index 3", :del_action},
          {"filter del dev v parent 1: prio 1", :del_tfilter},
          {"qdisc add dev v clsact", :new_qdisc},
          {"chain add dev v ingress chain 9", :new_chain},
          {"chain del dev v ingress chain 9", :del_chain},
          {"class del dev v classid 1:1", :del_tclass},
          {"qdisc del dev v root", :del_qdisc}
        ] do
      tc!(ns, line)
      assert_receive {:linx_rtnl, :event, %Event{op: ^op, resource: %_{}}}, 2000, line
    end

    :ok = Monitor.unsubscribe(monitor)
  end
end
