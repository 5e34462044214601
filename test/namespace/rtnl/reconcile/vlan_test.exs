defmodule Linx.Namespace.Rtnl.Reconcile.VlanTest do
  # VLANs of bridges and ports in a pass, against `bridge -json vlan`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers, only: [reconcile!: 2, reconcile!: 3]

  alias Linx.Netlink.{Rtnl, Socket}

  # Few kernels are built with BRIDGE_VLAN_FILTERING.
  @moduletag :vm

  setup %{ns: ns, path: path} do
    for line <- [
          "link add br0 type bridge vlan_filtering 1",
          "link add v type veth peer name w",
          "link set v master br0 up"
        ],
        do: ip!(ns, line)

    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp vlans(ns, link) do
    {out, 0} = System.cmd("ip", ~w(netns exec #{ns} bridge -json vlan show dev #{link}))

    for %{"vlans" => vlans} <- Linx.Test.JSON.decode!(out),
        vlan <- vlans,
        vid <- vlan["vlan"]..(vlan["vlanEnd"] || vlan["vlan"]),
        do: {vid, Enum.sort(vlan["flags"] || [])}
  end

  test "a pass creates, keeps, changes and deletes VLANs", %{ns: ns, sock: sock} do
    # VLAN 1 is the kernel's own.
    own = {1, ["Egress Untagged", "PVID"]}
    want = %{vlans: [{"v", 10..12}, {"v", 20, untagged: true}, {"br0", 10}]}
    first = reconcile!(sock, want)
    assert length(first.applied) == 5
    assert first.converged?
    assert vlans(ns, "v") == [own, {10, []}, {11, []}, {12, []}, {20, ["Egress Untagged"]}]
    assert {10, []} in vlans(ns, "br0")
    assert reconcile!(sock, want, first.last_applied).applied == []

    want = %{vlans: [{"v", {10, 11}}, {"v", 20}]}
    second = reconcile!(sock, want, first.last_applied)
    assert [{:update, _}, {:delete, _}, {:delete, _}] = second.applied
    assert vlans(ns, "v") == [own, {10, []}, {11, []}, {20, []}]

    assert length(reconcile!(sock, %{}, second.last_applied).applied) == 3
    assert vlans(ns, "v") == [own]
  end

  test "a VLAN of another owner is a conflict", %{ns: ns, sock: sock} do
    assert [_] = reconcile!(sock, %{vlans: [{"v", 1}]}).conflicts
    same = reconcile!(sock, %{vlans: [{"v", 1, pvid: true, untagged: true}]})
    assert {same.applied, same.conflicts} == {[], []}
    assert vlans(ns, "v") == [{1, ["Egress Untagged", "PVID"]}]
  end
end
