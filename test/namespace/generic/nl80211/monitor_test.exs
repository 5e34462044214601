defmodule Linx.Namespace.Generic.Nl80211.MonitorTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.MAC
  alias Linx.Netlink.Generic
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.{Event, Interface, Mlme, Monitor, Scan, Station, Wiphy}

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    %{sock: sock}
  end

  test "radios and interfaces come and go", %{sock: sock, ns: ns, path: path} = context do
    {:ok, monitor} = Monitor.start_link(netns: {:path, path}, groups: ["config"])
    radios!(context, ["ra"])

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :new_wiphy, resource: %Wiphy{wiphy_name: "ra"} = wiphy}}

    assert iw!(ns, "phy ra info") =~ "wiphy index: #{wiphy.wiphy}\n"

    iw!(ns, "phy ra interface add wa type ibss")

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :new_interface, resource: %Interface{ifname: "wa"} = wa}}

    assert {wa.iftype, wa.wiphy} == {:adhoc, wiphy.wiphy}

    iw!(ns, "dev wa del")

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :del_interface, resource: %Interface{ifname: "wa"}}}

    move!(ns, "ra", netns!())

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :del_wiphy, resource: %Wiphy{wiphy_name: "ra"}}}

    assert sock && Monitor.overruns(monitor) == 0
    assert Monitor.stop(monitor) == :ok
  end

  test "an IBSS has events of its stations", %{sock: sock, ns: ns, path: path} = context do
    radios!(context, ["ra", "rb"])

    for {radio, link} <- [{"ra", "wa"}, {"rb", "wb"}] do
      :ok = Nl80211.create_interface(sock, radio, link, :adhoc)
      ip!(ns, "link set #{link} up")
    end

    {:ok, monitor} = Monitor.start_link(netns: {:path, path}, tag: :wifi)
    {:ok, %{ifindex: index}} = Nl80211.interface(sock, "wa")

    for link <- ["wa", "wb"],
        do: iw!(ns, "dev #{link} ibss join field 2437 fixed-freq 02:aa:bb:cc:dd:ee")

    assert_receive {:wifi, ^monitor,
                    %Event{op: :join_ibss, resource: %{ifindex: ^index, mac: mac}}}

    assert mac == MAC.parse!("02:aa:bb:cc:dd:ee")

    assert_receive {:wifi, ^monitor,
                    %Event{op: :new_station, resource: %Station{ifindex: ^index} = station}}

    assert iw!(ns, "dev wa station dump") =~ "Station #{station.mac}"

    iw!(ns, "dev wa ibss leave")

    assert_receive {:wifi, ^monitor,
                    %Event{op: :del_station, resource: %Station{ifindex: ^index}}}

    :ok = Nl80211.set_interface(sock, "wb", four_addr: false)
    iw!(ns, "dev wb ibss leave")
  end

  test "scans and failed connections are notified", %{sock: sock, ns: ns, path: path} = context do
    radios!(context, ["ra"])
    :ok = Nl80211.create_interface(sock, "ra", "wa", :station)
    ip!(ns, "link set wa up")
    {:ok, monitor} = Monitor.start_link(netns: {:path, path}, groups: ["scan", "mlme"])

    # Without `trigger`, iw waits for an end that may come before it listens.
    iw!(ns, "dev wa scan trigger freq 2412 2437 ssid a bc")
    assert_receive {:linx_nl80211, ^monitor, %Event{op: :trigger_scan, resource: %Scan{} = scan}}
    assert {scan.scan_frequencies, Enum.sort(scan.scan_ssids)} == {[2412, 2437], ["a", "bc"]}

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :new_scan_results, resource: %Scan{scan_frequencies: [2412, 2437]}}}

    iw!(ns, "dev wa connect absent 2437")

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :connect, resource: %Mlme{timed_out: true}}}
  end

  test "groups that the kernel lacks are refused", %{path: path} do
    assert Monitor.start_link(netns: {:path, path}, groups: ["absent"]) ==
             {:error, {:unknown_group, "absent"}}

    assert Monitor.start_link(netns: {:path, path}, groups: []) ==
             {:error, {:bad_option, :groups, []}}
  end
end
