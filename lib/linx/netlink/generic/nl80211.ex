defmodule Linx.Netlink.Generic.Nl80211 do
  @moduledoc """
  Wi-Fi: radios, interfaces, stations, scans and connections.

  Kernel side: the family `nl80211` of `include/uapi/linux/nl80211.h`.

      {:ok, sock} = Linx.Netlink.Generic.open()
      {:ok, [radio | _]} = Linx.Netlink.Generic.Nl80211.wiphys(sock)
      {:ok, _wlan} = Linx.Netlink.Generic.Nl80211.create_interface(sock, radio.wiphy, "wlan0", :station, echo: true)
      :ok = Linx.Netlink.Rtnl.Link.set_up(rtnl, "wlan0")
      {:ok, networks} = Linx.Netlink.Generic.Nl80211.scan(sock, "wlan0")
      for bss <- networks, do: {bss.ssid, bss.signal, bss.security}

      :ok = Linx.Netlink.Generic.Nl80211.connect(sock, "wlan0", "guests", wait: true)

  A radio is given by its index or its name (`0`, `"phy0"`). An interface is given by the name or the
  index of its link, or by `{:wdev, id}`, since some, such as P2P devices, have no link. Frequencies are in
  MHz, signals in dBm. An SSID is a binary of up to 32 bytes, any of them.

  `connect/4` takes open networks. A network with WPA needs a program that authenticates and makes keys,
  such as `wpa_supplicant` or `iwd`. No key passes through this module.

  Reading needs no privilege; functions that change something, or scan, need `CAP_NET_ADMIN` in the network
  namespace of the radio. `Linx.Netlink.Generic.Nl80211.Monitor` receives notifications.

  ## Options of channels

  `set_channel/4`, `join_ibss/5` and `join_mesh/4` take

    * `:width` - MHz: 20, 40, 80, 160, 320, 5, 10, `:"20_noht"` or `:"80p80"`; without it and without
      `:channel_type` the kernel takes 20 without HT;
    * `:center_freq1`, `:center_freq2` - MHz, needed from a width of 40 on: the centre of the channel, and
      that of the second half of 80+80;
    * `:channel_type` - `:no_ht`, `:ht20`, `:ht40minus` or `:ht40plus` in place of these;
    * `:freq_offset`, `:center_freq1_offset` - added to the frequencies, kHz;
    * `:punct_bitmap` - subchannels of 20 MHz that are not used, a bit mask.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for an unknown link or radio, `:eperm`
      without privilege, `:ebusy` while another scan runs or while the channel cannot be changed, `:enetdown` for
      a link that is not up, `:eopnotsupp` for what the type of the interface or the driver cannot do;
    * `{:bad_option, key, value}`, `{:unknown_option, key}`, `{:missing_option, key}` - found before
      anything is sent; `key` is `:link`, `:wiphy`, `:ssid`, `:mesh_id`, `:mhz`, `:mac`, `:name`, `:type`,
      `:country`, `:power` or `:power_save` for an argument;
    * those of `Linx.Netlink.Generic`.
  """

  alias Linx.MAC
  alias Linx.Netlink.{Batch, Error, Generic, Message, Options, Request}
  alias Linx.Netlink.Generic.Verb

  alias __MODULE__.{
    Await,
    Bss,
    Commands,
    Ibss,
    Interface,
    Mesh,
    Mlme,
    Ref,
    Regulatory,
    Requests,
    Scan,
    ScanResult,
    Setting,
    Station,
    Survey,
    Wiphy
  }

  @typedoc "An interface: name or index of its link, or its identifier."
  @type link :: String.t() | pos_integer() | {:wdev, non_neg_integer()}

  @typedoc "A radio: index or name."
  @type wiphy :: non_neg_integer() | String.t()

  @type error :: Generic.error() | {:bad_option | :missing_option, atom()} | Options.reason()

  @typedoc "Result of a change; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  # Milliseconds that a scan, and a connection, take at most.
  @scan_time 30_000
  @connect_time 20_000

  # Radios

  @doc """
  Lists the radios of the socket's namespace, with all that they can do.

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec wiphys(Request.target(), [Request.option()]) :: {:ok, [Wiphy.t()]} | {:error, error()}
  def wiphys(target, opts \\ []) do
    with {:ok, request, query} <- Verb.body(target, :dump, %Wiphy{}, {opts, []}),
         do: whole(target, query, request)
  end

  @doc """
  Gets a radio; `:enodev` if there is none. Option: `:timeout`.
  """
  @spec wiphy(Request.target(), wiphy(), timeout: timeout()) ::
          {:ok, Wiphy.t() | Batch.Read.t()} | {:error, error()}
  def wiphy(target, wiphy, opts \\ []) do
    query = {%Wiphy{}, wiphy: wiphy}

    with {:ok, request, query} <- Verb.body(target, :get, query, {opts, table(:wiphy)}) do
      Request.read(target, request, fn target, request ->
        with {:ok, [wiphy]} <- found(whole(target, query, request)), do: {:ok, wiphy}
      end)
    end
  end

  # The kernel lists nothing for an index that no radio has.
  defp found({:ok, []}), do: {:error, Error.from_errno(19)}
  defp found(result), do: result

  # A message with all of a radio is too long for the kernel: without the flag it leaves out what is newer.
  defp whole(target, query, request) do
    with {:ok, parts} <-
           Generic.dump(
             target,
             Commands,
             :get_wiphy,
             %{query | split_wiphy_dump: true},
             request
           ),
         do: {:ok, Wiphy.join(parts)}
  end

  # Interfaces

  @doc """
  Lists the interfaces of the socket's namespace.

  Options: `:wiphy`, to list those of one radio; `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec interfaces(Request.target(), [{:wiphy, wiphy()} | Request.option()]) ::
          {:ok, [Interface.t()]} | {:error, error()}
  def interfaces(target, opts \\ []) do
    Verb.list(target, {Commands, :get_interface}, %Interface{}, opts, table(:wiphy))
  end

  @doc """
  Gets an interface. Option: `:timeout`.
  """
  @spec interface(Request.target(), link(), timeout: timeout()) ::
          {:ok, Interface.t() | Batch.Read.t()} | {:error, error()}
  def interface(target, link, opts \\ []),
    do: get(target, :get_interface, %Interface{}, link, opts)

  @doc """
  Creates an interface of a radio.

      {:ok, interface} = Nl80211.create_interface(sock, "phy0", "mon0", :monitor, monitor_flags: [:control], echo: true)

  `type` is a type of `Linx.Netlink.Generic.Nl80211.Iftypes`, such as `:station`, `:ap`, `:monitor`,
  `:mesh_point` or `:p2p_device`. Options:

    * `:mac` - MAC address;
    * `:four_addr` - boolean: frames have four addresses, so that a bridge can have a station or an
      access point's VLAN as a port;
    * `:monitor_flags` - list of `:fcsfail`, `:plcpfail`, `:control`, `:other_bss`, `:active`, `:skip_tx`:
      what a monitor reports besides frames for it;
    * `:mesh_id` - name of the mesh that a mesh point joins when it is set up;
    * `:socket_owner` - `true`: the kernel deletes the interface when the socket closes;
    * `:echo` - `true` to get `{:ok, interface}` in place of `:ok`;
    * `:timeout`.

  Needs `CAP_NET_ADMIN`. The kernel's error is `:enfile` if a link has the name.
  """
  @spec create_interface(Request.target(), wiphy(), String.t(), atom(), keyword()) ::
          done() | {:ok, Interface.t()}
  def create_interface(target, wiphy, name, type, opts \\ []) do
    body = {%Interface{}, wiphy: wiphy, name: name, type: type}
    Verb.add(target, {Commands, :new_interface}, body, opts, table(:create_interface))
  end

  @doc """
  Deletes an interface. Needs `CAP_NET_ADMIN`. Option: `:timeout`.
  """
  @spec delete_interface(Request.target(), link(), timeout: timeout()) :: done()
  def delete_interface(target, link, opts \\ []),
    do: set(target, :del_interface, {%Interface{}, link: link}, opts)

  @doc """
  Changes an interface: `:type`, `:four_addr`, `:monitor_flags`, `:mesh_id` as for
  `create_interface/5`, and `:timeout`.

      :ok = Nl80211.set_interface(sock, "wlan0", type: :mesh_point)

  Most drivers change the type of a link only that is down (`:ebusy`). Needs `CAP_NET_ADMIN`.
  """
  @spec set_interface(Request.target(), link(), keyword()) :: done()
  def set_interface(target, link, opts),
    do: set(target, :set_interface, {%Interface{}, link: link}, opts, :set_interface)

  @doc """
  Sets the channel of an interface, such as a monitor or an access point: its frequency in MHz.

      :ok = Nl80211.set_channel(sock, "mon0", 5180, width: 80, center_freq1: 5210)

  Options: those of channels, and `:timeout`. The kernel's error is `:einval` for a channel that the radio or
  the regulatory domain lacks. Needs `CAP_NET_ADMIN`.
  """
  @spec set_channel(Request.target(), link(), pos_integer(), keyword()) :: done()
  def set_channel(target, link, mhz, opts \\ []),
    do: set(target, :set_channel, {%Setting{}, link: link, mhz: mhz}, opts, :channel)

  @doc """
  Switches power save on or off. Needs `CAP_NET_ADMIN`. Option: `:timeout`.
  """
  @spec set_power_save(Request.target(), link(), boolean(), timeout: timeout()) :: done()
  def set_power_save(target, link, on, opts \\ []),
    do: set(target, :set_power_save, {%Setting{}, link: link, power_save: on}, opts, :power_save)

  @doc """
  Whether power save is on. Option: `:timeout`.
  """
  @spec power_save(Request.target(), link(), timeout: timeout()) ::
          {:ok, boolean() | Batch.Read.t()} | {:error, error()}
  def power_save(target, link, opts \\ []) do
    target
    |> get(:get_power_save, %Setting{}, link, opts)
    |> Batch.finish(&with({:ok, %Setting{ps_state: on}} <- &1, do: {:ok, on}))
  end

  @doc """
  Sets the transmit power: `:auto`, `{:limit, dbm}` for a limit, `{:fixed, dbm}`. The kernel takes
  hundredths of a dBm. Needs `CAP_NET_ADMIN`. Option: `:timeout`.
  """
  @spec set_tx_power(Request.target(), link(), :auto | {:limit | :fixed, number()},
          timeout: timeout()
        ) ::
          done()
  def set_tx_power(target, link, power, opts \\ []),
    do: set(target, :set_wiphy, {%Setting{}, link: link, power: power}, opts, :tx_power)

  # Stations and surveys

  @doc """
  Lists the stations of an interface: the clients of an access point, the peers of a mesh or an IBSS,
  the access point of a station. Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec stations(Request.target(), link(), [Request.option()]) ::
          {:ok, [Station.t()]} | {:error, error()}
  def stations(target, link, opts \\ []), do: list(target, :get_station, %Station{}, link, opts)

  @doc """
  Gets the station with a MAC address; `:enoent` if there is none. Option: `:timeout`.
  """
  @spec station(Request.target(), link(), MAC.input(), timeout: timeout()) ::
          {:ok, Station.t() | Batch.Read.t()} | {:error, error()}
  def station(target, link, mac, opts \\ []) do
    query = {%Station{}, link: link, mac: mac}
    Verb.get(target, {Commands, :get_station}, query, opts, table(:station))
  end

  @doc """
  Lists the surveys of the channels of an interface's radio. The kernel's error is `:eopnotsupp` where the
  driver counts nothing. Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec surveys(Request.target(), link(), [Request.option()]) ::
          {:ok, [Survey.t()]} | {:error, error()}
  def surveys(target, link, opts \\ []), do: list(target, :get_survey, %Survey{}, link, opts)

  # Scans

  @doc """
  Lists the networks that the last scans have found, without a scan. The kernel forgets one half a minute
  after its last frame. Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec scan_results(Request.target(), link(), [Request.option()]) ::
          {:ok, [Bss.t()]} | {:error, error()}
  def scan_results(target, link, opts \\ []) do
    with {:ok, results} <- list(target, :get_scan, %ScanResult{}, link, opts),
         do: {:ok, Enum.map(results, &Bss.of/1)}
  end

  @doc """
  Scans: looks for networks, waits for the end, and lists what `scan_results/3` lists then.

      {:ok, networks} = Nl80211.scan(sock, "wlan0", ssids: ["hidden", ""], frequencies: [2412, 2437, 2462])

  The link has to be up. Options:

    * `:ssids` - names that are asked for, `""` for all networks; `[""]` if not given;
    * `:passive` - `true` to listen only;
    * `:frequencies` - MHz; all if not given;
    * `:flush` - `true` to forget what earlier scans have found;
    * `:flags` - list of flags of `Linx.Netlink.Generic.Nl80211.Scan`, such as `:low_priority` or `:ap`;
    * `:elements` - information elements of probe requests, `[{id, bytes}]` or their bytes;
    * `:bssid` - MAC address of the one network to look for;
    * `:mac`, `:mac_mask` - MAC address of probe requests: the bits outside of the mask are random;
    * `:duration` - stay on each channel, TU of 1024 us; `:duration_mandatory` - `true` if it must not be
      shorter;
    * `:timeout` - limit of the wait for the end, in milliseconds or `:infinity`; #{@scan_time} if not given.

  Errors: `{:scan, :aborted}` if the scan was ended early, `{:recv, :timeout}` if it did not end in time
  (it goes on), `{:recv, :enobufs}` if its end was lost; `:ebusy` while another scan runs. Needs
  `CAP_NET_ADMIN`. A batch is not used: the requests are sent at once.
  """
  @spec scan(Request.target(), link(), keyword()) ::
          {:ok, [Bss.t()]} | {:error, error() | {:scan, :aborted}}
  def scan(target, link, opts \\ []) do
    target = Batch.target(target)

    with {:ok, request, chosen} <- Options.read(opts, :get, @netlink_generic, table(:scan)),
         {:ok, scan} <- Requests.scan(chosen),
         {:ok, scan} <- on_link(target, scan, [link: link], :link, request) do
      {timeout, request} = Keyword.pop(request, :timeout, @scan_time)
      trigger = fn -> Generic.run(target, Commands, :trigger_scan, scan, request) end
      ended = &if Ref.same?(scan, &2), do: scanned(&1)

      with :ok <- Await.event(target, "scan", :trigger_scan, trigger, ended, timeout),
           do: scan_results(target, link)
    end
  end

  defp scanned(:new_scan_results), do: :ok
  defp scanned(:scan_aborted), do: {:error, {:scan, :aborted}}
  defp scanned(_other), do: nil

  @doc """
  Ends a scan early; `:enoent` if none runs. Needs `CAP_NET_ADMIN`. Option: `:timeout`.
  """
  @spec abort_scan(Request.target(), link(), timeout: timeout()) :: done()
  def abort_scan(target, link, opts \\ []),
    do: set(target, :abort_scan, {%Scan{}, link: link}, opts)

  # Regulatory domains

  @doc """
  Gets the regulatory domain: that of all radios, or with the option `:wiphy` that of a radio with one of its
  own. Further option: `:timeout`.
  """
  @spec regulatory(Request.target(), wiphy: wiphy(), timeout: timeout()) ::
          {:ok, Regulatory.t() | Batch.Read.t()} | {:error, error()}
  def regulatory(target, opts \\ []) do
    Verb.get(target, {Commands, :get_reg}, %Regulatory{}, opts, table(:wiphy))
  end

  @doc """
  Lists the regulatory domains: that of all radios, and those of radios with one of their own.

  Options: `:timeout` and `:dump_retries` of `Linx.Netlink.Request`.
  """
  @spec regulatories(Request.target(), [Request.option()]) ::
          {:ok, [Regulatory.t()]} | {:error, error()}
  def regulatories(target, opts \\ []) do
    Verb.list(target, {Commands, :get_reg}, %Regulatory{}, opts)
  end

  @doc """
  Asks for the regulatory domain of a country: two upper case letters, or `"00"` for the world.

      :ok = Nl80211.set_regulatory(sock, "DE")

  The kernel accepts the request, loads the rules from its database in the background, and notifies
  `:reg_change` when they hold. Options: `:type`, the origin of the hint, `:user` or `:cell_base`, `:user`
  if not given; `:indoor`, `true` if the device is indoors; `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec set_regulatory(Request.target(), String.t(), keyword()) :: done()
  def set_regulatory(target, country, opts \\ []),
    do: set(target, :req_set_reg, {%Regulatory{}, country: country}, opts, :regulatory)

  # Networks

  @doc """
  Joins a network of stations without an access point (IBSS) on a frequency in MHz, or starts it.
  The interface has the type `:adhoc` and is up.

      :ok = Nl80211.join_ibss(sock, "wlan0", "field", 2437, basic_rates: [6, 12], freq_fixed: true)

  Options: those of channels, and

    * `:bssid` - MAC address of the network;
    * `:freq_fixed` - `true` to stay on the frequency if the network is found on another;
    * `:beacon_interval` - time from one beacon to the next, TU of 1024 us;
    * `:basic_rates` - rates that every station has, Mb/s; `:mcast_rate` - rate of multicast frames, Mb/s;
    * `:elements` - information elements of beacons, `[{id, bytes}]` or their bytes;
    * `:timeout`.

  Returns when the kernel has begun; the event `:join_ibss` follows. Needs `CAP_NET_ADMIN`.
  """
  @spec join_ibss(Request.target(), link(), binary(), pos_integer(), keyword()) :: done()
  def join_ibss(target, link, ssid, mhz, opts \\ []),
    do: set(target, :join_ibss, {%Ibss{}, link: link, ssid: ssid, mhz: mhz}, opts, :ibss)

  @doc "Leaves an IBSS. Needs `CAP_NET_ADMIN`. Option: `:timeout`."
  @spec leave_ibss(Request.target(), link(), timeout: timeout()) :: done()
  def leave_ibss(target, link, opts \\ []),
    do: set(target, :leave_ibss, {%Ibss{}, link: link}, opts)

  @doc """
  Joins a mesh (IEEE 802.11s), by its name of up to 32 bytes. The interface has the type `:mesh_point` and
  is up.

      :ok = Nl80211.join_mesh(sock, "mesh0", "roof", frequency: 2412, config: [forwarding: true])

  Options: those of channels, and

    * `:frequency` - MHz; the kernel's choice if not given;
    * `:beacon_interval` - time from one beacon to the next, TU of 1024 us; `:dtim_period` - beacons from one
      DTIM to the next;
    * `:basic_rates` - rates that every station has, Mb/s; `:mcast_rate` - rate of multicast frames, Mb/s;
    * `:config` - keyword list of the options of `Linx.Netlink.Generic.Nl80211.Mesh.Config`;
    * `:timeout`.

  Needs `CAP_NET_ADMIN`.
  """
  @spec join_mesh(Request.target(), link(), binary(), keyword()) :: done()
  def join_mesh(target, link, mesh_id, opts \\ []),
    do: set(target, :join_mesh, {%Mesh{}, link: link, mesh_id: mesh_id}, opts, :mesh)

  @doc "Leaves a mesh. Needs `CAP_NET_ADMIN`. Option: `:timeout`."
  @spec leave_mesh(Request.target(), link(), timeout: timeout()) :: done()
  def leave_mesh(target, link, opts \\ []),
    do: set(target, :leave_mesh, {%Mesh{}, link: link}, opts)

  @doc """
  Gets the settings of a mesh point that has joined a mesh. Option: `:timeout`.
  """
  @spec mesh_config(Request.target(), link(), timeout: timeout()) ::
          {:ok, Mesh.Config.t() | Batch.Read.t()} | {:error, error()}
  def mesh_config(target, link, opts \\ []) do
    target
    |> get(:get_mesh_config, %Mesh{}, link, opts)
    |> Batch.finish(
      &with({:ok, %Mesh.Reply{mesh_config: config}} <- &1, do: {:ok, Mesh.Params.decode(config)})
    )
  end

  @doc """
  Connects a station to an open network.

      :ok = Nl80211.connect(sock, "wlan0", "guests", wait: true)

  Options:

    * `:wait` - `true` to wait for the result; without it the function returns when the kernel has begun,
      and the event `:connect` has the result;
    * `:bssid` - MAC address of the access point; `:bssid_hint` - of the one to be preferred;
    * `:frequency` - MHz; `:frequency_hint` - where the access point is looked for first, MHz;
    * `:elements` - information elements of the request, `[{id, bytes}]` or their bytes;
    * `:timeout` - in milliseconds or `:infinity`; with `wait: true` the limit of the wait,
      #{@connect_time} if not given.

  Errors with `wait: true`: `{:connect, :timed_out}` if no access point has answered, `{:connect, status}`
  with the status code of IEEE 802.11 of the refusal, `{:recv, :timeout}` without a result in time; a batch is
  not used then. Others: `:ealready` if the interface is connected. Needs `CAP_NET_ADMIN`.
  """
  @spec connect(Request.target(), link(), binary(), keyword()) ::
          done() | {:error, {:connect, :timed_out | pos_integer()}}
  def connect(target, link, ssid, opts \\ []) do
    with {:ok, request, chosen} <- Options.read(opts, :set, @netlink_generic, table(:connect)),
         {wait?, chosen} = Map.pop(chosen, :wait, false),
         body = struct!(%Mlme{auth_type: :open_system}, chosen),
         {:ok, body} <- on_link(target, body, [link: link, ssid: ssid], :network, request),
         do: start_connect(target, body, request, wait?)
  end

  defp start_connect(target, body, request, false),
    do: Generic.run(target, Commands, :connect, body, request)

  defp start_connect(target, body, request, true) do
    target = Batch.target(target)
    {timeout, request} = Keyword.pop(request, :timeout, @connect_time)
    ended = &if &1 == :connect and Ref.same?(body, &2), do: connected(&2)

    Await.event(
      target,
      "mlme",
      nil,
      fn -> start_connect(target, body, request, false) end,
      ended,
      timeout
    )
  end

  defp connected(%Mlme{timed_out: true}), do: {:error, {:connect, :timed_out}}
  defp connected(%Mlme{status_code: code}) when code in [0, nil], do: :ok
  defp connected(%Mlme{status_code: code}), do: {:error, {:connect, code}}

  @doc """
  Disconnects a station. Options: `:reason`, a reason code of IEEE 802.11, 3 (leaving) if not given;
  `:timeout`. Needs `CAP_NET_ADMIN`.
  """
  @spec disconnect(Request.target(), link(), reason: 1..0xFFFF, timeout: timeout()) :: done()
  def disconnect(target, link, opts \\ []),
    do: set(target, :disconnect, {%Mlme{}, link: link}, opts, :disconnect)

  # Requests

  defp list(target, command, query, link, opts),
    do: Verb.list(target, {Commands, command}, {query, link: link}, opts, table(:link))

  defp get(target, command, query, link, opts),
    do: Verb.get(target, {Commands, command}, {query, link: link}, opts, table(:link))

  defp set(target, command, body, opts, table \\ :link),
    do: Verb.set(target, {Commands, command}, body, opts, table(table))

  # A struct with the arguments of a function that has read its options.
  defp on_link(target, struct, arguments, table, request) do
    options = {Keyword.take(request, [:timeout]), table(table)}

    with {:ok, _request, body} <- Verb.body(target, :set, {struct, arguments}, options),
         do: {:ok, body}
  end

  defp table(name), do: Requests.table(name)
end
