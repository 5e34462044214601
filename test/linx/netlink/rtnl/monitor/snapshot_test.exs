defmodule Linx.Netlink.Rtnl.Monitor.SnapshotTest do
  # Events after a snapshot are compared with the snapshot. test/namespace/rtnl/monitor_test.exs
  # tests this with the kernel.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.{Link, Route}
  alias Linx.Netlink.Resource
  alias Linx.Netlink.Rtnl.Monitor.{Change, Event, Snapshot}

  @known %{links: %{7 => %Link{index: 7, name: "eth0", mtu: 1500}}}

  defp event(op, link), do: %Event{op: op, resource: struct!(%Link{index: 7}, link)}

  test "an object is reported if it differs from the last reported state" do
    assert {false, known} = Snapshot.changed(@known, event(:new_link, name: "eth0", mtu: 1500))
    assert {true, known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 9000))
    # The state before the last reported one is a change as well.
    assert {true, _known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 1500))
  end

  test "the deletion of an object is reported once" do
    gone = event(:del_link, name: "eth0")
    assert {true, known} = Snapshot.changed(@known, gone)
    assert {false, known} = Snapshot.changed(known, gone)
    assert {true, _known} = Snapshot.changed(known, event(:new_link, name: "eth0", mtu: 1500))
  end

  test "a change of counters alone is not reported" do
    assert {false, _known} =
             Snapshot.changed(@known, event(:new_link, name: "eth0", mtu: 1500, stats64: %{}))
  end

  test "an object that may have been deleted without notification is reported again" do
    route = %Route{family: 2, table: 254, dst_len: 0, oif: 7}
    {{routes, :put, route}, []} = Change.of(%Event{op: :new_route, resource: route})
    known = Map.put(@known, :routes, %{Resource.key(routes, route) => route})
    again = %Event{op: :new_route, resource: route}
    assert {false, ^known} = Snapshot.changed(known, again)

    # The kernel deletes IPv4 routes with their link without a notification.
    up = event(:new_link, name: "eth0", mtu: 1500, flags: 0x1)
    assert {true, known} = Snapshot.changed(known, up)
    assert {true, _known} = Snapshot.changed(known, again)
  end

  test "every event of an object that the snapshot does not list is reported" do
    for event <- [%Event{op: {:unknown, 99}, resource: nil}, event(:new_link, family: 7)],
        do: assert({true, @known} = Snapshot.changed(@known, event))

    assert {true, %{}} = Snapshot.changed(%{}, event(:new_link, name: "eth0", mtu: 1500))
  end
end
