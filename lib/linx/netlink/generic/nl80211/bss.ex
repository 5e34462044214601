defmodule Linx.Netlink.Generic.Nl80211.Bss do
  @moduledoc """
  Network that a scan found: what the kernel knows of it, and what its information elements say.

  Kernel side: `NL80211_BSS_*` of `include/uapi/linux/nl80211.h`; the elements are those of IEEE 802.11.

      {:ok, networks} = Linx.Netlink.Generic.Nl80211.scan(sock, "wlan0")
      for bss <- networks, do: {bss.ssid, bss.signal, bss.channel, bss.security}
  """

  alias Linx.MAC
  alias Linx.Netlink.Generic.Nl80211.{Elements, ScanResult}

  @kernel [
    :bssid,
    :frequency,
    :frequency_offset,
    :tsf,
    :beacon_interval,
    :capability,
    :status,
    :seen_ms_ago,
    :last_seen_boottime,
    :chan_width,
    :beacon_tsf,
    :presp_data,
    :parent_tsf,
    :parent_bssid,
    :chain_signal,
    :mlo_link_id,
    :mld_addr,
    :use_for,
    :cannot_use_reasons
  ]

  defstruct [:ifindex, :wdev, :generation, :signal, :signal_unspec, :beacon_elements] ++
              [:ssid, :channel, :country, :security, rates: [], elements: []] ++ @kernel

  @typedoc """
  A network:

    * `:ifindex`, `:wdev` - index of the link that found it, identifier of an interface without one;
    * `:generation` - changes with the list;
    * `:bssid` - MAC address of the network;
    * `:frequency` - MHz; `:frequency_offset` - added to it, kHz;
    * `:signal` - dBm; `:signal_unspec` - 0 to 100, of drivers without dBm;
    * `:ssid` - name, any bytes; empty for a hidden one, `nil` without the element;
    * `:rates` - Mb/s;
    * `:channel` - number of the channel;
    * `:country` - two letters;
    * `:security` - the strongest that the network offers: `:wpa3` for SAE, OWE and suite B with
      192 bits, `:wpa2` for other RSN, `:wpa`, `:wep`, `:open`; by the elements RSN and WPA, and
      `:privacy` of `:capability`;
    * `:elements` - `{id, bytes}` of the elements besides SSID and rates, in their order;
    * `:beacon_elements` - all elements of the last beacon, where `:elements` are of a probe response;
    * `:status` - `:associated`, `:authenticated` or `:ibss_joined` for the interface's own network;
    * `:seen_ms_ago` - time since the last frame, ms; `:last_seen_boottime` - its time since the boot, ns;
    * `:beacon_interval` - time from one beacon to the next, TU of 1024 us;
    * others: those of `t:Linx.Netlink.Generic.Nl80211.ScanResult.Info.t/0`.
  """
  @type t :: %__MODULE__{
          ifindex: non_neg_integer() | nil,
          wdev: non_neg_integer() | nil,
          generation: non_neg_integer() | nil,
          bssid: MAC.t() | nil,
          frequency: non_neg_integer() | nil,
          frequency_offset: non_neg_integer() | nil,
          signal: float() | nil,
          signal_unspec: 0..255 | nil,
          ssid: binary() | nil,
          rates: [float()],
          channel: pos_integer() | nil,
          country: String.t() | nil,
          security: :open | :wep | :wpa | :wpa2 | :wpa3,
          elements: Elements.elements(),
          beacon_elements: Elements.elements() | nil,
          tsf: non_neg_integer() | nil,
          beacon_interval: non_neg_integer() | nil,
          capability: [atom() | non_neg_integer()] | nil,
          status: atom() | non_neg_integer() | nil,
          seen_ms_ago: non_neg_integer() | nil,
          last_seen_boottime: non_neg_integer() | nil,
          chan_width: atom() | non_neg_integer() | nil,
          beacon_tsf: non_neg_integer() | nil,
          presp_data: true | nil,
          parent_tsf: non_neg_integer() | nil,
          parent_bssid: MAC.t() | nil,
          chain_signal: [{non_neg_integer(), integer()}] | nil,
          mlo_link_id: 0..255 | nil,
          mld_addr: MAC.t() | nil,
          use_for: [atom() | non_neg_integer()] | nil,
          cannot_use_reasons: [atom() | non_neg_integer()] | nil
        }

  @doc false
  # The network of a message of the kernel.
  @spec of(ScanResult.t()) :: t()
  def of(%ScanResult{bss: info} = result) do
    info = info || %ScanResult.Info{}
    all = Elements.split(info.information_elements || info.beacon_ies || <<>>)

    %__MODULE__{
      ifindex: result.ifindex,
      wdev: result.wdev,
      generation: result.generation,
      signal: info.signal_mbm && info.signal_mbm / 100,
      signal_unspec: info.signal_unspec,
      ssid: Elements.ssid(all),
      rates: Elements.rates(all),
      channel: Elements.channel(all) || channel(info.frequency),
      country: Elements.country(all),
      security: Elements.security(all, :privacy in List.wrap(info.capability)),
      elements: Elements.others(all),
      beacon_elements: info.beacon_ies && Elements.split(info.beacon_ies)
    }
    |> Map.merge(Map.take(info, @kernel))
  end

  @doc """
  The number of the channel at a frequency in MHz; `nil` at other frequencies.

      iex> alias Linx.Netlink.Generic.Nl80211.Bss
      iex> for mhz <- [2412, 2484, 5180, 5955, 58_320, 1000], do: Bss.channel(mhz)
      [1, 14, 36, 1, 1, nil]
  """
  @spec channel(non_neg_integer() | nil) :: pos_integer() | nil
  def channel(2484), do: 14
  def channel(mhz) when mhz in 2412..2472, do: div(mhz - 2407, 5)
  def channel(5935), do: 2
  def channel(mhz) when mhz in 5005..5895, do: div(mhz - 5000, 5)
  def channel(mhz) when mhz in 5955..7115, do: div(mhz - 5950, 5)
  def channel(mhz) when mhz in 58_320..70_200, do: div(mhz - 56_160, 2160)
  def channel(_other), do: nil
end
