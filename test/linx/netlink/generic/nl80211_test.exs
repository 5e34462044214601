defmodule Linx.Netlink.Generic.Nl80211Test do
  use ExUnit.Case, async: true

  alias Linx.MAC
  alias Linx.Netlink.{Attr, Message, Options}
  alias Linx.Netlink.Codec.Definition
  alias Linx.Netlink.Generic.Nl80211

  alias Linx.Netlink.Generic.Nl80211.{
    Bss,
    Commands,
    Elements,
    Event,
    Interface,
    Mesh,
    Monitor,
    RateInfo,
    Regulatory,
    Scan,
    ScanResult,
    Setting,
    StaFlags,
    Station,
    Survey,
    Wiphy
  }

  doctest Bss
  doctest Interface
  doctest RateInfo

  @modules %{
    "wiphy" => Wiphy,
    "bss" => ScanResult,
    "station" => Station,
    "survey" => Survey,
    "regulatory" => Regulatory
  }

  # The replies of a kernel, in the fixture's order.
  @captured for line <- File.stream!("test/fixtures/nl80211.txt"),
                not String.starts_with?(line, "#"),
                [name, hex] = String.split(line),
                do: {name, Base.decode16!(hex, case: :lower)}

  defp captured(name), do: for({^name, bytes} <- @captured, do: bytes)

  defp bss(mac) do
    "bss"
    |> captured()
    |> Enum.map(&Bss.of(ScanResult.decode(&1)))
    |> Enum.find(&(&1.bssid == MAC.parse!(mac)))
  end

  describe "on the wire" do
    test "a radio is joined of its parts" do
      assert [wiphy] = "wiphy" |> captured() |> Enum.map(&Wiphy.decode/1) |> Wiphy.join()

      assert %Wiphy{wiphy: 1, wiphy_name: "ra", max_num_scan_ssids: 4, wiphy_retry_long: 4} =
               wiphy

      assert [:wep40, :wep104, :tkip, :ccmp | _] = wiphy.cipher_suites
      assert [:adhoc, :station, :ap, :ap_vlan, :monitor | _] = wiphy.supported_iftypes
      assert :start_ap in wiphy.supported_commands and :scan_flush in wiphy.feature_flags

      assert ["2ghz": two, "5ghz": five, "6ghz": _, s1ghz: _] = wiphy.wiphy_bands
      assert Enum.map(two.freqs, & &1.freq) == [2412, 2417, 2484]
      assert Enum.map(five.freqs, & &1.freq) == [5180, 5200]
      assert %{no_ir: true, disabled: nil, max_tx_power: 2000} = List.last(two.freqs)

      assert Enum.map(two.rates, & &1.rate) == [
               10,
               20,
               55,
               110,
               60,
               90,
               120,
               180,
               240,
               360,
               480,
               540
             ]

      assert two.ht_capa == 0x13FE and two.vht_capa == nil and five.vht_capa == 0x038004FA

      assert [%{limits: limits, maxnum: 2049, num_channels: 1}] = wiphy.interface_combinations
      assert [%{max: 1, types: [:adhoc]}, %{max: 2048, types: [:station, :ap | _]}] = limits
    end

    test "parts of several radios are kept apart" do
      [first | _] = parts = "wiphy" |> captured() |> Enum.map(&Wiphy.decode/1)
      others = for part <- parts, do: %{part | wiphy: 2, wiphy_name: "rb"}

      assert [%{wiphy: 1, wiphy_name: "ra"}, %{wiphy: 2, wiphy_name: "rb"}] =
               Wiphy.join(parts ++ others)

      assert Wiphy.join([first]) == [Wiphy.named(first)] and Wiphy.join([]) == []
    end

    test "networks have their elements decoded" do
      open = bss("02:00:00:00:01:00")

      assert {open.ssid, open.security, open.channel, open.country} ==
               {"open net", :open, 6, "DE"}

      assert {open.frequency, open.signal, open.beacon_interval} == {2437, -30.0, 100}
      assert open.rates == [1.0, 2.0, 5.5, 11.0, 6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 54.0]
      assert open.status == :associated and open.capability == [:ess, :short_slot_time]
      assert {3, <<6>>} in open.elements and not List.keymember?(open.elements, 0, 0)

      assert bss("02:00:00:00:01:01").security == :wpa2
      assert bss("02:00:00:00:01:02").security == :wpa3
      assert bss("02:00:00:00:01:03").security == :wpa
    end

    test "stations, surveys and domains decode to the kernel's fields" do
      assert [%Station{ifindex: 2, sta_info: info}] =
               Enum.map(captured("station"), &Station.decode/1)

      assert {info.signal, info.rx_bytes64, info.beacon_loss} == {-30, info.rx_bytes, 0}
      assert %StaFlags{set: [:authorized, :wme, :authenticated, :associated]} = info.sta_flags
      assert info.bss_param.dtim_period == 2 and length(info.tid_stats) == 17

      assert [%{frequency: 2412, noise: -92, time: time} | _] =
               for(bytes <- captured("survey"), do: Survey.decode(bytes).survey_info)

      assert time > 0

      assert [%Regulatory{reg_alpha2: "00", wiphy: nil, reg_rules: [rule | _]}] =
               Enum.map(captured("regulatory"), &Regulatory.decode/1)

      assert {rule.freq_range_start, rule.freq_range_end, rule.power_rule_max_eirp} ==
               {2_402_000, 2_472_000, 2000}
    end

    test "a cut message decodes or raises ArgumentError" do
      for {name, bytes} <- @captured, size <- 0..byte_size(bytes) do
        module = @modules[name]

        try do
          struct = module.decode(binary_part(bytes, 0, size))
          assert is_struct(struct, module)
          if module == ScanResult, do: assert(%Bss{} = Bss.of(struct))
          if module == Wiphy, do: assert([%Wiphy{}] = Wiphy.join([struct]))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "unknown attributes are passed over" do
      for {name, bytes} <- @captured, module = @modules[name] do
        more = bytes <> Attr.encode([{0x3FF0, "unknown"}, {0x3FF1, <<>>}])
        assert module.decode(more) == module.decode(bytes)
      end
    end

    test "what is decoded is encoded to what decodes to the same" do
      for {name, bytes} <- @captured, module = @modules[name] do
        struct = module.decode(bytes)
        assert module.decode(module.encode(struct)) == struct
      end
    end

    test "features without a name are the numbers of their bits" do
      assert Nl80211.ExtFeatures.decode(<<0b11, 0::80, 0x80>>) == [:vht_ibss, :rrm, 95]
      assert Nl80211.Iftypes.named([{2, true}, {40, true}]) == [:station, 40]
      assert [{9, %{}}] = Nl80211.Bands.named([{9, %Nl80211.Band{}}])
    end

    # nl80211_get_mesh_config of net/wireless/nl80211.c puts NL80211_ATTR_IFINDEX into the nest.
    test "the index among the settings of a mesh is no setting" do
      nest =
        Attr.encode([{3, <<7::native-32>>}, {1, <<100::native-16>>}, {3, <<200::native-16>>}])

      reply = Mesh.Reply.decode(<<28, 1, 0, 0>> <> Attr.encode([{35, nest}]))

      assert %Mesh.Config{holding_timeout: 200, retry_timeout: 100, ttl: nil} =
               Mesh.Params.decode(reply.mesh_config)
    end

    test "a notification of a radio has its names" do
      wiphy = Wiphy.decode(hd(tl(tl(captured("wiphy")))))
      assert {:ok, %Event{op: :new_wiphy, resource: named}} = Monitor.decode(:new_wiphy, wiphy, 0)
      assert :station in named.supported_iftypes

      message = %Message{type: 40, payload: <<250, 1, 0, 0>>}
      assert Monitor.decode(message) == {:ok, %Event{op: 250, resource: message}}
    end
  end

  describe "information elements" do
    test "malformed ones are left out" do
      assert Elements.split(<<0, 3, "abc", 1, 9, 0x82>>) == [{0, "abc"}]
      assert Elements.split(<<0>>) == [] and Elements.split(<<0, 0>>) == [{0, ""}]

      for id <- [0, 1, 3, 7, 48, 50, 61, 221], size <- 0..40, byte <- [0, 1, 0x41, 0xFF] do
        bytes = :binary.copy(<<byte>>, size)
        elements = <<id, size, bytes::binary>>
        result = %ScanResult{bss: %ScanResult.Info{information_elements: elements}}
        assert %Bss{security: security} = Bss.of(result)
        assert security in [:open, :wpa2]
      end
    end

    test "any bytes decode" do
      :rand.seed(:exsss, {1, 2, 3})

      for _ <- 1..2000 do
        bytes = :rand.bytes(:rand.uniform(80))
        assert %Bss{} = Bss.of(%ScanResult{bss: %ScanResult.Info{information_elements: bytes}})
      end
    end

    test "security is the strongest that is offered" do
      rsn = fn akms, ciphers ->
        suites = for akm <- akms, into: <<>>, do: <<0, 0x0F, 0xAC, akm>>
        pairwise = :binary.copy(<<0, 0x0F, 0xAC, 4>>, ciphers)
        {48, <<1, 0, 0, 0x0F, 0xAC, 4, ciphers, 0>> <> pairwise <> <<length(akms), 0>> <> suites}
      end

      wpa = {221, <<0, 0x50, 0xF2, 1, 1, 0>>}
      assert Elements.security([rsn.([2, 8], 2), wpa], true) == :wpa3
      assert Elements.security([rsn.([18], 1)], false) == :wpa3
      assert Elements.security([rsn.([2, 6], 1), wpa], true) == :wpa2
      assert Elements.security([{48, <<1, 0>>}], true) == :wpa2
      assert Elements.security([wpa], true) == :wpa
      assert Elements.security([{221, <<0, 0x50, 0xF2, 2>>}], true) == :wep
      assert Elements.security([], false) == :open
    end

    test "rates leave selectors out, and the channel comes from several elements" do
      assert Elements.rates([{1, <<0x82, 0x0B, 0xFF, 0xFB>>}, {50, <<0x6C>>}]) == [1.0, 5.5, 54.0]
      assert Elements.channel([{61, <<36, 0>>}]) == 36 and Elements.channel([{3, <<>>}]) == nil

      assert Elements.country([{7, "DE "}]) == "DE" and
               Elements.country([{7, <<0xFF, 0, 1>>}]) == nil

      assert Elements.ssid([{0, :binary.copy("x", 40)}]) == :binary.copy("x", 32)
      assert Elements.ssid([]) == nil
    end
  end

  # Arguments are checked before the socket is used, so no socket is needed.
  @no :no_socket

  describe "before anything is sent" do
    test "wrong arguments are refused" do
      for {expected, result} <- [
            {{:bad_option, :wiphy, -1}, Nl80211.wiphy(@no, -1)},
            {{:bad_option, :wiphy, ""}, Nl80211.interfaces(@no, wiphy: "")},
            {{:bad_option, :link, nil}, Nl80211.interface(@no, nil)},
            {{:bad_option, :link, {:wdev, -1}}, Nl80211.interface(@no, {:wdev, -1})},
            {{:bad_mac, "x"}, Nl80211.station(@no, "w", "x")},
            {{:bad_option, :name, "a/b"}, Nl80211.create_interface(@no, 0, "a/b", :station)},
            {{:bad_option, :type, :router}, Nl80211.create_interface(@no, 0, "w", :router)},
            {{:bad_option, :type, nil}, Nl80211.set_interface(@no, "w", type: nil)},
            {{:unknown_option, :type},
             Nl80211.create_interface(@no, 0, "w", :station, type: :ap)},
            {{:bad_option, :monitor_flags, [:x]},
             Nl80211.set_interface(@no, "w", monitor_flags: [:x])},
            {{:bad_option, :mhz, 0}, Nl80211.set_channel(@no, "w", 0)},
            {{:bad_option, :width, 30}, Nl80211.set_channel(@no, "w", 2412, width: 30)},
            {{:bad_option, :power_save, 1}, Nl80211.set_power_save(@no, "w", 1)},
            {{:bad_option, :power, {:max, 3}}, Nl80211.set_tx_power(@no, "w", {:max, 3})},
            {{:bad_option, :country, "de"}, Nl80211.set_regulatory(@no, "de")},
            {{:bad_option, :type, :x}, Nl80211.set_regulatory(@no, "DE", type: :x)},
            {{:bad_option, :ssid, :a}, Nl80211.connect(@no, "w", :a)},
            {{:bad_option, :ssid, String.duplicate("a", 33)},
             Nl80211.connect(@no, "w", String.duplicate("a", 33))},
            {{:bad_option, :wait, 1}, Nl80211.connect(@no, "w", "a", wait: 1)},
            {{:bad_option, :reason, 0}, Nl80211.disconnect(@no, "w", reason: 0)},
            {{:bad_option, :basic_rates, [64]},
             Nl80211.join_ibss(@no, "w", "a", 2412, basic_rates: [64])},
            {{:bad_option, :mcast_rate, 0},
             Nl80211.join_ibss(@no, "w", "a", 2412, mcast_rate: 0)},
            {{:bad_option, :elements, [{256, ""}]},
             Nl80211.join_ibss(@no, "w", "a", 2412, elements: [{256, ""}])},
            {{:bad_option, :mesh_id, ""}, Nl80211.join_mesh(@no, "w", "")},
            {{:bad_option, :config, [ttl: 256]},
             Nl80211.join_mesh(@no, "w", "m", config: [ttl: 256])},
            {{:bad_option, :ssids, []}, Nl80211.scan(@no, "w", ssids: [])},
            {{:bad_option, :passive, true}, Nl80211.scan(@no, "w", ssids: ["a"], passive: true)},
            {{:bad_option, :flags, [:x]}, Nl80211.scan(@no, "w", flags: [:x])},
            {{:bad_timeout, -1}, Nl80211.scan(@no, "w", timeout: -1)},
            {{:unknown_option, :key}, Nl80211.connect(@no, "w", "a", key: "secret")}
          ],
          do: assert(result == {:error, expected})

      for call <- [
            &Nl80211.wiphys/2,
            &Nl80211.interfaces/2,
            &Nl80211.regulatories/2,
            &Nl80211.regulatory/2
          ],
          do: assert(call.(@no, frequencey: 1) == {:error, {:unknown_option, :frequencey}})
    end

    test "options become the attributes of the request" do
      read = fn opts ->
        {:ok, chosen} = Options.cast(Nl80211.Requests.table(:scan), opts)
        {:ok, scan} = Nl80211.Requests.scan(chosen)
        scan
      end

      assert read.([]).scan_ssids == [""] and read.(passive: true).scan_ssids == nil

      scan =
        read.(
          duration: 20,
          duration_mandatory: true,
          flush: true,
          flags: [:ap],
          mac: "2:0:0:0:0:1"
        )

      assert {scan.measurement_duration, scan.measurement_duration_mandatory} == {20, true}
      assert Enum.sort(scan.scan_flags) == [:ap, :flush, :random_addr]

      <<_::32, attrs::binary>> = Scan.encode(scan)
      assert {235, <<20::native-16>>} in Attr.decode(attrs) and {236, <<>>} in Attr.decode(attrs)

      setting = %Setting{wiphy_tx_power_setting: :fixed, wiphy_tx_power_level: -150}
      <<_::32, attrs::binary>> = Setting.encode(setting)
      assert Attr.decode(attrs) == [{97, <<2::native-32>>}, {98, <<-150::native-signed-32>>}]
    end
  end

  test "every field has a description" do
    {:ok, modules} = :application.get_key(:linx, :modules)

    rows =
      for module <- modules,
          inspect(module) =~ ~r/\.Nl80211\./,
          Code.ensure_loaded?(module) and function_exported?(module, :__codec__, 1),
          row <- Definition.rows(module.__codec__(:definition)),
          do: {module, row}

    assert length(rows) > 400
    assert for({module, %{text: nil, name: name}} <- rows, do: {module, name}) == []
  end

  test "commands and notifications have the names of the kernel" do
    %{commands: commands, events: events} = Commands.__family__()
    names = Nl80211.Names.commands()
    for {name, %{id: id}} <- commands, do: assert(names[name] == id)
    for {id, _module, name} <- events, do: assert(names[name] == id)
    assert length(events) > 50 and length(Enum.uniq_by(events, &elem(&1, 0))) == length(events)
  end
end
