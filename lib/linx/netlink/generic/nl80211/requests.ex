defmodule Linx.Netlink.Generic.Nl80211.Requests do
  @moduledoc false
  # Arguments and options of the functions of nl80211, for `Linx.Netlink.Generic.Verb`.

  alias Linx.Netlink.Generic.Nl80211.{Mesh, MonitorFlags, Names, Ref, Regulatory, Scan}
  alias Linx.Netlink.Options

  @widths Names.chan_widths()
  @ssid 32
  # IEEE80211_MAX_DATA_LEN of include/linux/ieee80211.h: no element list is longer.
  @elements 2304
  @mhz 1..0x3FFFFF

  # Arguments of the functions.
  @link [link: {{:check, &Ref.link/1}, "", field: [:ifindex]}]
  @wiphy [wiphy: {{:check, &Ref.wiphy/1}, ""}]
  @on_mhz @link ++ [mhz: {@mhz, "", field: [:wiphy_freq]}]
  @type_of [type: {{:enum, Names.iftypes()}, "", field: [:iftype]}]

  @channel [
    width: {{:check, &__MODULE__.width/1}, "", field: [:channel_width]},
    center_freq1: {@mhz, ""},
    center_freq2: {@mhz, ""},
    channel_type: {{:enum, Names.channel_types()}, "", field: [:wiphy_channel_type]},
    freq_offset: {0..999, "", field: [:wiphy_freq_offset]},
    center_freq1_offset: {0..999, ""},
    punct_bitmap: {0..0xFFFF, ""}
  ]

  @beacons [
    beacon_interval: {10..0xFFFF, ""},
    basic_rates: {{:check, &__MODULE__.rates/1}, "", field: [:bss_basic_rates]},
    mcast_rate: {{:check, &__MODULE__.rate/1}, ""}
  ]

  @interface [
    four_addr: {:boolean, ""},
    monitor_flags: {{:check, &__MODULE__.monitor_flags/1}, "", field: [:mntr_flags]},
    mesh_id: {{:check, &__MODULE__.mesh_id/1}, ""}
  ]

  @tables %{
    link: @link,
    wiphy: @wiphy,
    create_interface:
      @wiphy ++
        @type_of ++
        [
          name: {{:check, &__MODULE__.name/1}, "", field: [:ifname]},
          mac: {:mac, ""},
          socket_owner: {:flag, ""}
        ] ++
        @interface,
    set_interface: @link ++ @type_of ++ @interface,
    channel: @on_mhz ++ @channel,
    power_save: @link ++ [power_save: {:boolean, "", field: [:ps_state]}],
    tx_power: @link ++ [power: {{:check, &__MODULE__.power/1}, ""}],
    station: @link ++ [mac: {:mac, ""}],
    ibss:
      [
        ssid: {{:check, &__MODULE__.ssid/1}, ""},
        bssid: {:mac, "", field: [:mac]},
        freq_fixed: {:flag, ""},
        elements: {{:check, &__MODULE__.elements/1}, "", field: [:ie]}
      ] ++ @on_mhz ++ @beacons ++ @channel,
    mesh:
      [
        mesh_id: {{:check, &__MODULE__.mesh_id/1}, ""},
        frequency: {@mhz, "", field: [:wiphy_freq]},
        dtim_period: {1..100, ""},
        config: {{:check, &__MODULE__.config/1}, "", field: [:mesh_config]}
      ] ++ @link ++ @beacons ++ @channel,
    connect: [
      bssid: {:mac, "", field: [:mac]},
      bssid_hint: {:mac, "", field: [:mac_hint]},
      frequency: {@mhz, "", field: [:wiphy_freq]},
      frequency_hint: {@mhz, "", field: [:wiphy_freq_hint]},
      elements: {{:check, &__MODULE__.elements/1}, "", field: [:ie]},
      wait: {:boolean, ""}
    ],
    network: @link ++ [ssid: {{:check, &__MODULE__.ssid/1}, ""}],
    disconnect: @link ++ [reason: {1..0xFFFF, "", field: [:reason_code]}],
    scan: [
      ssids: {{:check, &__MODULE__.ssids/1}, "", field: [:scan_ssids]},
      frequencies: {{:list, @mhz}, "", field: [:scan_frequencies]},
      passive: {:boolean, ""},
      flush: {:boolean, ""},
      flags: {{:some, Scan.flags()}, ""},
      elements: {{:check, &__MODULE__.elements/1}, "", field: [:ie]},
      bssid: {:mac, ""},
      mac: {:mac, ""},
      mac_mask: {:mac, ""},
      duration: {1..0xFFFF, "", field: [:measurement_duration]},
      duration_mandatory: {:flag, "", field: [:measurement_duration_mandatory]}
    ],
    regulatory: [
      country: {{:check, &__MODULE__.alpha2/1}, "", field: [:reg_alpha2]},
      type: {{:enum, Regulatory.hints()}, "", field: [:user_reg_hint_type]},
      indoor: {:flag, "", field: [:reg_indoor]}
    ]
  }

  @doc """
  The rows of the arguments and options of a function.
  """
  @spec table(atom()) :: keyword()
  def table(name), do: Map.fetch!(@tables, name)

  @doc "The request to scan, from checked options: an active one for all SSIDs if nothing else is said."
  @spec scan(map()) :: {:ok, Scan.t()} | {:error, {:bad_option, :passive, true}}
  def scan(chosen) do
    {passive, chosen} = Map.pop(chosen, :passive, false)
    {flush, chosen} = Map.pop(chosen, :flush, false)
    {flags, chosen} = Map.pop(chosen, :flags, [])

    flags =
      if(flush, do: [:flush | flags], else: flags) ++
        if(chosen[:mac], do: [:random_addr], else: [])

    scan = struct!(Scan, chosen)

    cond do
      passive and scan.scan_ssids != nil -> {:error, {:bad_option, :passive, true}}
      passive -> {:ok, %{scan | scan_flags: Enum.uniq(flags)}}
      true -> {:ok, %{scan | scan_flags: Enum.uniq(flags), scan_ssids: scan.scan_ssids || [""]}}
    end
  end

  # Types of options

  @doc false
  def width(width) when is_integer(width), do: width |> Integer.to_string() |> named_width()
  def width(width) when is_atom(width), do: width |> Atom.to_string() |> named_width()
  def width(_other), do: :error

  defp named_width(text) do
    case Enum.find(@widths, fn {name, _} -> Atom.to_string(name) == text end) do
      {name, _} -> {:ok, name}
      nil -> :error
    end
  end

  @doc false
  def rate(rate) when is_number(rate) and rate > 0 and rate <= 1000, do: {:ok, round(rate * 10)}
  def rate(_other), do: :error

  @doc false
  # In units of 500 kb/s, in seven bits.
  def rates([_ | _] = rates) do
    if not List.improper?(rates) and
         Enum.all?(rates, &(is_number(&1) and &1 >= 0.5 and &1 <= 63.5)),
       do: {:ok, for(rate <- rates, into: <<>>, do: <<round(rate * 2)>>)},
       else: :error
  end

  def rates(_other), do: :error

  @doc false
  def ssid(ssid) when is_binary(ssid) and byte_size(ssid) in 0..@ssid, do: {:ok, ssid}
  def ssid(_other), do: :error

  @doc false
  def mesh_id(id) when is_binary(id) and byte_size(id) in 1..@ssid, do: {:ok, id}
  def mesh_id(_other), do: :error

  @doc false
  # IFNAMSIZ without the NUL.
  def name(name) do
    if is_binary(name) and Options.Type.name?(name, 15), do: {:ok, name}, else: :error
  end

  @doc false
  def alpha2(<<a, b>> = country) when (a in ?A..?Z and b in ?A..?Z) or country == "00",
    do: {:ok, country}

  def alpha2(_other), do: :error

  @doc false
  def power(:auto), do: {:ok, {:fields, [wiphy_tx_power_setting: :automatic]}}

  def power({setting, dbm})
      when setting in [:limit, :fixed] and is_number(dbm) and abs(dbm) <= 1000,
      do:
        {:ok,
         {:fields,
          wiphy_tx_power_setting: setting(setting), wiphy_tx_power_level: round(dbm * 100)}}

  def power(_other), do: :error

  defp setting(:limit), do: :limited
  defp setting(:fixed), do: :fixed

  @doc false
  def ssids([_ | _] = ssids) do
    if not List.improper?(ssids) and Enum.all?(ssids, &(ssid(&1) != :error)),
      do: {:ok, ssids},
      else: :error
  end

  def ssids(_other), do: :error

  @doc false
  # A list of `{id, bytes}`, as in a BSS, or the bytes.
  def elements(bytes) when is_binary(bytes) and byte_size(bytes) <= @elements, do: {:ok, bytes}

  def elements([{_, _} | _] = list) do
    element? =
      &match?({id, bytes} when id in 0..255 and is_binary(bytes) and byte_size(bytes) < 256, &1)

    if not List.improper?(list) and Enum.all?(list, element?),
      do:
        elements(for {id, bytes} <- list, into: <<>>, do: <<id, byte_size(bytes), bytes::binary>>),
      else: :error
  end

  def elements(_other), do: :error

  @doc false
  def monitor_flags(flags) do
    case Options.Type.check({:some, MonitorFlags.names()}, :flags, flags) do
      {:ok, flags} -> {:ok, for(flag <- flags, do: {MonitorFlags.names()[flag], true})}
      {:error, _} -> :error
    end
  end

  @doc false
  def config(opts) do
    case Options.cast(Mesh.Config.__options__(), opts) do
      {:ok, chosen} -> {:ok, struct!(Mesh.Config, chosen)}
      {:error, _} -> :error
    end
  end
end
