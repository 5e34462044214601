defmodule Linx.Namespace.Generic.Nl80211.NetworkTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.MAC
  alias Linx.Netlink.{Error, Generic}
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.{Bss, RateInfo, Station}

  @moduletag :vm

  # Each radio in a namespace of its own, so that frames between them are sent.
  setup %{ns: ns, path: path} = context do
    radios!(context, ["ra", "rb"])
    other = netns!()
    move!(ns, "rb", other)
    {:ok, a} = Generic.open({:path, path})
    {:ok, b} = Generic.open({:path, path(other)})
    %{a: a, b: b, other: other}
  end

  defp up!(ns, link, address) do
    ip!(ns, "link set #{link} up")
    ip!(ns, "address add #{address} dev #{link}")
  end

  # Whether a datagram to the address of another namespace arrives there.
  defp answered?(path, other, address) do
    {:ok, from} = :gen_udp.open(0, [:binary, netns: path])
    {:ok, to} = :gen_udp.open(0, [:binary, active: false, netns: other])
    {:ok, port} = :inet.port(to)
    {:ok, address} = :inet.parse_address(~c"#{address}")
    _ = :gen_udp.send(from, address, port, "datagram")
    arrived = match?({:ok, _}, :gen_udp.recv(to, 0, 500))
    Enum.each([from, to], &:gen_udp.close/1)
    arrived
  end

  defp mac(ns, link), do: hd(ip_json(ns, "link show dev #{link}"))["address"]

  # The blocks of `iw dev LINK station dump`, by MAC address.
  defp iw_stations(ns, link) do
    for block <- String.split(iw!(ns, "dev #{link} station dump"), ~r/^Station /m, trim: true),
        into: %{} do
      {String.slice(block, 0, 17), block}
    end
  end

  defp number(text, name), do: text |> field(name) |> Integer.parse() |> elem(0)

  test "two stations of an IBSS have each other as stations", context do
    %{a: a, b: b, ns: ns, other: other} = context
    :ok = Nl80211.create_interface(a, "ra", "wa", :adhoc)
    :ok = Nl80211.create_interface(b, "rb", "wb", :adhoc)
    up!(ns, "wa", "10.1.0.1/24")
    up!(other, "wb", "10.1.0.2/24")

    opts = [
      bssid: "02:aa:bb:cc:dd:ee",
      freq_fixed: true,
      beacon_interval: 120,
      basic_rates: [1, 5.5, 11],
      mcast_rate: 5.5,
      elements: [{221, <<1, 2, 3, 4>>}]
    ]

    for {sock, link} <- [{a, "wa"}, {b, "wb"}],
        do: assert(Nl80211.join_ibss(sock, link, "field", 2437, opts) == :ok)

    for {ns, link} <- [{ns, "wa"}, {other, "wb"}] do
      text = eventually_iw(ns, "dev #{link} info", ~r/ssid field/)
      assert field(text, "channel") =~ "6 (2437 MHz), width: 20 MHz (no HT)"
    end

    assert {:ok, %{ssid: "field", wiphy_freq: 2437}} = Nl80211.interface(a, "wa")
    eventually(fn -> answered?(path(ns), path(other), "10.1.0.2") end)

    mac = mac(other, "wb")
    assert {:ok, [%Station{} = listed]} = Nl80211.stations(a, "wa")
    assert MAC.to_string(listed.mac) == mac
    assert {:error, %Error{errno: :enoent}} = Nl80211.station(a, "wa", "02:00:00:00:00:77")

    # The beacons, as iw prints them.
    assert {:ok, [%Bss{} = bss]} = Nl80211.scan_results(a, "wa")
    block = iw_scan(ns, "wa")["02:aa:bb:cc:dd:ee"]
    assert {bss.ssid, bss.channel, bss.security} == {"field", 6, :open}
    assert MAC.to_string(bss.bssid) == "02:aa:bb:cc:dd:ee" and :ibss in bss.capability
    assert field(block, "beacon interval") == "120 TUs" and bss.beacon_interval == 120
    assert bss.status == :ibss_joined and block =~ "joined"
    assert field(block, "Supported rates") =~ "1.0* 2.0 5.5* 11.0*"
    assert {221, <<1, 2, 3, 4>>} in (bss.beacon_elements || bss.elements)

    {:ok, %Station{sta_info: info}} = Nl80211.station(a, "wa", mac)
    block = iw_stations(ns, "wa")[mac]
    assert info.rx_packets <= number(block, "rx packets")

    assert info.signal == number(block, "signal") and
             info.signal_avg == number(block, "signal avg")

    assert info.tx_failed == number(block, "tx failed")
    assert {:authorized, true} == {:authorized, field(block, "authorized") == "yes"}
    assert :authorized in info.sta_flags.set and :associated in info.sta_flags.set
    assert field(block, "tx bitrate") =~ "#{RateInfo.mbits(info.tx_bitrate)} MBit/s"
    assert field(block, "rx bitrate") =~ "#{RateInfo.mbits(info.rx_bitrate)} MBit/s"
    assert field(block, "beacon interval") == "#{info.bss_param.beacon_interval}"

    assert field(block, "associated at [boottime]") =~
             "#{div(info.assoc_at_boottime, 1_000_000_000)}."

    assert info.connected_time <= number(block, "connected time")
    assert info.tid_stats != [] and info.rx_bytes64 >= info.rx_packets

    assert Nl80211.leave_ibss(a, "wa") == :ok
    refute iw!(ns, "dev wa info") =~ "ssid"
    assert {:error, %Error{}} = Nl80211.leave_ibss(a, "wa")
  end

  test "an IBSS has the width that is asked for", %{a: a, ns: ns} do
    :ok = Nl80211.create_interface(a, "ra", "wa", :adhoc)
    ip!(ns, "link set wa up")
    fixed = [bssid: "02:aa:bb:cc:dd:ee", freq_fixed: true]

    for {mhz, opts, shown} <- [
          {2412, [width: 20], "1 (2412 MHz), width: 20 MHz, center1: 2412 MHz"},
          {2412, [width: :"40", center_freq1: 2422], "width: 40 MHz, center1: 2422 MHz"},
          {2412, [channel_type: :ht40plus], "width: 40 MHz, center1: 2422 MHz"}
        ] do
      assert Nl80211.join_ibss(a, "wa", "wide", mhz, opts ++ fixed) == :ok
      assert field(eventually_iw(ns, "dev wa info", ~r/channel/), "channel") =~ shown
      :ok = Nl80211.leave_ibss(a, "wa")
    end
  end

  test "two nodes of a mesh are peers", %{a: a, b: b, ns: ns, other: other} do
    :ok = Nl80211.create_interface(a, "ra", "wa", :mesh_point)
    :ok = Nl80211.create_interface(b, "rb", "wb", :mesh_point)
    up!(ns, "wa", "10.2.0.1/24")
    up!(other, "wb", "10.2.0.2/24")

    config = [
      retry_timeout: 150,
      confirm_timeout: 160,
      holding_timeout: 170,
      max_peer_links: 7,
      max_retries: 5,
      ttl: 20,
      element_ttl: 21,
      auto_open_plinks: true,
      sync_offset_max_neighbor: 60,
      hwmp_max_preq_retries: 3,
      path_refresh_time: 900,
      min_discovery_timeout: 90,
      hwmp_active_path_timeout: 5001,
      hwmp_preq_min_interval: 11,
      hwmp_perr_min_interval: 101,
      hwmp_net_diam_trvs_time: 51,
      hwmp_rootmode: :proactive_rann,
      hwmp_rann_interval: 5002,
      gate_announcements: false,
      forwarding: false,
      rssi_threshold: -95,
      hwmp_path_to_root_timeout: 6001,
      hwmp_root_interval: 5003,
      hwmp_confirmation_interval: 2001,
      power_mode: :active,
      awake_window: 12,
      plink_timeout: 1801,
      nolearn: true
    ]

    opts = [
      frequency: 2412,
      width: 20,
      beacon_interval: 200,
      dtim_period: 3,
      basic_rates: [1, 2],
      config: config
    ]

    assert Nl80211.join_mesh(a, "wa", "roof", opts) == :ok

    assert Nl80211.join_mesh(b, "wb", "roof",
             frequency: 2412,
             width: 20,
             mcast_rate: 11,
             basic_rates: [1, 2]
           ) == :ok

    # `iw dev wa mesh_param dump` prints names and values with units.
    params =
      for [_, name, value] <-
            Regex.scan(~r/^(mesh_\w+) = (\S+)/m, iw!(ns, "dev wa mesh_param dump")),
          into: %{},
          do: {name, value}

    {:ok, read} = Nl80211.mesh_config(a, "wa")

    # The names of iw, which does not have one of the settings.
    names = %{
      hwmp_perr_min_interval: nil,
      hwmp_net_diam_trvs_time: "mesh_hwmp_net_diameter_traversal_time",
      forwarding: "mesh_fwding",
      hwmp_path_to_root_timeout: "mesh_hwmp_active_path_to_root_timeout",
      sync_offset_max_neighbor: "mesh_sync_offset_max_neighor"
    }

    for {name, value} <- config do
      shown =
        case value do
          on when is_boolean(on) -> if(on, do: "1", else: "0")
          :proactive_rann -> "4"
          :active -> "active"
          number -> "#{number}"
        end

      param = Map.get(names, name, "mesh_#{name}")
      if param, do: assert({name, params[param]} == {name, shown})
      assert {name, Map.fetch!(read, name)} == {name, value}
    end

    eventually(fn -> answered?(path(ns), path(other), "10.2.0.2") end)
    mac = mac(other, "wb")
    assert {:ok, %Station{sta_info: info}} = Nl80211.station(a, "wa", mac)
    block = iw_stations(ns, "wa")[mac]
    assert field(block, "mesh plink") == "ESTAB" and info.plink_state == :estab

    assert field(block, "mesh llid") == "#{info.llid}" and
             field(block, "mesh plid") == "#{info.plid}"

    assert field(block, "mesh local PS mode") == "ACTIVE" and info.local_pm == :active

    assert {info.connected_to_gate, field(block, "mesh connected to gate")} in [
             {false, "no"},
             {true, "yes"}
           ]

    assert is_integer(info.t_offset) and is_integer(info.airtime_link_metric)

    {:ok, [_ | _] = found} = Nl80211.scan_results(a, "wa")
    block = iw_scan(ns, "wa")[mac]
    assert %Bss{} = bss = Enum.find(found, &(MAC.to_string(&1.bssid) == mac))

    assert field(block, "MESH ID") == "roof" and
             {114, "roof"} in (bss.beacon_elements || bss.elements)

    assert bss.frequency == 2412

    assert Nl80211.leave_mesh(a, "wa") == :ok
    eventually(fn -> Nl80211.stations(a, "wa") == {:ok, []} end)
    assert {:error, %Error{}} = Nl80211.leave_mesh(a, "wa")
  end

  test "a mesh point with a name joins its mesh when it is set up", context do
    %{a: a, b: b, ns: ns, other: other} = context
    :ok = Nl80211.create_interface(a, "ra", "wa", :mesh_point, mesh_id: "attic")
    assert Nl80211.set_interface(a, "wa", mesh_id: "cellar") == :ok
    ip!(ns, "link set wa up")
    :ok = Nl80211.create_interface(b, "rb", "wb", :station)
    ip!(other, "link set wb up")

    eventually(fn ->
      {:ok, _} = Nl80211.scan(b, "wb", flush: true, frequencies: [2412])
      iw!(other, "dev wb scan dump") =~ "MESH ID: cellar"
    end)
  end
end
