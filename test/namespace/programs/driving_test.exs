defmodule Linx.Namespace.Programs.DrivingTest do
  # Short programs as users write them: events, and a namespace kept in a desired state. The judge
  # is `ip`, which also makes the changes.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Diff, Monitor, Reconcile, Route}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add wan0 type veth peer name isp0")
    for name <- ["lo", "wan0", "isp0"], do: ip!(ns, "link set #{name} up")
    carrier(ns, "wan0")

    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  test "a subscriber receives the changes of a namespace", %{ns: ns, path: path} do
    {:ok, everything} = Monitor.subscribe(self(), netns: {:path, path})

    {:ok, links_only} =
      Monitor.subscribe(self(), netns: {:path, path}, groups: [1], rcvbuf: 2_000_000)

    ip!(ns, "address add 172.20.0.2/25 dev wan0")

    assert_receive {:linx_rtnl, :event, %Monitor.Event{op: :new_addr, resource: %Address{} = a}},
                   5_000

    assert {to_string(a.local), a.prefixlen} == {"172.20.0.2", 25}

    ip!(ns, "link set isp0 mtu 1400")

    # One event from each monitor.
    for _ <- 1..2 do
      assert_receive {:linx_rtnl, :event,
                      %Monitor.Event{op: :new_link, resource: %{name: "isp0", mtu: 1400}}},
                     5_000
    end

    assert Monitor.unsubscribe(everything) == :ok
    assert Monitor.stop(links_only) == :ok
    ip!(ns, "link set isp0 mtu 1300")
    refute_receive {:linx_rtnl, :event, %Monitor.Event{resource: %{mtu: 1300}}}, 200
  end

  defp desired do
    %{
      addresses: [{"wan0", "172.20.0.2", 24}, {"wan0", "fd72::2", 64}],
      routes: [
        {"172.30.0.0", 16, "172.20.0.1"},
        {:default, "172.20.0.1"},
        {"fd73::", 32, "fd72::1", metric: 70}
      ]
    }
  end

  defp locals(ns) do
    [%{"addr_info" => infos}] = ip_json(ns, "address show dev wan0")
    for info <- infos, do: "#{info["local"]}/#{info["prefixlen"]}"
  end

  test "a pass creates missing objects and deletes only its own", %{sock: sock, ns: ns} do
    ip!(ns, "address add 192.0.2.77/32 dev wan0")

    {:ok, first} = Reconcile.reconcile(sock, desired())
    assert inspect(first) == "#Linx.Netlink.Rtnl.Reconcile.Report<converged: 5 applied>"

    assert Enum.sort(locals(ns)) == ["172.20.0.2/24", "192.0.2.77/32", "fd72::2/64"]
    assert [%{"gateway" => "172.20.0.1"}] = ip_json(ns, "route show 172.30.0.0/16")
    assert [%{"gateway" => "172.20.0.1"}] = ip_json(ns, "route show default")
    assert [%{"gateway" => "fd72::1", "metric" => 70}] = ip_json(ns, "-6 route show fd73::/32")

    {:ok, second} = Reconcile.reconcile(sock, desired(), first.last_applied)
    assert {second.converged?, second.applied} == {true, []}

    less = %{desired() | addresses: tl(desired().addresses), routes: []}
    {:ok, third} = Reconcile.reconcile(sock, less, second.last_applied)
    assert third.converged?

    deleted = for {:delete, item} <- third.applied, do: item.__struct__
    assert Enum.sort(deleted) == [Address, Route, Route, Route]
    assert Enum.sort(locals(ns)) == ["192.0.2.77/32", "fd72::2/64"]
    assert ip_json(ns, "route show default") == []
  end

  test "owners with other protocols do not touch each other's routes", %{sock: sock, ns: ns} do
    {:ok, first} = Reconcile.reconcile(sock, desired())
    {:ok, other} = Reconcile.reconcile(sock, %{routes: []}, %{}, protocol: 99)
    assert {first.converged?, other.converged?, other.applied} == {true, true, []}
    assert [%{"protocol" => "76"}] = ip_json(ns, "route show default")
  end

  test "a diff of observed routes does not change them", %{sock: sock, ns: ns} do
    ip!(ns, "address add 172.20.0.2/24 dev wan0")
    ip!(ns, "route add 172.30.0.0/16 via 172.20.0.1 proto 99")
    {:ok, observed} = Route.list(sock)

    assert [{:delete, %Route{dst_len: 16, protocol: 99}}] = Diff.routes([], observed, 99)
    assert Diff.routes([], observed, 98) == []
    assert [%{"dst" => "172.30.0.0/16"}] = ip_json(ns, "route show 172.30.0.0/16")
  end
end
