defmodule Linx.Netlink.Generic.Nl80211.Scan do
  @moduledoc """
  Scan: its request, and the events of its start and end.

  Kernel side: `NL80211_ATTR_*` of `include/uapi/linux/nl80211.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Generic.Header

  # NL80211_SCAN_FLAG_* of include/uapi/linux/nl80211.h.
  @flags [
    low_priority: 0x1,
    flush: 0x2,
    ap: 0x4,
    random_addr: 0x8,
    fils_max_channel_time: 0x10,
    accept_bcast_probe_resp: 0x20,
    oce_probe_req_high_tx_rate: 0x40,
    oce_probe_req_deferral_suppression: 0x80,
    low_span: 0x100,
    low_power: 0x200,
    high_accuracy: 0x400,
    random_sn: 0x800,
    min_preq_content: 0x1000,
    freq_khz: 0x2000,
    colocated_6ghz: 0x4000
  ]

  codec prefix: "NL80211_ATTR_" do
    header Header

    attr 1, :wiphy, :u32, "index of the radio"
    attr 3, :ifindex, :u32, "index of the link"
    attr 153, :wdev, :u64, "identifier of an interface without a link"
    attr 45, :scan_ssids, {:array, :binary}, "SSIDs that are asked for"
    attr 44, :scan_frequencies, {:array, :u32}, "frequencies, MHz"
    attr 42, :ie, :binary, "information elements of probe requests"
    attr 158, :scan_flags, {:flags, :u32, @flags}, "flags", values: "NL80211_SCAN_FLAG_"
    attr 6, :mac, MAC, "random MAC address of probe requests"
    attr 215, :mac_mask, MAC, "bits of `mac` that are not random"
    attr 245, :bssid, MAC, "MAC address of the one network to look for"
    attr 235, :measurement_duration, :u16, "stay on each channel, TU of 1024 us"
    attr 236, :measurement_duration_mandatory, :flag, "the stay must not be shorter"
    attr 233, :scan_start_time_tsf, :u64, "start of the scan by the timer of a network, us"
    attr 234, :scan_start_time_tsf_bssid, MAC, "MAC address of that network"
    attr 119, :sched_scan_interval, :u32, "interval of a scheduled scan, ms"
  end

  @doc false
  # The flags that a request may have, each by its name.
  @spec flags() :: keyword(atom())
  def flags, do: for({name, _bit} <- @flags, do: {name, name})
end
