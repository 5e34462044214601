defmodule Linx.Namespace.Rtnl.Reconcile.Loop.GroupsTest do
  # Changes of each resource that can be desired cause a pass, without an interval.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl.Monitor
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Loop, Source}

  setup %{ns: ns} do
    for line <- ["link add br0 type bridge", "link set br0 up"], do: ip!(ns, line)
    :ok
  end

  # A loop whose last pass applied nothing, and that has no pass scheduled.
  defp start!(path, desired) do
    loop =
      start_supervised!(
        {Loop, netns: {:path, path}, desired: desired, interval: :infinity, debounce: 20}
      )

    assert eventually(fn ->
             status = Loop.status(loop)
             status.next == nil and match?({:ok, %{applied: []}}, status.result)
           end)

    loop
  end

  test "a nexthop that another program deletes is created again", %{ns: ns, path: path} do
    start!(path, %{nexthops: [[id: 7, dev: "br0"]]})
    nexthops = fn -> for %{"id" => id} <- ip_json(ns, "nexthop show"), do: id end
    assert nexthops.() == [7]
    ip!(ns, "nexthop delete id 7")
    assert eventually(fn -> nexthops.() == [7] end)
  end

  test "a source sends its owner changes of nexthops", %{ns: ns, path: path} do
    {:ok, _monitor} = Source.subscribe({:path, path}, self())
    ip!(ns, "nexthop add id 9 dev br0")
    assert_receive {:linx_rtnl, :event, %{op: :new_nexthop, resource: %{id: 9}}}
  end

  # RTNLGRP_BRVLAN of include/uapi/linux/rtnetlink.h is 33.
  test "VLANs are among the groups that a kernel may lack" do
    assert 33 in Desired.groups()[:optional_groups]
    refute 33 in Desired.groups()[:groups]
  end

  test "a monitor leaves out an optional group that the kernel lacks", %{ns: ns, path: path} do
    opts = [netns: {:path, path}, groups: [:link]]
    assert {:error, :einval} = Monitor.start_link([groups: [1, 9999]] ++ opts)

    assert {:error, {:bad_option, :optional_groups, [:no]}} =
             Monitor.start_link([optional_groups: [:no]] ++ opts)

    {:ok, _monitor} = Monitor.start_link([optional_groups: [9999, :nexthop]] ++ opts)
    ip!(ns, "nexthop add id 9 dev br0")
    assert_receive {:linx_rtnl, :event, %{op: :new_nexthop, resource: %{id: 9}}}
    # A group that is given as both is not optional.
    assert {:error, :einval} =
             Monitor.start_link([groups: [9999], optional_groups: [9999]] ++ opts)
  end
end
