defmodule Linx.Namespace.Generic.Nl80211.ScanTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.MAC
  alias Linx.Netlink.{Error, Generic}
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.{Bss, Event, Scan}

  @moduletag :vm

  # An access point with four networks.
  @networks """
  ssid2=#{Base.encode16("a\0b\xff", case: :lower)}
  channel=6
  country_code=DE
  ieee80211d=1
  ieee80211n=1
  bss=wb1
  ssid=second
  wpa=2
  wpa_key_mgmt=WPA-PSK
  rsn_pairwise=CCMP
  wpa_passphrase=passphrase
  bss=wb2
  ssid=third
  wpa=2
  wpa_key_mgmt=SAE
  rsn_pairwise=CCMP
  ieee80211w=2
  sae_password=passphrase
  bss=wb3
  ssid=fourth
  wpa=1
  wpa_key_mgmt=WPA-PSK
  wpa_pairwise=TKIP
  wpa_passphrase=passphrase
  """

  setup %{ns: ns, path: path} = context do
    radios!(context, ["ra", "rb"])
    {:ok, sock} = Generic.open({:path, path})
    :ok = Nl80211.create_interface(sock, "ra", "wa", :station)
    :ok = Nl80211.create_interface(sock, "rb", "wb", :ap)
    ip!(ns, "link set wa up")
    %{sock: sock}
  end

  defp start!(ns, networks \\ @networks) do
    access_point!(ns, "wb", networks)
    eventually_iw(ns, "dev wb info", ~r/channel 6/)
  end

  # The networks that a scan has found, when all were heard.
  defp found(sock, count) do
    eventually(fn ->
      {:ok, networks} = Nl80211.scan(sock, "wa", frequencies: [2437])
      length(networks) == count && networks
    end)
  end

  test "networks are those that iw has found", %{sock: sock, ns: ns} do
    start!(ns)
    found = found(sock, 4)
    listed = iw_scan(ns, "wa")
    assert map_size(listed) == 4

    assert found |> Enum.map(&MAC.to_string(&1.bssid)) |> Enum.sort() ==
             Enum.sort(Map.keys(listed))

    for %Bss{} = bss <- found do
      block = listed[MAC.to_string(bss.bssid)]
      assert field(block, "freq") =~ "#{bss.frequency}"
      assert field(block, "signal") == "#{:erlang.float_to_binary(bss.signal, decimals: 2)} dBm"
      assert field(block, "beacon interval") == "#{bss.beacon_interval} TUs"
      assert field(block, "DS Parameter set") == "channel #{bss.channel}"
      assert field(block, "Country") =~ ~r/^#{bss.country}\s/
      assert :privacy in bss.capability == (field(block, "capability") =~ "Privacy")

      # "1.0* 2.0* 5.5* 11.0* 6.0 9.0 12.0 18.0 ", more below "Extended supported rates"; HT and SAE are
      # selectors.
      rates =
        for name <- ["Supported rates", "Extended supported rates"],
            rate <- String.split(field(block, name) || ""),
            {rate, rest} when rest in ["", "*"] <- [Float.parse(rate)],
            do: rate

      assert bss.rates == rates

      security =
        cond do
          block =~ "Authentication suites: SAE" -> :wpa3
          block =~ ~r/^\tRSN:/m -> :wpa2
          block =~ ~r/^\tWPA:/m -> :wpa
          true -> :open
        end

      assert bss.security == security
      assert Enum.sort(Enum.map(bss.elements, &elem(&1, 0))) -- [3, 7, 48, 61] != []
    end

    assert Map.new(found, &{&1.security, &1.ssid}) == %{
             open: <<"a", 0, "b", 0xFF>>,
             wpa: "fourth",
             wpa2: "second",
             wpa3: "third"
           }

    assert {:ok, again} = Nl80211.scan_results(sock, "wa")

    assert Enum.sort(Enum.map(again, & &1.bssid.bytes)) ==
             Enum.sort(Enum.map(found, & &1.bssid.bytes))
  end

  test "a scan has the properties that are asked for", %{sock: sock, ns: ns, path: path} do
    start!(ns)
    {:ok, monitor} = Nl80211.Monitor.start_link(netns: {:path, path}, groups: ["scan"])

    asked = fn opts ->
      {:ok, networks} = Nl80211.scan(sock, "wa", opts)

      assert_receive {:linx_nl80211, ^monitor,
                      %Event{op: :trigger_scan, resource: %Scan{} = scan}}

      assert_receive {:linx_nl80211, ^monitor, %Event{op: :new_scan_results}}
      {scan, networks}
    end

    {scan, _} =
      asked.(ssids: ["second", ""], frequencies: [2412, 2437], elements: [{221, "abcd"}])

    assert {scan.scan_ssids, scan.scan_frequencies} == {["second", ""], [2412, 2437]}
    assert scan.ie =~ <<221, 4, "abcd">>

    # Without a probe request, nothing but beacons is heard; at another frequency, nothing.
    {scan, _} = asked.(passive: true, frequencies: [2437])
    assert scan.scan_ssids in [nil, []]

    # The kernel keeps what it has received since the start of the scan, such as a late reply to a probe
    # request of the scan before. `iw` would show still later ones.
    eventually(fn ->
      {scan, networks} = asked.(flush: true, frequencies: [2462])
      assert :flush in scan.scan_flags
      networks == []
    end)

    {scan, _} =
      asked.(
        flags: [:low_priority],
        mac: "02:11:22:00:00:00",
        mac_mask: "ff:ff:ff:00:00:00",
        frequencies: [2437]
      )

    assert Enum.sort(scan.scan_flags) == [:low_priority, :random_addr]

    {scan, _} = asked.(bssid: "02:00:00:00:77:77", frequencies: [2437])
    assert scan.bssid in [nil, MAC.parse!("02:00:00:00:77:77")]
  end

  test "a scan that is ended early is aborted", %{sock: sock, ns: ns} do
    task = Task.async(fn -> Nl80211.scan(sock, "wa", passive: true) end)
    eventually(fn -> Nl80211.abort_scan(sock, "wa") == :ok end)
    assert Task.await(task, :infinity) == {:error, {:scan, :aborted}}

    # By iw, too.
    task = Task.async(fn -> Nl80211.scan(sock, "wa", passive: true) end)

    eventually(fn ->
      match?(
        {_, 0},
        System.cmd("ip", ~w(netns exec #{ns} iw dev wa scan abort), stderr_to_stdout: true)
      )
    end)

    assert Task.await(task, :infinity) == {:error, {:scan, :aborted}}
    assert {:error, %Error{errno: :enoent}} = Nl80211.abort_scan(sock, "wa")
  end

  test "a scan that takes longer than the timeout goes on", %{sock: sock} do
    assert Nl80211.scan(sock, "wa", passive: true, timeout: 50) == {:error, {:recv, :timeout}}
    assert {:error, %Error{errno: :ebusy}} = Nl80211.scan(sock, "wa")
    :ok = Nl80211.abort_scan(sock, "wa")
    assert {:messages, []} = Process.info(self(), :messages)
  end

  test "a link that is down does not scan", %{sock: sock, ns: ns} do
    ip!(ns, "link set wa down")
    assert {:error, %Error{errno: :enetdown}} = Nl80211.scan(sock, "wa")
    assert {:error, %Error{errno: :enodev}} = Nl80211.scan(sock, "absent")
  end

  test "surveys are those of iw", %{sock: sock, ns: ns} do
    {:ok, _} = Nl80211.scan(sock, "wa", frequencies: [2412, 2437])
    {:ok, surveys} = Nl80211.surveys(sock, "wa")
    blocks = String.split(iw!(ns, "dev wa survey dump"), "Survey data from wa\n", trim: true)
    assert blocks != [] and length(blocks) == length(surveys)

    shown = &if(&1, do: "#{&1} #{&2}")

    for {block, %{survey_info: info}} <- Enum.zip(blocks, surveys) do
      assert field(block, "frequency") =~ "#{info.frequency} MHz"
      assert (info.in_use || false) == (block =~ "[in use]")
      assert field(block, "noise") == shown.(info.noise, "dBm")
      assert field(block, "channel active time") == shown.(info.time, "ms")
      assert field(block, "channel busy time") == shown.(info.time_busy, "ms")
    end

    assert Enum.any?(surveys, & &1.survey_info.time)
  end

  test "a station connects to an open network", %{sock: sock, ns: ns, path: path} do
    start!(ns)
    {:ok, monitor} = Nl80211.Monitor.start_link(netns: {:path, path}, groups: ["mlme"])
    ssid = <<"a", 0, "b", 0xFF>>

    assert Nl80211.connect(sock, "wa", ssid, wait: true, frequency: 2437) == :ok
    bssid = field(iw!(ns, "dev wb info"), "addr")
    assert iw!(ns, "dev wa link") =~ "Connected to #{bssid}"
    assert {:ok, [%{mac: mac}]} = Nl80211.stations(sock, "wa")
    assert MAC.to_string(mac) == bssid
    assert {:ok, [%{mac: client}]} = Nl80211.stations(sock, "wb")
    assert iw!(ns, "dev wb station dump") =~ "Station #{MAC.to_string(client)}"
    assert {:ok, %{ssid: ^ssid, wiphy_freq: 2437}} = Nl80211.interface(sock, "wa")

    assert_receive {:linx_nl80211, ^monitor, %Event{op: :new_station, resource: %{mac: ^client}}}

    assert_receive {:linx_nl80211, ^monitor,
                    %Event{op: :connect, resource: %{status_code: 0, mac: ^mac}}}

    assert {:error, %Error{errno: :ealready}} = Nl80211.connect(sock, "wa", "second")
    assert Nl80211.disconnect(sock, "wa", reason: 8) == :ok
    assert iw!(ns, "dev wa link") =~ "Not connected"
    assert_receive {:linx_nl80211, ^monitor, %Event{op: :disconnect, resource: %{reason_code: 8}}}

    # No network of the name; none that is open.
    assert Nl80211.connect(sock, "wa", "absent", wait: true, frequency: 2437) ==
             {:error, {:connect, :timed_out}}

    assert {:error, {:connect, _}} =
             Nl80211.connect(sock, "wa", "second", wait: true, frequency: 2437)

    assert {:error, {:connect, :timed_out}} =
             Nl80211.connect(sock, "wa", ssid,
               wait: true,
               bssid: "02:00:00:00:77:77",
               frequency: 2437
             )

    hints = [bssid_hint: bssid, frequency_hint: 2437, elements: [{221, "abcd"}]]
    assert Nl80211.connect(sock, "wa", ssid, hints) == :ok
    eventually_iw(ns, "dev wa link", ~r/Connected to #{bssid}/)
    assert {:messages, _} = Process.info(self(), :messages)
  end

  test "an access point that accepts no station refuses with a status", %{sock: sock, ns: ns} do
    start!(ns, "ssid=full\nchannel=6\nmax_num_sta=0\n")

    assert {:error, {:connect, reason}} =
             Nl80211.connect(sock, "wa", "full", wait: true, frequency: 2437)

    # "AP is unable to handle additional associated STAs", of IEEE 802.11.
    assert reason == 17
  end
end
