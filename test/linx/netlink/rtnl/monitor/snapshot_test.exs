defmodule Linx.Netlink.Rtnl.Monitor.SnapshotTest do
  # Events after a snapshot are compared with it. With the kernel:
  # test/namespace/rtnl/monitor_test.exs.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Netlink.Resource
  alias Linx.Netlink.Rtnl.Monitor.{Change, Event, Snapshot}

  @known %{links: %{7 => %Link{index: 7, name: "eth0", mtu: 1500}}}

  defp event(op, link), do: %Event{op: op, resource: struct!(%Link{index: 7}, link)}

  test "what has been told is no news, and what changed is" do
    assert {false, known} = Snapshot.changed(@known, event(:new_link, name: "eth0", mtu: 1500))
    assert {true, known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 9000))
    # Nor is what was before.
    assert {true, _known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 1500))
  end

  test "what is gone can go no more, and what is there can once" do
    gone = event(:del_link, name: "eth0")
    assert {true, known} = Snapshot.changed(@known, gone)
    assert {false, known} = Snapshot.changed(known, gone)
    assert {true, _known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 1500))
  end

  test "counters alone are no news" do
    assert {false, _known} =
             Snapshot.changed(@known, event(:new_link, name: "eth0", mtu: 1500, stats64: %{}))
  end

  test "what may have gone in silence is news when it comes again" do
    route = %Route{family: 2, table: 254, dst_len: 0, oif: 7}
    {{routes, :put, route}, []} = Change.of(%Event{op: :new_route, resource: route})
    known = Map.put(@known, :routes, %{Resource.key(routes, route) => route})
    again = %Event{op: :new_route, resource: route}
    assert {false, ^known} = Snapshot.changed(known, again)

    # IPv4 routes go with the link, and nobody says so.
    up = event(:new_link, name: "eth0", mtu: 1500, flags: 0x1)
    assert {true, known} = Snapshot.changed(known, up)
    assert {true, _known} = Snapshot.changed(known, again)
  end

  test "of what is not listed everything is news" do
    for event <- [%Event{op: {:unknown, 99}, resource: nil}, event(:new_link, family: 7)],
        do: assert({true, @known} = Snapshot.changed(@known, event))

    assert {true, %{}} = Snapshot.changed(%{}, event(:new_link, name: "eth0", mtu: 1500))
  end
end
