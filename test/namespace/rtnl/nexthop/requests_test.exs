defmodule Linx.Namespace.Rtnl.Nexthop.RequestsTest do
  # A nexthop object is listed, deleted and written again, for every combination of attributes
  # that the kernel accepts. `ip` is the judge.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Rtnl}
  alias Linx.Netlink.Rtnl.Nexthop

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "each nexthop object is deleted and written as listed", %{ns: ns, sock: sock} do
    singles = [
      [gateway: "10.0.0.2", dev: "v0"],
      [gateway: "fd00::2", dev: "v0"],
      [gateway: "fe80::2", dev: "v1"],
      [gateway: "10.99.0.1", dev: "v0", onlink: true],
      [dev: "v1"],
      [dev: "v1", family: :inet6],
      [dev: "lo"],
      [blackhole: true],
      [blackhole: true, family: :inet6],
      [gateway: "10.0.0.7", fdb: true],
      [gateway: "fd00::7", fdb: true],
      [dev: "v0", encap: {:seg6, segments: ["fd91::1"]}],
      [dev: "v0", family: :inet6, encap: {:seg6, segments: ["fd91::1"]}],
      [dev: "v0", family: :inet6, encap: {:seg6_local, action: :end, count: true}]
    ]

    groups = [
      [group: [1]],
      [group: [{1, 3}, {3, 256}]],
      [group: [8]],
      [group: [9]],
      [group: [10], fdb: true],
      [group: [1, 4], type: :resilient, buckets: 8, idle_timer: 700, unbalanced_timer: 900],
      [group: [2], type: :resilient, buckets: 4]
    ]

    specs =
      for {tag, base} <- [{[], 0}, {[protocol: :bgp], 100}, {[protocol: 76], 200}],
          {opts, id} <- Enum.with_index(singles ++ groups, 1),
          do: [id: base + id] ++ tag ++ opts

    assert specs |> run!(sock, &Nexthop.add/2) |> Enum.uniq() == [:ok]
    shown = fn -> Map.new(ip_json(ns, "-details nexthop show"), &{&1["id"], steady(&1)}) end
    all = shown.()
    assert for(spec <- specs, not is_map_key(all, spec[:id]), do: spec) == []
    {:ok, nexthops} = Nexthop.list(sock)

    # A deleted member leaves its groups, so groups are deleted first.
    {groups, singles} = Enum.split_with(nexthops, & &1.group)

    for nexthop <- groups ++ Enum.filter(singles, &(&1.id > 100)) do
      assert {nexthop, Nexthop.delete(sock, nexthop)} == {nexthop, :ok}
      assert shown.() == Map.delete(all, nexthop.id)
      assert {nexthop, Nexthop.add(sock, nexthop)} == {nexthop, :ok}
      assert shown.() == all
      assert {nexthop, Nexthop.replace(sock, nexthop)} == {nexthop, :ok}
      assert shown.() == all
    end

    # A listed resilient group contains the time for which it has been unbalanced.
    {:ok, listed} = Nexthop.list(sock, stats: true)
    for %{group: [_ | _]} = group <- listed, do: assert(Nexthop.replace(sock, group) == :ok)
    assert shown.() == all
    assert {:ok, _} = Nexthop.flush(sock)
    assert shown.() == %{}
  end

  defp steady(%{"resilient_args" => args} = nexthop),
    do: %{nexthop | "resilient_args" => Map.delete(args, "unbalanced_time")}

  defp steady(nexthop), do: nexthop

  defp run!(items, sock, fun) do
    {:ok, results} = Batch.run(sock, fn batch -> Enum.map(items, &fun.(batch, &1)) end)
    results
  end
end
