defmodule Linx.Netlink.Generic.Nl80211.Wiphy do
  @moduledoc """
  Radio: a device of `cfg80211`, with what it can do.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header

  alias Linx.Netlink.Generic.Nl80211.{
    Band,
    Bands,
    ExtFeatures,
    Iftypes,
    InterfaceCombination,
    Names,
    TxqStats,
    VendorCommand
  }

  alias __MODULE__.{BssSelect, IftypeAkm, IftypeCapa, Radio, Wowlan}

  # NL80211_PROBE_RESP_OFFLOAD_SUPPORT_* of include/uapi/linux/nl80211.h.
  @probe_resp [wps: 0x1, wps2: 0x2, p2p: 0x4, "80211u": 0x8]

  # NL80211_AP_SME_* of include/uapi/linux/nl80211.h.
  @ap_sme [sa_query_offload: 1]

  # NL80211_FEATURE_* of include/uapi/linux/nl80211.h.
  @features [
    sk_tx_status: 0x1,
    ht_ibss: 0x2,
    inactivity_timer: 0x4,
    cell_base_reg_hints: 0x8,
    p2p_device_needs_channel: 0x10,
    sae: 0x20,
    low_priority_scan: 0x40,
    scan_flush: 0x80,
    ap_scan: 0x100,
    vif_txpower: 0x200,
    need_obss_scan: 0x400,
    p2p_go_ctwin: 0x800,
    p2p_go_oppps: 0x1000,
    advertise_chan_limits: 0x4000,
    full_ap_client_state: 0x8000,
    userspace_mpm: 0x10000,
    active_monitor: 0x20000,
    ap_mode_chan_width_change: 0x40000,
    ds_param_set_ie_in_probes: 0x80000,
    wfa_tpc_ie_in_probes: 0x100000,
    quiet: 0x200000,
    tx_power_insertion: 0x400000,
    ackto_estimation: 0x800000,
    static_smps: 0x1000000,
    dynamic_smps: 0x2000000,
    supports_wmm_admission: 0x4000000,
    mac_on_create: 0x8000000,
    tdls_channel_switch: 0x10000000,
    scan_random_mac_addr: 0x20000000,
    sched_scan_random_mac_addr: 0x40000000,
    nd_random_mac_addr: 0x80000000
  ]

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index"
    attr 2, :wiphy_name, :string, "name"
    attr 46, :generation, :u32, "changes with the list of radios"
    attr 6, :mac, MAC, "MAC address that the hardware has"
    attr 166, :mac_addrs, {:array, MAC}, "all MAC addresses of the hardware"
    attr 61, :wiphy_retry_short, :u8, "tries of a short frame"
    attr 62, :wiphy_retry_long, :u8, "tries of a long frame"

    attr 63,
         :wiphy_frag_threshold,
         :u32,
         "length from which on frames are fragmented, bytes; 0xFFFFFFFF for none"

    attr 64,
         :wiphy_rts_threshold,
         :u32,
         "length from which on frames are announced, bytes; 0xFFFFFFFF for none"

    attr 89, :wiphy_coverage_class, :u8, "distance that acknowledgements may take, 450 m"
    attr 209, :wiphy_dyn_ack, :flag, "the distance is estimated"
    attr 43, :max_num_scan_ssids, :u8, "SSIDs of one scan, at most"
    attr 123, :max_num_sched_scan_ssids, :u8, "SSIDs of a scheduled scan, at most"
    attr 56, :max_scan_ie_len, :u16, "information elements of a scan, bytes at most"

    attr 124,
         :max_sched_scan_ie_len,
         :u16,
         "information elements of a scheduled scan, bytes at most"

    attr 133, :max_match_sets, :u8, "match sets of a scheduled scan, at most"
    attr 222, :max_num_sched_scan_plans, :u32, "plans of a scheduled scan, at most"
    attr 223, :max_scan_plan_interval, :u32, "interval of a plan, s at most"
    attr 224, :max_scan_plan_iterations, :u32, "repetitions of a plan, at most"
    attr 256, :sched_scan_max_reqs, :u32, "scheduled scans at once, at most"
    attr 104, :support_ibss_rsn, :flag, "IBSS with RSN"
    attr 115, :support_mesh_auth, :flag, "mesh with authentication"
    attr 130, :support_ap_uapsd, :flag, "access point with U-APSD"
    attr 131, :roam_support, :flag, "the firmware roams"
    attr 139, :tdls_support, :flag, "TDLS"
    attr 140, :tdls_external_setup, :flag, "TDLS links are set up by programs"
    attr 192, :support_5_mhz, :flag, "channels of 5 MHz"
    attr 193, :support_10_mhz, :flag, "channels of 10 MHz"
    attr 108, :offchannel_tx_ok, :flag, "frames can be sent on another channel"
    attr 102, :control_port_ethertype, :flag, "the EtherType of control frames can be chosen"

    attr 57, :cipher_suites, {:packed, {:enum, :u32, Names.cipher_suites()}}, "ciphers",
      values: {:kernel, "include/linux/ieee80211.h"}

    attr 76, :akm_suites, {:packed, {:enum, :u32, Names.akm_suites()}}, "ways of authentication",
      values: {:kernel, "include/linux/ieee80211.h"}

    attr 284,
         :iftype_akm_suites,
         {:array, {:nested, IftypeAkm}},
         "ways of authentication by type of interface"

    attr 316, :max_num_akm_suites, :u16, "ways of authentication of a connection, at most"
    attr 86, :max_num_pmkids, :u8, "cached keys, at most"
    attr 113, :wiphy_antenna_avail_tx, :u32, "antennas for sending, a bit mask"
    attr 114, :wiphy_antenna_avail_rx, :u32, "antennas for receiving, a bit mask"
    attr 105, :wiphy_antenna_tx, :u32, "antennas configured for sending, a bit mask"
    attr 106, :wiphy_antenna_rx, :u32, "antennas configured for receiving, a bit mask"

    attr 144,
         :probe_resp_offload,
         {:flags, :u32, @probe_resp},
         "probe requests that the firmware answers",
         values: "NL80211_PROBE_RESP_OFFLOAD_SUPPORT_"

    attr 32, :supported_iftypes, {:indexed, :flag}, "types of interfaces", as: Iftypes

    attr 121,
         :software_iftypes,
         {:indexed, :flag},
         "types of interfaces that are made in software, in any number",
         as: Iftypes

    attr 120,
         :interface_combinations,
         {:array, {:nested, InterfaceCombination}},
         "interfaces that it can have at once"

    attr 332,
         :wiphy_interface_combinations,
         {:array, {:nested, InterfaceCombination}},
         "interfaces that all radios together can have at once"

    attr 22, :wiphy_bands, {:indexed, {:nested, Band}}, "bands, by name", as: Bands

    attr 50, :supported_commands, {:array, {:enum, :u32, Names.commands()}}, "commands",
      values: "NL80211_CMD_"

    attr 111, :max_remain_on_channel_duration, :u32, "stay on another channel, ms at most"

    attr 99,
         :tx_frame_types,
         {:indexed, {:array, :u16, 101}},
         "frames that can be sent, by number of a type of interface",
         element: "NL80211_ATTR_FRAME_TYPE"

    attr 100,
         :rx_frame_types,
         {:indexed, {:array, :u16, 101}},
         "frames that programs can receive, by number of a type of interface",
         element: "NL80211_ATTR_FRAME_TYPE"

    attr 118, :wowlan_triggers_supported, {:nested, Wowlan}, "events that can wake the device up"

    attr 141,
         :device_ap_sme,
         {:flags, :u32, @ap_sme},
         "the device has the state machine of an access point",
         values: "NL80211_AP_SME_"

    attr 143, :feature_flags, {:flags, :u32, @features}, "features", values: "NL80211_FEATURE_"
    attr 217, :ext_features, :binary, "further features", as: ExtFeatures
    attr 169, :ext_capa, :binary, "extended capabilities, of IEEE 802.11"
    attr 170, :ext_capa_mask, :binary, "extended capabilities that are valid"

    attr 230,
         :iftype_ext_capa,
         {:array, {:nested, IftypeCapa}},
         "extended capabilities by type of interface"

    attr 148,
         :ht_capability_mask,
         :binary,
         "capabilities of HT that can be switched off, `struct ieee80211_ht_cap`"

    attr 176,
         :vht_capability_mask,
         :binary,
         "capabilities of VHT that can be switched off, `struct ieee80211_vht_cap`"

    attr 167, :mac_acl_max, :u32, "entries of an access list, at most"
    attr 202, :max_ap_assoc_sta, :u16, "stations of an access point, at most"
    attr 206, :max_csa_counters, :u8, "counters of a channel switch, at most"
    attr 197, :vendor_data, {:array, VendorCommand}, "commands of vendors"
    attr 198, :vendor_events, {:array, VendorCommand}, "events of vendors"
    attr 227, :bss_select, {:nested, BssSelect}, "choices of a network"
    attr 216, :wiphy_self_managed_reg, :flag, "the driver has a regulatory domain of its own"
    attr 265, :txq_stats, {:nested, TxqStats}, "counters of the transmit queues"
    attr 266, :txq_limit, :u32, "packets in the transmit queues, at most"
    attr 267, :txq_memory_limit, :u32, "bytes in the transmit queues, at most"
    attr 268, :txq_quantum, :u32, "bytes that a flow sends at once"

    attr 273,
         :peer_measurements,
         :binary,
         "measurements of distances, attributes `NL80211_PMSR_ATTR_*`"

    attr 285,
         :tid_config,
         :binary,
         "settings by traffic id, attributes `NL80211_TID_CONFIG_ATTR_*`"

    attr 300,
         :sar_spec,
         :binary,
         "limits of the specific absorption rate, attributes `NL80211_SAR_ATTR_*`"

    attr 306,
         :mbssid_config,
         :binary,
         "several networks in one beacon, attributes `NL80211_MBSSID_CONFIG_ATTR_*`"

    attr 182,
         :coalesce_rule,
         :binary,
         "packets that can be received together, `struct nl80211_coalesce_rule_support`"

    attr 323, :max_hw_timestamp_peers, :u16, "peers with time stamps of the hardware, at most"
    attr 315, :mlo_support, :flag, "multi-link"
    attr 331, :wiphy_radios, {:array, {:nested, Radio}}, "radios"
    attr 344, :nan_capabilities, :binary, "NAN, attributes `NL80211_NAN_CAPA_*`"
    attr 174, :split_wiphy_dump, :flag, "the list may be split over messages, request only"
  end

  @doc false
  # The radios of a list, each of which the kernel splits over several messages
  # (`NL80211_ATTR_SPLIT_WIPHY_DUMP`). Those of a band have the channels one after the other.
  @spec join([t()]) :: [t()]
  def join(parts) do
    parts
    |> Enum.chunk_by(& &1.wiphy)
    |> Enum.map(fn [first | rest] -> rest |> Enum.reduce(first, &merge(&2, &1)) |> named() end)
  end

  @doc false
  # The radio with names in the place of the numbers of nests and bits.
  @spec named(t()) :: t()
  def named(%__MODULE__{} = wiphy) do
    %{
      wiphy
      | supported_iftypes: Iftypes.named(wiphy.supported_iftypes),
        software_iftypes: Iftypes.named(wiphy.software_iftypes),
        ext_features: wiphy.ext_features && ExtFeatures.decode(wiphy.ext_features),
        wiphy_bands: Bands.named(wiphy.wiphy_bands),
        interface_combinations: combinations(wiphy.interface_combinations),
        wiphy_interface_combinations: combinations(wiphy.wiphy_interface_combinations),
        iftype_akm_suites: each(wiphy.iftype_akm_suites, &Iftypes.named(&1, :iftypes)),
        wiphy_radios:
          each(
            wiphy.wiphy_radios,
            &%{&1 | interface_combination: combinations(&1.interface_combination)}
          )
    }
  end

  defp combinations(list),
    do: each(list, &%{&1 | limits: each(&1.limits, fn limit -> Iftypes.named(limit, :types) end)})

  defp each(nil, _fun), do: nil
  defp each(list, fun), do: Enum.map(list, fun)

  defp merge(wiphy, part), do: Map.merge(wiphy, part, &value/3)

  defp value(:wiphy_bands, bands, more) when bands != nil and more != nil do
    Enum.reduce(more, bands, fn {name, part}, bands ->
      case List.keyfind(bands, name, 0) do
        nil -> bands ++ [{name, part}]
        {_, band} -> List.keyreplace(bands, name, 0, {name, Map.merge(band, part, &value/3)})
      end
    end)
  end

  defp value(field, list, more) when field in [:freqs, :rates] and list != nil and more != nil,
    do: list ++ more

  defp value(_field, value, nil), do: value
  defp value(_field, _value, part), do: part
end
