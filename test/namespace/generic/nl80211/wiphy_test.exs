defmodule Linx.Namespace.Generic.Nl80211.WiphyTest do
  use Linx.Test.NamespaceCase

  import Linx.Test.Radios

  alias Linx.Netlink.{Batch, Error, Generic}
  alias Linx.Netlink.Generic.Nl80211
  alias Linx.Netlink.Generic.Nl80211.Wiphy

  @moduletag :vm

  # Names of iw for types of interfaces, ciphers.
  @modes %{
    "IBSS" => :adhoc,
    "managed" => :station,
    "AP" => :ap,
    "AP/VLAN" => :ap_vlan,
    "monitor" => :monitor,
    "mesh point" => :mesh_point,
    "P2P-client" => :p2p_client,
    "P2P-GO" => :p2p_go,
    "P2P-device" => :p2p_device,
    "outside context of a BSS" => :ocb,
    "NAN" => :nan
  }
  @ciphers %{
    1 => :wep40,
    5 => :wep104,
    2 => :tkip,
    4 => :ccmp,
    10 => :ccmp_256,
    8 => :gcmp,
    9 => :gcmp_256,
    6 => :aes_cmac,
    13 => :bip_cmac_256,
    11 => :bip_gmac_128,
    12 => :bip_gmac_256
  }

  setup context do
    radios!(context, ["ra", "rb"], support_p2p_device: true)
    {:ok, sock} = Generic.open({:path, context.path})
    %{sock: sock}
  end

  defp section(text, title) do
    [_, lines] = Regex.run(~r/^\t#{Regex.escape(title)}:\n((?:\t\t.*\n)*)/m, text)
    for line <- String.split(lines, "\n", trim: true), do: String.trim(line)
  end

  test "radios are those of iw", %{sock: sock, ns: ns} do
    {:ok, wiphys} = Nl80211.wiphys(sock)
    text = iw!(ns, "phy")

    listed =
      for [_, name, index] <- Regex.scan(~r/^Wiphy (\S+)\n\twiphy index: (\d+)/m, text),
          do: {name, String.to_integer(index)}

    assert length(listed) == 2

    assert Enum.sort(for wiphy <- wiphys, do: {wiphy.wiphy_name, wiphy.wiphy}) ==
             Enum.sort(listed)

    for {name, index} <- listed do
      assert {:ok, %Wiphy{wiphy: ^index}} = Nl80211.wiphy(sock, name)
      assert {:ok, %Wiphy{wiphy_name: ^name}} = Nl80211.wiphy(sock, index)
    end

    assert {:error, %Error{errno: :enodev}} = Nl80211.wiphy(sock, "absent")
    assert {:error, %Error{errno: :enodev}} = Nl80211.wiphy(sock, 4711)

    assert {:ok, [{:ok, %Wiphy{wiphy_name: "rb"}}, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, &[Nl80211.wiphy(&1, "rb"), Nl80211.wiphy(&1, "absent")])
  end

  test "properties are those that iw prints", %{sock: sock, ns: ns} do
    {:ok, wiphy} = Nl80211.wiphy(sock, "ra")
    text = iw!(ns, "phy ra info")

    assert field(text, "max # scan SSIDs") == "#{wiphy.max_num_scan_ssids}"
    assert field(text, "max scan IEs length") == "#{wiphy.max_scan_ie_len} bytes"
    assert field(text, "Retry short limit") == "#{wiphy.wiphy_retry_short}"
    assert field(text, "Retry long limit") == "#{wiphy.wiphy_retry_long}"
    assert wiphy.support_ibss_rsn == (text =~ "RSN-IBSS" or nil)
    assert wiphy.tdls_support == (text =~ "T-DLS" or nil)

    ciphers =
      for [_, number] <- Regex.scan(~r/\(00-0f-ac:(\d+)\)/, text),
          do: @ciphers[String.to_integer(number)]

    assert length(ciphers) > 5 and wiphy.cipher_suites == ciphers

    modes = for "* " <> mode <- section(text, "Supported interface modes"), do: @modes[mode]
    assert length(modes) > 5 and wiphy.supported_iftypes == modes

    software =
      for "* " <> mode <- section(text, "software interface modes (can always be added)"),
          do: @modes[mode]

    assert wiphy.software_iftypes == software

    commands =
      for "* " <> name <- section(text, "Supported commands"), not (name =~ "Unknown"), do: name

    assert commands -- Enum.map(wiphy.supported_commands, &Atom.to_string/1) == []

    features =
      for [_, name] <- Regex.scan(~r/^\t\t\* \[ (\w+) \]/m, text), do: String.downcase(name)

    assert length(features) > 5
    assert features -- Enum.map(wiphy.ext_features, &to_string/1) == []
    assert :scan_flush in wiphy.feature_flags == (text =~ "supports scan flush")

    # valid interface combinations: #{ IBSS } <= 1, #{ managed, AP, ... } <= 2048
    [_, combination] = Regex.run(~r/valid interface combinations:\n\t\t \* (.*)\n/, text)

    limits =
      for [_, types, max] <- Regex.scan(~r/#\{ ([^}]*) \} <= (\d+)/, combination),
          do: {String.to_integer(max), for(type <- String.split(types, ", "), do: @modes[type])}

    assert [%{limits: ours} = first | _] = wiphy.interface_combinations
    assert limits != [] and for(%{max: max, types: types} <- ours, do: {max, types}) == limits
    [_, total, channels] = Regex.run(~r/total <= (\d+), #channels <= (\d+)/, text)
    assert {"#{first.maxnum}", "#{first.num_channels}"} == {total, channels}
  end

  test "the parts of a radio are joined: all channels of all bands", %{sock: sock, ns: ns} do
    {:ok, wiphy} = Nl80211.wiphy(sock, "ra")
    text = iw!(ns, "phy ra info")

    listed =
      for block <- tl(String.split(text, ~r/^\tBand \d+:\n/m)) do
        block = hd(String.split(block, ~r/^\tSupported commands/m))

        channels =
          for [_, mhz, rest] <- Regex.scan(~r/^\t\t\t\* (\d+) MHz \[\d+\] (.*)$/m, block),
              do: {String.to_integer(mhz), rest}

        rates =
          for [_, rate] <- Regex.scan(~r/^\t\t\t\* ([\d.]+) Mbps/m, block),
              do: String.to_float(rate)

        {channels, rates}
      end

    # iw prints no frequencies below 1 GHz, which have half a MHz.
    ours = for {name, band} <- wiphy.wiphy_bands, name != :s1ghz, do: band
    listed = Enum.filter(listed, &match?({[_ | _], _}, &1))
    assert [:"2ghz", :"5ghz" | _] = Keyword.keys(wiphy.wiphy_bands)
    assert length(ours) == length(listed)

    for {band, {channels, rates}} <- Enum.zip(ours, listed) do
      assert Enum.map(band.freqs, & &1.freq) == Enum.map(channels, &elem(&1, 0))
      assert for(%{rate: rate} <- band.rates, do: rate / 10) == rates

      for {freq, {_mhz, rest}} <- Enum.zip(band.freqs, channels) do
        assert (freq.disabled || false) == (rest =~ "disabled")
        assert (freq.no_ir || false) == (rest =~ "no IR")
        assert (freq.radar || false) == (rest =~ "radar detection")

        with [_, dbm] <- Regex.run(~r/^\(([\d.]+) dBm\)/, rest),
             do: assert(freq.max_tx_power / 100 == String.to_float(dbm))
      end
    end

    [first, second | _] = ours

    assert field(text, "Capabilities") ==
             "0x#{Integer.to_string(first.ht_capa, 16) |> String.downcase()}"

    [_, capa] = Regex.run(~r/VHT Capabilities \(0x(\w+)\)/, text)
    assert second.vht_capa == String.to_integer(capa, 16)

    # HE MAC Capabilities (0x78011ac80040), words of 16 bits, the low byte first.
    [_, "managed, P2P-client", mac] =
      Regex.run(~r/HE Iftypes: (.*)\n\s+HE MAC Capabilities \(0x(\w+)\)/, text)

    [data | _] = first.iftype_data
    assert data.iftypes == [:station, :p2p_client]
    swapped = for <<low, high <- data.he_cap_mac>>, into: <<>>, do: <<high, low>>
    assert Base.encode16(swapped, case: :lower) == mac
  end

  test "a radio that moves to another namespace is listed there", %{sock: sock, ns: ns} do
    other = netns!()
    move!(ns, "rb", other)
    {:ok, there} = Generic.open({:path, path(other)})
    assert {:ok, [%{wiphy_name: "ra"}]} = Nl80211.wiphys(sock)
    assert {:ok, [%{wiphy_name: "rb"}]} = Nl80211.wiphys(there)
    assert iw!(other, "phy") =~ "Wiphy rb"
  end
end
