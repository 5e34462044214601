defmodule Linx.Test.EthtoolMessages do
  @moduledoc false
  # Messages of devices that few machines have, by the definitions of the kernel: the numbers are those of
  # include/uapi/linux/ethtool_netlink.h, the types those of the functions that fill the messages in
  # net/ethtool.

  alias Linx.Netlink.Attr

  alias Linx.Netlink.Generic.Ethtool.{
    CableTest,
    CableTestTdr,
    Coalesce,
    Eee,
    Linkinfo,
    Linkmodes,
    Linkstate,
    Mm,
    Module,
    ModuleEeprom,
    ModuleFwFlash,
    Mse,
    PhcVclocks,
    Phy,
    Plca,
    Privflags,
    Pse,
    Rss,
    Stats,
    Tsconfig,
    Tsinfo,
    Wol
  }

  @nested 0x8000

  @doc "A payload. Numbers are `{:u8, n}` and so on; lists are nests."
  def payload({:u8, n}), do: <<n>>
  def payload({:u16, n}), do: <<n::native-16>>
  def payload({:s16, n}), do: <<n::signed-native-16>>
  def payload({:u32, n}), do: <<n::native-32>>
  def payload({:u64, n}), do: <<n::native-64>>
  def payload({:u32s, list}), do: for(n <- list, into: <<>>, do: <<n::native-32>>)
  def payload(text) when is_binary(text), do: text

  @doc "The bytes of attributes."
  def attrs(list) do
    list
    |> Enum.map(fn
      {id, nest} when is_list(nest) -> {id + @nested, attrs(nest)}
      {id, value} -> {id, payload(value)}
    end)
    |> Attr.encode()
  end

  # A compact set of bits: with a mask, or as a list.
  defp set(size, on, mask), do: [{2, {:u32, size}}, {4, {:u32, on}}, {5, {:u32, mask}}]
  defp set(size, on), do: [{1, ""}, {2, {:u32, size}}, {4, {:u32, on}}]

  # A verbose set of bits: `{index, name, on}`.
  defp verbose(bits) do
    [
      {2, {:u32, 8}},
      {3,
       for {index, name, on} <- bits do
         {1, [{1, {:u32, index}}, {2, name <> "\0"}] ++ if(on, do: [{3, ""}], else: [])}
       end}
    ]
  end

  @doc "`{module, attributes after the link, fields of the struct}`."
  def messages do
    [
      {Wol, [{2, set(8, 1, 3)}, {3, "secret"}],
       %{modes: %{supported: ["phy", "ucast"], enabled: ["phy"]}, sopass: "secret"}},
      {Privflags, [{2, verbose([{0, "legacy-rx", true}, {1, "vf-true", false}, {2, "", true}])}],
       %{flags: ["legacy-rx", 2]}},
      {Eee,
       [
         {2, set(3, 4, 5)},
         {3, set(3, 2)},
         {4, {:u8, 1}},
         {5, {:u8, 1}},
         {6, {:u8, 0}},
         {7, {:u32, 30}}
       ],
       %{
         modes_ours: %{
           supported: ["10baseT/Half", "100baseT/Half"],
           advertised: ["100baseT/Half"]
         },
         modes_peer: ["10baseT/Full"],
         active: true,
         enabled: true,
         tx_lpi_enabled: false,
         tx_lpi_timer: 30
       }},
      {Linkinfo, [{2, {:u8, 3}}, {3, {:u8, 1}}, {4, {:u8, 2}}, {5, {:u8, 3}}, {6, {:u8, 1}}],
       %{port: :fibre, phyaddr: 1, tp_mdix: :mdi_x, tp_mdix_ctrl: :auto, transceiver: :external}},
      {Linkmodes,
       [
         {3, set(3, 2, 7)},
         {4, set(3, 3)},
         {7, {:u8, 5}},
         {8, {:u8, 4}},
         {9, {:u32, 4}},
         {10, {:u8, 3}}
       ],
       %{
         ours: %{
           supported: ["10baseT/Half", "10baseT/Full", "100baseT/Half"],
           advertised: ["10baseT/Full"]
         },
         peer: ["10baseT/Half", "10baseT/Full"],
         master_slave_cfg: :slave_force,
         master_slave_state: :err,
         lanes: 4,
         rate_matching: :open_loop
       }},
      {Linkstate,
       [
         {2, {:u8, 0}},
         {3, {:u32, 5}},
         {4, {:u32, 7}},
         {5, {:u8, 3}},
         {6, {:u8, 2}},
         {7, {:u32, 9}}
       ],
       %{
         link: false,
         sqi: 5,
         sqi_max: 7,
         ext_state: :bad_signal_integrity,
         ext_substate: :bsi_unsupported_rate,
         ext_down_cnt: 9
       }},
      {Linkstate, [{5, {:u8, 4}}], %{ext_state: :no_cable, ext_substate: nil}},
      {Module, [{2, {:u8, 2}}, {3, {:u8, 1}}], %{power_mode_policy: :auto, power_mode: :low}},
      {ModuleEeprom, [{7, <<3, 4, 7>>}], %{data: <<3, 4, 7>>}},
      {PhcVclocks, [{2, {:u32, 2}}, {3, {:u32s, [4, 5]}}], %{num: 2, index: [4, 5]}},
      {Tsinfo,
       [
         {6, [{1, {:u32, 1}}, {2, {:u64, 2}}, {3, {:u32, 3}}, {4, {:u32, 4}}]},
         {8, {:u32, 2}},
         {9, {:u32, 3}}
       ], %{hwtstamp_source: :phylib, hwtstamp_phyindex: 3}},
      {Tsconfig,
       [
         {2, [{1, {:u32, 1}}, {2, {:u32, 1}}]},
         {3, set(2, 2)},
         {4, set(2, 1)},
         {5, set(1, 1)}
       ],
       %{
         tx_types: ["on"],
         rx_filters: ["none"],
         hwtstamp_flags: ["bonded-phc-index"],
         hwtstamp_provider: %Tsinfo.HwtstampProvider{index: 1, qualifier: :approx}
       }},
      {Coalesce,
       [
         {29, [{1, [{1, {:u32, 2}}, {2, {:u32, 8}}, {3, {:u32, 4}}]}, {1, [{1, {:u32, 9}}]}]},
         {24, {:u8, 1}},
         {26, {:u32, 4096}},
         {31, {:u32, 5}}
       ],
       %{
         rx_profile: [
           %Coalesce.IrqModeration{usec: 2, pkts: 8, comps: 4},
           %Coalesce.IrqModeration{usec: 9}
         ],
         use_cqe_mode_tx: true,
         tx_aggr_max_bytes: 4096,
         rx_cqe_frames: 5
       }},
      {Pse,
       [
         {2, {:u32, 3}},
         {4, {:u32, 4}},
         {5, {:u32, 2}},
         {7, {:u32, 7}},
         {8, {:u32, 4}},
         {9, {:u32, 12_000}},
         {10, {:u32, 8}},
         {11, {:u32, 1}},
         {12, {:u32, 30_000}},
         {13, [{1, {:u32, 1000}}, {2, {:u32, 15_400}}]},
         {13, [{1, {:u32, 20_000}}, {2, {:u32, 30_000}}]},
         {14, {:u32, 1}},
         {15, {:u32, 2}},
         {16, {:u32, 0}}
       ],
       %{
         podl_pse_admin_state: :enabled,
         podl_pse_pw_d_status: :delivering,
         c33_pse_admin_state: :disabled,
         c33_pse_pw_d_status: :otherfault,
         c33_pse_pw_class: 4,
         c33_pse_actual_pw: 12_000,
         c33_pse_ext_state: :power_not_available,
         c33_pse_ext_substate: :power_not_available_budget_exceeded,
         c33_pse_avail_pw_limit: 30_000,
         c33_pse_pw_limit_ranges: [
           %Pse.PwLimit{min: 1000, max: 15_400},
           %Pse.PwLimit{min: 20_000, max: 30_000}
         ],
         pse_pw_d_id: 1,
         pse_prio_max: 2,
         pse_prio: 0
       }},
      {Pse.Ntf, [{2, {:u32, 0x25}}], %{events: [:over_current, :detection, :over_budget]}},
      {Rss,
       [
         {2, {:u32, 1}},
         {3, {:u32, 1}},
         {4, {:u32s, [0, 1, 2, 3]}},
         {5, <<9, 8, 7>>},
         {6, {:u32, 3}},
         {8, [{4, {:u32, 0xF0}}, {9, {:u32, 0x30}}]}
       ],
       %{
         context: 1,
         hfunc: :toeplitz,
         indir: [0, 1, 2, 3],
         hkey: <<9, 8, 7>>,
         input_xfrm: [:sym_xor, :sym_or_xor],
         flow_hash: %Rss.FlowHash{
           tcp4: [:ip_src, :ip_dst, :l4_b_0_1, :l4_b_2_3],
           sctp6: [:ip_src, :ip_dst]
         }
       }},
      {Plca,
       [
         {2, {:u16, 0x10}},
         {3, {:u8, 1}},
         {4, {:u8, 1}},
         {5, {:u32, 8}},
         {6, {:u32, 1}},
         {7, {:u32, 32}},
         {8, {:u32, 2}},
         {9, {:u32, 128}}
       ],
       %{
         version: 16,
         enabled: true,
         status: true,
         node_cnt: 8,
         node_id: 1,
         to_tmr: 32,
         burst_cnt: 2,
         burst_tmr: 128
       }},
      {Mm,
       [
         {2, {:u8, 1}},
         {3, {:u8, 1}},
         {4, {:u8, 0}},
         {5, {:u32, 124}},
         {6, {:u32, 60}},
         {7, {:u8, 1}},
         {8, {:u8, 4}},
         {9, {:u32, 10}},
         {10, {:u32, 128}},
         {11, for(n <- 2..7, do: {n, {:u64, n}})}
       ],
       %{
         pmac_enabled: true,
         tx_enabled: true,
         tx_active: false,
         tx_min_frag_size: 124,
         rx_min_frag_size: 60,
         verify_enabled: true,
         verify_status: :failed,
         verify_time: 10,
         max_verify_time: 128,
         stats: %Mm.Counters{
           reassembly_errors: 2,
           smd_errors: 3,
           reassembly_ok: 4,
           rx_frag_count: 5,
           tx_frag_count: 6,
           hold_count: 7
         }
       }},
      {Phy,
       [
         {2, {:u32, 1}},
         {3, "drv\0"},
         {4, "phy0\0"},
         {5, {:u32, 1}},
         {6, {:u32, 2}},
         {7, "sfp1\0"},
         {8, "sfp2\0"}
       ],
       %{
         index: 1,
         drvname: "drv",
         name: "phy0",
         upstream_type: :phy,
         upstream_index: 2,
         upstream_sfp_name: "sfp1",
         downstream_sfp_name: "sfp2"
       }},
      {Mse,
       [
         {2, [{1, {:u32, 511}}, {2, {:u32, 63}}, {3, {:u64, 1_000_000}}, {4, {:u32, 16}}]},
         {3, [{1, {:u32, 1}}, {2, {:u32, 2}}, {3, {:u64, 3}}]},
         {7, [{1, {:u32, 4}}]},
         {8, [{1, {:u32, 5}}]}
       ],
       %{
         capabilities: %Mse.Capabilities{
           max_average_mse: 511,
           max_peak_mse: 63,
           refresh_rate_ps: 1_000_000,
           num_symbols: 16
         },
         channel_a: %Mse.Snapshot{average_mse: 1, peak_mse: 2, worst_peak_mse: 3},
         worst_channel: %Mse.Snapshot{average_mse: 4},
         link: %Mse.Snapshot{average_mse: 5}
       }},
      {CableTest,
       [
         {2, {:u8, 2}},
         {3,
          [
            {1, [{1, {:u8, 0}}, {2, {:u8, 1}}, {3, {:u32, 1}}]},
            {1, [{1, {:u8, 1}}, {2, {:u8, 2}}]},
            {2, [{1, {:u8, 1}}, {2, {:u32, 1234}}, {3, {:u32, 2}}]}
          ]}
       ],
       %{
         status: :completed,
         nest: %CableTest.Nest{
           result: [
             %CableTest.Result{pair: :a, code: :ok, src: :tdr},
             %CableTest.Result{pair: :b, code: :open}
           ],
           fault_length: [%CableTest.FaultLength{pair: :b, cm: 1234, src: :alcd}]
         }
       }},
      {CableTestTdr,
       [
         {2, {:u8, 1}},
         {3,
          [
            {1, [{1, {:u32, 0}}, {2, {:u32, 200}}, {3, {:u32, 100}}]},
            {3, [{1, {:s16, 1000}}]},
            {2, [{1, {:u8, 3}}, {2, {:s16, -5}}]},
            {2, [{1, {:u8, 3}}, {2, {:s16, 6}}]}
          ]}
       ],
       %{
         status: :started,
         nest: %CableTestTdr.Nest{
           step: [%CableTestTdr.Step{first_distance: 0, last_distance: 200, step_distance: 100}],
           pulse: [%CableTestTdr.Pulse{mv: 1000}],
           amplitude: [
             %CableTestTdr.Amplitude{pair: :d, mv: -5},
             %CableTestTdr.Amplitude{pair: :d, mv: 6}
           ]
         }
       }},
      {ModuleFwFlash, [{4, {:u32, 4}}, {5, "failed\0"}, {6, {:u32, 10}}, {7, {:u64, 20}}],
       %{status: :error, status_msg: "failed", done: 10, total: 20}},
      {Stats, statistics(),
       %{
         src: :pmac,
         groups: %{
           "eth-mac" => %Stats.Group{
             id: 1,
             ss_id: :stats_eth_mac,
             stats: %{"FramesTransmittedOK" => 5, "SingleCollisionFrames" => 6, 99 => 7}
           },
           "rmon" => %Stats.Group{
             id: 3,
             ss_id: :stats_rmon,
             stats: %{"etherStatsUndersizePkts" => 8},
             hist_rx: [
               %Stats.Bucket{low: 0, high: 64, val: 1},
               %Stats.Bucket{low: 65, high: 127, val: 2}
             ],
             hist_tx: [%Stats.Bucket{low: 0, high: 64, val: 3}]
           }
         }
       }}
    ]
  end

  # A statistic is a nest with one attribute, whose number is that of the statistic, from 0.
  defp statistics do
    bucket = fn low, high, value -> [{7, {:u32, low}}, {8, {:u32, high}}, {9, {:u64, value}}] end

    [
      {5, {:u32, 2}},
      {4,
       [{2, {:u32, 1}}, {3, {:u32, 18}}] ++
         for({n, value} <- [{0, 5}, {1, 6}, {99, 7}], do: {4, [{n, {:u64, value}}]})},
      {4,
       [
         {2, {:u32, 3}},
         {3, {:u32, 20}},
         {5, bucket.(0, 64, 1)},
         {5, bucket.(65, 127, 2)},
         {6, bucket.(0, 64, 3)},
         {4, [{0, {:u64, 8}}]}
       ]}
    ]
  end
end
