defmodule Linx.Namespace.Rtnl.Vlan.GlobalOptionsTest do
  # Global options of VLANs, judged by `bridge -json vlan global`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.BridgeVlans

  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Test.Frames

  # The bridges of some kernels have no VLANs.
  @moduletag :vm

  setup :bridge

  test "each global option is set, and read as bridge shows it", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})

    set = [
      mcast_snooping: false,
      mcast_igmp_version: 3,
      mcast_mld_version: 2,
      mcast_last_member_cnt: 5,
      mcast_startup_query_cnt: 6,
      mcast_last_member_intvl: 700,
      mcast_membership_intvl: 27_000,
      mcast_querier_intvl: 26_500,
      mcast_query_intvl: 13_500,
      mcast_query_response_intvl: 1100,
      mcast_startup_query_intvl: 4000,
      mcast_querier: true
    ]

    for {key, value} = option <- set do
      assert Vlan.set_global(sock, "br0", {12, 14}, [option]) == :ok

      # bridge does not abbreviate these words.
      name =
        key
        |> to_string()
        |> String.replace("intvl", "interval")
        |> String.replace("_cnt", "_count")

      number = if is_boolean(value), do: if(value, do: 1, else: 0), else: value

      assert [%{"vlanEnd" => 14, ^name => ^number}] = Enum.filter(global(ns), &(&1["vlan"] == 12))

      {:ok, [vlans]} = Vlan.list_global(sock, "br0")
      options = Enum.find(vlans.global_options, &(&1.id == 12))
      assert {key, Map.fetch!(options, key)} == {key, value}
    end

    {:ok, [vlans]} = Vlan.list_global(sock)
    assert Enum.map(vlans.global_options, &Vlan.vids/1) == [1..1, 10..11, 12..14, 15..19]

    # `:msti` is tested with spanning trees.
    assert Keyword.keys(Vlan.GlobalOptions.__options__()) -- Keyword.keys(set) == [:msti]
  end

  test "ports of multicast routers are listed", %{ns: ns, sock: sock} do
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")

    for state <- [0, 1] do
      :ok = Vlan.add(sock, "v0", 20, mcast_router: state)
      assert options(sock, 20).mcast_router_ports == nil
    end

    # The type is that of the port, not of the VLAN.
    for {number, type} <- [{0, :disabled}, {1, :temp_query}, {2, :perm}, {3, :temp}] do
      ip!(ns, "link set v0 type bridge_slave mcast_router #{number}")
      :ok = Vlan.add(sock, "v0", 20, mcast_router: 2)
      assert %{router: [router]} = options(sock, 20).mcast_router_ports

      assert %{ifindex: ^index, vid: 20, type: ^type, timer: 0, inet_timer: 0, inet6_timer: 0} =
               router
    end
  end

  test "queriers and routers that send queries are listed", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {20, 21})
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
    assert options(sock, 20).mcast_router_ports == nil

    Frames.send!(ns, "v1", [{1, Frames.igmp(0x11, 100, "0.0.0.0", vid: 20)}])
    heard = fn key -> Map.get(options(sock, 20).mcast_querier_state || %{}, key) == index end
    eventually(fn -> heard.(:ip_port) end)
    # The timers of the two queriers differ by the time between their queries.
    Process.sleep(1500)
    before = System.monotonic_time(:millisecond)
    Frames.send!(ns, "v1", [{1, Frames.mld(130, "::", delay: 1000, vid: 20)}])
    eventually(fn -> heard.(:ipv6_port) end)

    assert %{mcast_querier_state: querier, mcast_router_ports: %{router: [router]}} =
             options(sock, 20)

    # Timers of 255 seconds, in hundredths of a second; the kernel rounds to ticks.
    passed = div(System.monotonic_time(:millisecond) - before, 10)
    assert {"#{querier.ip_address}", "#{querier.ipv6_address}"} == {"10.0.0.9", "fe80::77"}
    assert querier.ipv6_other_timer in (25_500 - passed - 4)..25_500
    assert querier.ip_other_timer <= querier.ipv6_other_timer - 146

    assert %{ifindex: ^index, vid: 20, type: :temp_query} = router
    assert router.inet6_timer in (25_500 - passed - 4)..25_500
    assert router.inet_timer <= router.inet6_timer - 146
    assert router.timer == router.inet6_timer

    # `bridge` shows the timer in seconds, a moment later.
    [%{"router_ports" => [%{"port" => "v0", "type" => "temp", "timer" => timer}]}] =
      for %{"vlan" => 20} = it <- global(ns, "-statistics"), do: it

    passed = div(System.monotonic_time(:millisecond) - before, 10)
    timer = round(String.to_float(String.trim(timer)) * 100)
    assert timer in (25_500 - passed - 4)..router.timer
    assert options(sock, 21).mcast_router_ports == nil
  end
end
