defmodule Linx.Namespace.Rtnl.Vlan.EntryTest do
  # Options of VLANs of bridges and ports, judged by `bridge -json` and the kernel's bytes.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.BridgeVlans

  alias Linx.Netlink.Error
  alias Linx.Netlink.Rtnl.Vlan

  # The bridges of some kernels have no VLANs.
  @moduletag :vm

  setup :bridge

  setup %{sock: sock} do
    for link <- ~w(v0 vx0), do: :ok = Vlan.add(sock, link, {10, 19})
    :ok
  end

  test "a change of some VLANs splits the range", %{ns: ns, sock: sock} do
    assert Vlan.set(sock, "v0", {12, 13}, state: :blocking, mcast_router: 0) == :ok

    assert [
             %{"vlan" => 10, "vlanEnd" => 11, "state" => "forwarding"},
             %{"vlan" => 12, "vlanEnd" => 13, "state" => "blocking", "mcast_router" => 0},
             %{"vlan" => 14, "vlanEnd" => 19, "state" => "forwarding"}
           ] = added(ns, "v0")

    {:ok, [vlans]} = Vlan.list(sock, "v0")
    assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..11, 12..13, 14..19]
  end

  # The bridge of Debian 12 does not show these options.
  test "options that older tools do not show are in the kernel's bytes", %{ns: ns, sock: sock} do
    ip!(ns, "link set v0 type bridge_slave neigh_suppress on")

    for {key, value, unset, bytes} <- [
          {:mcast_max_groups, 0x12345, 0, <<8::native-16, 8::native-16, 0x12345::native-32>>},
          {:neigh_suppress, true, false, <<5::native-16, 9::native-16, 1>>},
          {:neigh_forward_grat, true, false, <<5::native-16, 10::native-16, 1>>}
        ] do
      refute dumped(sock) =~ bytes

      # On the whole range: the kernel reports `mcast_max_groups` of the first VLAN for all of it.
      case Vlan.set(sock, "v0", {10, 19}, [{key, value}]) do
        :ok ->
          assert dumped(sock) =~ bytes
          assert {key, Map.fetch!(entry(sock, "v0", 10), key)} == {key, value}
          assert {key, Map.fetch!(entry(sock, "v0", 1), key)} == {key, unset}

        # Kernels before 6.3, 6.4 and 7.
        {:error, reason} ->
          assert %Error{errno: :einval} = reason
      end
    end
  end

  test "the number of multicast groups is limited", %{ns: ns, sock: sock} do
    # Kernels before 6.3 do not count.
    if entry(sock, "v0", 10).mcast_n_groups do
      for {vid, groups} <- [{10, 3}, {11, 5}], n <- 1..groups do
        bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.#{n} permanent vid #{vid}")
      end

      assert %{mcast_n_groups: 3} = entry(sock, "v0", 10)
      assert %{mcast_n_groups: 5} = entry(sock, "v0", 11)
      assert %{mcast_n_groups: 0} = entry(sock, "v0", 12)

      assert Vlan.set(sock, "v0", 12, mcast_max_groups: 1) == :ok
      bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.1 permanent vid 12")

      refused = catch_error(bridge!(ns, "mdb add dev br0 port v0 grp 239.1.1.2 permanent vid 12"))

      assert Exception.message(refused) =~ "mcast_max_groups=1"
      assert %{mcast_n_groups: 1, mcast_max_groups: 1} = entry(sock, "v0", 12)
    end
  end

  test "the tunnels of VLANs are set and removed", %{ns: ns, sock: sock} do
    assert Vlan.set(sock, "vx0", {10, 19}, tunnel_id: 5010) == :ok

    assert [%{"vlan" => 10, "vlanEnd" => 19, "tunid" => 5010, "tunidEnd" => 5019}] =
             tunnels(ns, "vx0")

    assert Vlan.set(sock, "vx0", 12..18, tunnel_id: nil) == :ok
    assert [%{"tunid" => 5010, "tunidEnd" => 5011}, %{"tunid" => 5019}] = tunnels(ns, "vx0")

    {:ok, [vlans]} = Vlan.list(sock, "vx0")

    assert for(%{tunnel_info: %{id: id}} = entry <- vlans.entry, do: {Vlan.vids(entry), id}) ==
             [
               {10..11, 5010},
               {19..19, 5019}
             ]
  end

  test "the largest tunnel identifiers are accepted", %{ns: ns, sock: sock} do
    assert Vlan.set(sock, "vx0", {10, 19}, tunnel_id: 0xFFFFF6) == :ok
    assert [%{"tunid" => 0xFFFFF6, "tunidEnd" => 0xFFFFFF}] = tunnels(ns, "vx0")
    # A tunnel must be removed before another is set.
    assert {:error, %Error{errno: :eexist}} = Vlan.set(sock, "vx0", 10, tunnel_id: 7)
    assert Vlan.set(sock, "vx0", 10, tunnel_id: nil) == :ok
    assert Vlan.set(sock, "vx0", 10, tunnel_id: 7) == :ok
    assert [%{"vlan" => 10, "tunid" => 7}, %{"vlan" => 11}] = tunnels(ns, "vx0")
  end

  # {option, [{value, as bridge shows it}], links}
  @shown [
    {:state,
     [
       {:disabled, "disabled"},
       {:listening, "listening"},
       {:learning, "learning"},
       {:blocking, "blocking"},
       {3, "forwarding"}
     ], ["v0", "br0"]},
    {:mcast_router, [{:disabled, 0}, {:perm, 2}, {:temp_query, 1}], ["v0", "br0"]}
  ]

  # Options that bridge does not show, or shows otherwise: other tests of this file set them.
  @others [:mcast_max_groups, :neigh_suppress, :neigh_forward_grat, :tunnel_id]

  test "each option is set on ports and on the bridge itself", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "br0", {10, 19})

    for {key, values, links} <- @shown, {value, shown} <- values, link <- links do
      assert {key, value, link, Vlan.set(sock, link, 14, [{key, value}])} ==
               {key, value, link, :ok}

      [it] =
        for %{"vlan" => first} = it <- shown(ns, link),
            14 in first..(it["vlanEnd"] || first),
            do: it

      assert {key, value, link, it[to_string(key)]} == {key, value, link, shown}

      read = if is_integer(value) and key == :state, do: :forwarding, else: value
      assert {link, Map.fetch!(entry(sock, link, 14), key)} == {link, read}
    end

    tested = Enum.map(@shown, &elem(&1, 0)) ++ @others
    assert Enum.sort(tested) == Enum.sort(Keyword.keys(Vlan.Entry.__options__()))
  end

  test "a change of VLANs that the link does not have fails", %{sock: sock} do
    assert {:error, %Error{errno: :enoent}} = Vlan.set(sock, "v0", 20, state: :blocking)
  end
end
