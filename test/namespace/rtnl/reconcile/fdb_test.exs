defmodule Linx.Namespace.Rtnl.Reconcile.FdbTest do
  # Forwarding entries in a pass, against `bridge -json fdb`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers, only: [reconcile!: 2, reconcile!: 3, reconcile!: 4]

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Fdb, Reconcile}

  @mac "02:00:00:00:00:09"
  @zeros "00:00:00:00:00:00"

  setup %{ns: ns, path: path} do
    for line <- [
          "link add br0 type bridge",
          "link add v type veth peer name w",
          "link set v master br0 up",
          "link set w up",
          "link set br0 up",
          "link add vx0 type vxlan id 7 dstport 4789 local 192.0.2.1"
        ],
        do: ip!(ns, line)

    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # Link, state and destination of the entries of an address, as `bridge` prints them.
  defp entries(ns, mac) do
    {out, 0} = System.cmd("ip", ~w(netns exec #{ns} bridge -json fdb show))

    Enum.sort(
      for %{"mac" => ^mac} = entry <- Linx.Test.JSON.decode!(out),
          do: {entry["ifname"], entry["state"], entry["dst"]}
    )
  end

  test "a pass creates, keeps, changes and deletes entries", %{ns: ns, sock: sock} do
    want = %{fdb: [{"v", @mac, state: :static}]}
    first = reconcile!(sock, want)
    assert [{:create, %Fdb{}}] = first.applied
    assert first.converged?
    assert entries(ns, @mac) == [{"v", "static", nil}]

    second = reconcile!(sock, want, first.last_applied)
    assert second.applied == []
    assert second.last_applied == first.last_applied

    third = reconcile!(sock, %{fdb: [{"v", @mac}]}, second.last_applied)
    assert [{:update, _}] = third.applied
    assert entries(ns, @mac) == [{"v", "permanent", nil}]

    last = reconcile!(sock, %{}, third.last_applied)
    assert [{:delete, _}] = last.applied
    assert entries(ns, @mac) == []
    assert last.last_applied == %{addresses: MapSet.new()}
  end

  test "each destination of one hardware address is an entry of its own", %{ns: ns, sock: sock} do
    want = &%{fdb: for(n <- &1, do: {"vx0", @zeros, dst: "192.0.2.#{n}"})}
    first = reconcile!(sock, want.([8, 9]))
    assert [{:create, _}, {:create, _}] = first.applied
    assert [{"vx0", _, "192.0.2.8"}, {"vx0", _, "192.0.2.9"}] = entries(ns, @zeros)
    assert reconcile!(sock, want.([8, 9]), first.last_applied).applied == []

    second = reconcile!(sock, want.([9, 10]), first.last_applied)
    assert [{:create, _}, {:delete, _}] = second.applied
    assert [{"vx0", _, "192.0.2.10"}, {"vx0", _, "192.0.2.9"}] = entries(ns, @zeros)
  end

  test "entries of other owners are conflicts, and are replaced with takeover: true",
       %{ns: ns, sock: sock} do
    exec!(ns, "bridge", ~w(fdb add #{@mac} dev v master static))
    assert reconcile!(sock, %{fdb: [{"v", @mac, state: :static}]}).applied == []

    report = reconcile!(sock, %{fdb: [{"v", @mac}]})
    assert [{%Fdb{}, %Fdb{}}] = report.conflicts
    assert entries(ns, @mac) == [{"v", "static", nil}]

    report = reconcile!(sock, %{fdb: [{"v", @mac}]}, %{}, takeover: true)
    assert [{:replace, _, _}] = report.applied
    assert entries(ns, @mac) == [{"v", "permanent", nil}]
    assert [{:delete, _}] = reconcile!(sock, %{}, report.last_applied).applied
    assert entries(ns, @mac) == []
  end

  test "a learned entry is updated, and then owned by the pass", %{ns: ns, sock: sock} do
    exec!(ns, "bridge", ~w(fdb add #{@mac} dev v master dynamic))
    report = reconcile!(sock, %{fdb: [{"v", @mac, state: :static}]})
    assert [{:update, _}] = report.applied
    assert entries(ns, @mac) == [{"v", "static", nil}]
    assert [{:delete, _}] = reconcile!(sock, %{}, report.last_applied).applied
  end

  test "entries are created on links that the same pass creates", %{ns: ns, sock: sock} do
    want = %{
      links: [{"vx1", :vxlan, id: 8, port: 4790, up: true}],
      fdb: [{"vx1", @mac, dst: "192.0.2.7"}]
    }

    report = reconcile!(sock, want)
    assert report.converged?
    assert [{"vx1", _, "192.0.2.7"}] = entries(ns, @mac)
    assert reconcile!(sock, want, report.last_applied).applied == []
  end

  test "invalid entries are refused before anything is read", %{sock: sock} do
    for {spec, reason} <- [
          {{"nope", @mac}, {:unknown_interface, "nope"}},
          {{"v", "nonsense"}, {:fdb, {:bad_mac, "nonsense"}}},
          {{"v", @mac, nope: 1}, {:fdb, {:unknown_option, :nope}}},
          {{"v", @mac, vlan: 0}, {:fdb, {:bad_option, :vlan, 0}}},
          {:nonsense, {:fdb, {:bad_spec, :nonsense}}}
        ] do
      assert Reconcile.reconcile(sock, %{fdb: [spec]}) == {:error, {:normalize, reason}}
    end
  end
end
