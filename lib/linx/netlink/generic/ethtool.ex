defmodule Linx.Netlink.Generic.Ethtool do
  @moduledoc """
  Settings and statistics of network devices: ethtool over generic netlink.

  Kernel side: `ETHTOOL_MSG_*` of `include/uapi/linux/ethtool_netlink.h`.

      alias Linx.Netlink.Generic
      alias Linx.Netlink.Generic.Ethtool

      {:ok, sock} = Generic.open()
      {:ok, linkmodes} = Ethtool.get(sock, :linkmodes, "eth0")
      linkmodes.speed
      #=> 1000

      {:ok, rings} = Ethtool.list(sock, :rings)
      :ok = Ethtool.set(sock, :rings, "eth0", rx: 4096)
      :ok = Ethtool.set(sock, :features, "eth0", wanted: [{"rx-gro", false}])

  What is read and set is a topic, with a struct of its own. A field is `nil` where the driver does not
  report it. Each struct has `dev`, with the `index` and the `name` of the link. A link is given by its
  index or by any of its names.

  | topic | struct | options of reading | options of setting |
  |---|---|---|---|
  | `:strset` | `Strset` | `:sets` (required by most kernels), `:counts_only` |  |
  | `:linkinfo` | `Linkinfo` |  | `:port`, `:phyaddr`, `:tp_mdix_ctrl` |
  | `:linkmodes` | `Linkmodes` |  | `:autoneg`, `:ours`, `:speed`, `:duplex`, `:master_slave_cfg`, `:lanes` |
  | `:linkstate` | `Linkstate` |  |  |
  | `:debug` | `Debug` |  | `:msgmask` |
  | `:wol` | `Wol` |  | `:modes`, `:sopass` |
  | `:features` | `Features` |  | `:wanted` |
  | `:privflags` | `Privflags` |  | `:flags` |
  | `:rings` | `Rings` |  | see `Rings` |
  | `:channels` | `Channels` |  | `:rx_count`, `:tx_count`, `:other_count`, `:combined_count` |
  | `:coalesce` | `Coalesce` |  | see `Coalesce` |
  | `:pause` | `Pause` | `:include_statistics`, `:stats_src` | `:autoneg`, `:rx`, `:tx` |
  | `:eee` | `Eee` |  | `:modes_ours`, `:enabled`, `:tx_lpi_enabled`, `:tx_lpi_timer` |
  | `:tsinfo` | `Tsinfo` | `:include_statistics` |  |
  | `:tunnel_info` | `TunnelInfo` |  |  |
  | `:fec` | `Fec` | `:include_statistics` | `:modes`, `:auto` |
  | `:module_eeprom` | `ModuleEeprom` | `:offset`, `:length`, `:page`, `:i2c_address`, all required, `:bank` |  |
  | `:stats` | `Stats` | `:groups`, `:src` |  |
  | `:phc_vclocks` | `PhcVclocks` |  |  |
  | `:module` | `Module` |  | `:power_mode_policy` |
  | `:pse` | `Pse` |  | `:podl_pse_admin_control`, `:c33_pse_admin_control`, `:c33_pse_avail_pw_limit`, `:pse_prio` |
  | `:rss` | `Rss` | `:context`; a list: `:link`, `:start_context` | `:context`, `:hfunc`, `:indir`, `:hkey`, `:input_xfrm`, `:flow_hash` |
  | `:plca_cfg` | `Plca` |  | `:enabled`, `:node_cnt`, `:node_id`, `:to_tmr`, `:burst_cnt`, `:burst_tmr` |
  | `:plca_status` | `Plca` |  |  |
  | `:mm` | `Mm` | `:include_statistics` | `:pmac_enabled`, `:tx_enabled`, `:tx_min_frag_size`, `:verify_enabled`, `:verify_time` |
  | `:phy` | `Phy` | a list: `:link` |  |
  | `:tsconfig` | `Tsconfig` |  | `:hwtstamp_provider`, `:tx_types`, `:rx_filters`, `:hwtstamp_flags` |
  | `:mse` | `Mse` |  |  |

  Sets of bits are lists of names, see `Linx.Netlink.Generic.Ethtool.Bits`. The kernel is asked for the
  names once on a socket or connection.

  Reading needs no privilege but for `:wol` and `:module_eeprom`; setting needs `CAP_NET_ADMIN` in the user
  namespace of the socket's namespace. `Linx.Netlink.Generic.Ethtool.Monitor` receives notifications.

  ## Errors

    * `%Linx.Netlink.Error{}` - refused by the kernel: `:enodev` for an unknown link, `:eopnotsupp` where
      the driver or the kernel does not have the topic or an option;
    * `{:bad_option, :topic, topic}` - there is no such topic, or it cannot be set or listed;
    * `{:bad_option, :link, link}` - neither an index nor a name of a link;
    * `{:unknown_option, key}`, `{:bad_option, key, value}`, `{:missing_option, key}`;
    * `{:unchanged, names}` - of `set/4` for `:features`: those that are not as requested, while the rest of
      the request has been carried out;
    * those of `Linx.Netlink.Generic`.
  """

  use Linx.Netlink.Generic.Family, name: "ethtool", version: 1, groups: ["monitor"]

  alias Linx.Netlink.{Batch, Generic, Message, Options, Request}

  alias __MODULE__.{
    Bits,
    CableTest,
    CableTestTdr,
    Change,
    Channels,
    Coalesce,
    Debug,
    Eee,
    Features,
    Fec,
    Linkinfo,
    Linkmodes,
    Linkstate,
    Mm,
    ModuleEeprom,
    ModuleFwFlash,
    Mse,
    Pause,
    PhcVclocks,
    Phy,
    Plca,
    Privflags,
    Pse,
    Query,
    Rings,
    Rss,
    Stats,
    Strset,
    Topic,
    Tsconfig,
    Tsinfo,
    TunnelInfo,
    Wol
  }

  use Topic

  # NETLINK_GENERIC of include/uapi/linux/netlink.h.
  @netlink_generic 16

  @type error ::
          Generic.error()
          | {:bad_option, atom(), term()}
          | {:missing_option, atom()}
          | {:unchanged, [Bits.bit()]}

  # ETHTOOL_MSG_* of include/uapi/linux/ethtool_netlink.h: requests, and notifications, which are numbered
  # apart from them.
  topic :strset, Strset, get: 1, link: :optional
  topic :linkinfo, Linkinfo, get: 2, set: 3, ntf: 3

  topic :linkmodes, Linkmodes,
    get: 4,
    set: 5,
    ntf: 5,
    bits: [ours: {:link_modes, :advertised}, peer: :link_modes],
    unknown: [:speed, :duplex]

  topic :linkstate, Linkstate, get: 6
  topic :debug, Debug, get: 7, set: 8, ntf: 8, bits: [msgmask: :msg_classes]
  topic :wol, Wol, get: 9, set: 10, ntf: 10, bits: [modes: {:wol_modes, :enabled}]

  topic :features, Features,
    get: 11,
    set: 12,
    ntf: 13,
    bits: [hw: :features, wanted: :features, active: :features, nochange: :features]

  topic :privflags, Privflags, get: 13, set: 14, ntf: 15, bits: [flags: nil]
  topic :rings, Rings, get: 15, set: 16, ntf: 17
  topic :channels, Channels, get: 17, set: 18, ntf: 19
  topic :coalesce, Coalesce, get: 19, set: 20, ntf: 21
  topic :pause, Pause, get: 21, set: 22, ntf: 23, statistics: true

  topic :eee, Eee,
    get: 23,
    set: 24,
    ntf: 25,
    bits: [modes_ours: {:link_modes, :advertised}, modes_peer: :link_modes]

  topic :tsinfo, Tsinfo,
    get: 25,
    statistics: true,
    bits: [timestamping: :sof_timestamping, tx_types: :ts_tx_types, rx_filters: :ts_rx_filters]

  topic :tunnel_info, TunnelInfo, get: 28
  topic :fec, Fec, get: 29, set: 30, ntf: 31, statistics: true, bits: [modes: :link_modes]
  topic :module_eeprom, ModuleEeprom, get: 31, dump: false

  topic :stats, Stats,
    get: 32,
    query: Stats.Query,
    sets: [:stats_std, :stats_eth_phy, :stats_eth_mac, :stats_eth_ctrl, :stats_rmon, :stats_phy]

  topic :phc_vclocks, PhcVclocks, get: 33
  topic :module, __MODULE__.Module, get: 34, set: 35, ntf: 36
  topic :pse, Pse, get: 36, set: 37
  topic :rss, Rss, get: 38, set: 48, ntf: 50, dump: :link
  topic :plca_cfg, Plca, get: {:plca_get_cfg, 39}, set: {:plca_set_cfg, 40}, ntf: {:plca_ntf, 41}
  topic :plca_status, Plca, get: {:plca_get_status, 41}
  topic :mm, Mm, get: 42, set: 43, ntf: 43, statistics: true
  topic :phy, Phy, get: 45, ntf: 46, dump: :link

  topic :tsconfig, Tsconfig,
    get: 46,
    set: 47,
    bits: [tx_types: :ts_tx_types, rx_filters: :ts_rx_filters, hwtstamp_flags: :ts_flags]

  topic :mse, Mse, get: 51

  command :cable_test_act, 26, CableTest
  command :cable_test_tdr_act, 27, CableTestTdr.Act
  command :module_fw_flash_act, 44, ModuleFwFlash
  command :rss_create_act, 49, Rss
  command :rss_delete_act, 50, Rss

  event :cable_test_ntf, 27, CableTest
  event :cable_test_tdr_ntf, 28, CableTestTdr
  event :module_fw_flash_ntf, 44, ModuleFwFlash
  event :pse_ntf, 49, Pse.Ntf
  event :rss_create_ntf, 52, Rss
  event :rss_delete_ntf, 53, Rss

  @typedoc "Name of a topic."
  @type topic :: atom()

  @typedoc "Name of a link, alternative ones included, or its index."
  @type link :: String.t() | pos_integer()

  @typedoc "`:ok`; in a batch the request."
  @type done :: :ok | {:ok, Message.t()} | {:error, error()}

  @doc """
  Gets a topic of a link.

  Options are those of the topic, `:phy_index` for the PHY of the link that a request is about (from Linux
  6.12, for topics of a PHY), and `:timeout`. `include_statistics: true` adds counters. For `:strset` the
  link may be `nil`.
  """
  @spec get(Request.target(), topic(), link() | nil, keyword()) ::
          {:ok, struct() | Batch.Read.t()} | {:error, error()}
  def get(target, topic, link, opts \\ []) do
    with {:ok, topic} <- topic(topic), do: Query.get(target, topic, link, opts)
  end

  @doc """
  Lists a topic of all links that have it. Links that do not support it are left out.

  Options are those of the topic and of `Linx.Netlink.Request`. `:rss` and `:phy` take `:link`, to list all
  of one link.
  """
  @spec list(Request.target(), topic(), keyword()) :: {:ok, [struct()]} | {:error, error()}
  def list(target, topic, opts \\ []) do
    with {:ok, %{dump: dump} = row} <- topic(topic),
         do: if(dump, do: Query.list(target, row, opts), else: {:error, bad(topic)})
  end

  @doc """
  Sets a topic of a link. Needs `CAP_NET_ADMIN`.

  Options are those of the topic, `:phy_index` and `:timeout`. What is not given stays as it is.
  """
  @spec set(Request.target(), topic(), link(), keyword()) :: done()
  def set(target, topic, link, opts) do
    with {:ok, %{set: set} = row} <- topic(topic),
         do: if(set, do: Change.set(target, row, link, opts), else: {:error, bad(topic)})
  end

  defp topic(name) do
    with :error <- Map.fetch(__topics__(), name), do: {:error, bad(name)}
  end

  defp bad(topic), do: {:bad_option, :topic, topic}

  @doc false
  # The topic of a struct.
  @spec topic_of(module()) :: Topic.t() | nil
  def topic_of(module),
    do: Enum.find_value(__topics__(), fn {_name, topic} -> topic.module == module && topic end)

  @doc """
  Starts a test of the cable of a link. Needs `CAP_NET_ADMIN`.

  The result is a notification: `Linx.Netlink.Generic.Ethtool.Monitor` receives it as `:cable_test_ntf`. The
  link has no carrier meanwhile. Option: `:timeout`.
  """
  @spec cable_test(Request.target(), link(), keyword()) :: done()
  def cable_test(target, link, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_generic, []),
         do: Change.act(target, :cable_test_act, %CableTest{}, link, request)
  end

  @doc """
  Starts a test of the cable of a link by reflections (TDR). Needs `CAP_NET_ADMIN`.

  The measurements are a notification, `:cable_test_tdr_ntf`. Options: `:first`, `:last`, `:step`, distances
  in cm, `:pair` (`:a` to `:d`), and `:timeout`.
  """
  @spec cable_test_tdr(Request.target(), link(), keyword()) :: done()
  def cable_test_tdr(target, link, opts \\ []) do
    with {:ok, request, given} <-
           Options.read(opts, :set, @netlink_generic, CableTestTdr.Cfg.__options__()) do
      cfg = if given != %{}, do: struct!(CableTestTdr.Cfg, given)
      Change.act(target, :cable_test_tdr_act, %CableTestTdr.Act{cfg: cfg}, link, request)
    end
  end

  @doc """
  Writes a file below `/lib/firmware` to the plug-in module of a link. Needs `CAP_NET_ADMIN`; from Linux
  6.11.

  It returns when the kernel has started. The progress are notifications, `:module_fw_flash_ntf`. Options:
  `:password` of the module, an integer, and `:timeout`.
  """
  @spec flash_module(Request.target(), link(), String.t(), keyword()) :: done()
  def flash_module(target, link, file_name, opts \\ []) do
    table = [file_name: {{:string, 4095}, "", required: true}, password: {:secret, 0..0xFFFFFFFF}]

    with {:ok, request, given} <-
           Options.read(opts, :set, @netlink_generic, Keyword.delete(table, :file_name)),
         {:ok, file} <- Options.cast(table, file_name: file_name),
         body = struct!(ModuleFwFlash, Map.merge(given, file)),
         do: Change.act(target, :module_fw_flash_act, body, link, request)
  end

  @doc """
  Makes a context of the distribution of received packets, and returns it with its number in `context`.
  Needs `CAP_NET_ADMIN`; from Linux 6.17.

  Options are those of `set/4` for `:rss`, and `:timeout`.
  """
  @spec create_rss(Request.target(), link(), keyword()) ::
          {:ok, Rss.t() | Message.t()} | {:error, error()}
  def create_rss(target, link, opts \\ []) do
    with {:ok, request, given} <- Options.read(opts, :set, @netlink_generic, Rss.__options__()) do
      body = struct!(Rss, given)
      Change.act(target, :rss_create_act, body, link, [echo: true] ++ request)
    end
  end

  @doc """
  Deletes a context of the distribution of received packets. Needs `CAP_NET_ADMIN`; from Linux 6.17.
  Option: `:timeout`.
  """
  @spec delete_rss(Request.target(), link(), pos_integer(), keyword()) :: done()
  def delete_rss(target, link, context, opts \\ []) do
    with {:ok, request, %{}} <- Options.read(opts, :set, @netlink_generic, []),
         {:ok, %{context: context}} <- Options.cast([context: 1..0xFFFFFFFF], context: context),
         do: Change.act(target, :rss_delete_act, %Rss{context: context}, link, request)
  end
end
