defmodule Linx.Namespace.Generic.Ethtool.RequestsTest do
  # Requests for settings that no device here has: the bytes that are sent, by the kernel's definitions in
  # include/uapi/linux/ethtool_netlink.h. The running kernel takes the attributes where it has the command,
  # and refuses the link.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Batch, Error, Generic, Message, Socket}
  alias Linx.Netlink.Generic.Ethtool

  setup %{ns: ns, path: path} do
    ip!(ns, "link add va type veth peer name vb")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # A request for a batch: its command, its attributes without the link, and the kernel's answer.
  defp sent(sock, request) do
    {:ok, [result]} =
      Batch.run(sock, fn batch ->
        {:ok, %Message{} = message} = request.(batch)
        send(self(), {:sent, message.payload})
        [{:ok, message}]
      end)

    assert_received {:sent, payload}
    <<command, 1, 0::16, attrs::binary>> = IO.iodata_to_binary(payload)
    [{0x8001, link} | attrs] = Attr.decode(attrs)
    assert {2, "va\0"} in Attr.decode(link)
    {command, attrs, result}
  end

  defp u32(n), do: <<n::native-32>>
  # A bitmap without mask.
  defp bitmap(size, value), do: Attr.encode([{1, ""}, {2, u32(size)}, {4, u32(value)}])

  defp switches(bits) do
    bits =
      for {name, on} <- bits,
          do: {0x8001, Attr.encode([{2, name <> "\0"}] ++ if(on, do: [{3, ""}], else: []))}

    Attr.encode([{0x8003, Attr.encode(bits)}])
  end

  defp modes(sock, set) do
    {:ok, %{sets: sets}} = Ethtool.get(sock, :strset, nil, sets: [set])
    length(Map.fetch!(sets, set))
  end

  # `{topic, command, option, value, number of the attribute, payload}`.
  @settings [
    {:linkmodes, 5, :master_slave_cfg, :master_preferred, 7, <<2>>},
    {:linkmodes, 5, :lanes, 4, 9, <<4::native-32>>},
    {:linkmodes, 5, :speed, 100_000, 5, <<100_000::native-32>>},
    {:wol, 10, :sopass, "secret", 3, "secret"},
    {:rings, 16, :rx_buf_len, 2048, 10, <<2048::native-32>>},
    {:rings, 16, :cqe_size, 64, 12, <<64::native-32>>},
    {:rings, 16, :tx_push, true, 13, <<1>>},
    {:rings, 16, :rx_push, false, 14, <<0>>},
    {:rings, 16, :tx_push_buf_len, 96, 15, <<96::native-32>>},
    {:rings, 16, :hds_thresh, 100, 17, <<100::native-32>>},
    {:channels, 18, :other_count, 2, 8, <<2::native-32>>},
    {:coalesce, 20, :use_cqe_mode_tx, true, 24, <<1>>},
    {:coalesce, 20, :use_cqe_mode_rx, true, 25, <<1>>},
    {:coalesce, 20, :tx_aggr_max_bytes, 7, 26, <<7::native-32>>},
    {:coalesce, 20, :tx_aggr_max_frames, 8, 27, <<8::native-32>>},
    {:coalesce, 20, :tx_aggr_time_usecs, 9, 28, <<9::native-32>>},
    {:coalesce, 20, :rx_cqe_frames, 4, 31, <<4::native-32>>},
    {:coalesce, 20, :rx_cqe_nsecs, 5, 32, <<5::native-32>>},
    {:pause, 22, :autoneg, true, 2, <<1>>},
    {:eee, 24, :enabled, true, 5, <<1>>},
    {:eee, 24, :tx_lpi_enabled, false, 6, <<0>>},
    {:eee, 24, :tx_lpi_timer, 30, 7, <<30::native-32>>},
    {:module, 35, :power_mode_policy, :auto, 2, <<2>>},
    {:pse, 37, :podl_pse_admin_control, :enabled, 3, <<3::native-32>>},
    {:pse, 37, :c33_pse_admin_control, :disabled, 6, <<2::native-32>>},
    {:pse, 37, :c33_pse_avail_pw_limit, 15_400, 12, <<15_400::native-32>>},
    {:pse, 37, :pse_prio, 1, 16, <<1::native-32>>},
    {:rss, 48, :context, 2, 2, <<2::native-32>>},
    {:rss, 48, :hfunc, :xor, 3, <<2::native-32>>},
    {:rss, 48, :indir, [0, 1], 4, <<0::native-32, 1::native-32>>},
    {:rss, 48, :indir, [], 4, ""},
    {:rss, 48, :hkey, <<1, 2, 3>>, 5, <<1, 2, 3>>},
    {:rss, 48, :input_xfrm, [:sym_xor], 6, <<1::native-32>>},
    {:plca_cfg, 40, :enabled, true, 3, <<1>>},
    {:plca_cfg, 40, :node_cnt, 8, 5, <<8::native-32>>},
    {:plca_cfg, 40, :node_id, 1, 6, <<1::native-32>>},
    {:plca_cfg, 40, :to_tmr, 32, 7, <<32::native-32>>},
    {:plca_cfg, 40, :burst_cnt, 2, 8, <<2::native-32>>},
    {:plca_cfg, 40, :burst_tmr, 128, 9, <<128::native-32>>},
    {:mm, 43, :pmac_enabled, true, 2, <<1>>},
    {:mm, 43, :tx_enabled, true, 3, <<1>>},
    {:mm, 43, :tx_min_frag_size, 124, 5, <<124::native-32>>},
    {:mm, 43, :verify_enabled, false, 7, <<0>>},
    {:mm, 43, :verify_time, 10, 9, <<10::native-32>>}
  ]

  # Errors by which a kernel says that it read the attributes: of the link, or of an attribute that is
  # newer than the kernel.
  @refusals [:eopnotsupp, :einval, :enodev, :enoent]

  test "numbers and names", %{sock: sock} do
    for {topic, command, option, value, attr, payload} <- @settings do
      {sent, attrs, result} = sent(sock, &Ethtool.set(&1, topic, "va", [{option, value}]))

      assert {topic, option, sent, attrs} == {topic, option, command, [{attr, payload}]}
      assert {:error, %Error{errno: errno}} = result
      assert {topic, option, errno in @refusals} == {topic, option, true}
    end
  end

  test "sets of bits", %{sock: sock} do
    eee = modes(sock, :link_modes)
    # Words of 32 bits.
    words = div(eee + 31, 32)
    mode = fn n -> <<1 * 2 ** n::little-size(words)-unit(32)>> end

    list = Attr.encode([{1, ""}, {2, u32(eee)}, {4, mode.(3)}])
    set = &sent(sock, fn batch -> Ethtool.set(batch, &1, "va", [{&2, &3}]) end)

    assert {24, [{0x8002, ^list}], {:error, %Error{errno: :eopnotsupp}}} =
             set.(:eee, :modes_ours, ["100baseT/Full"])

    bits = switches([{"1000baseT/Full", true}, {"100baseT/Half", false}])

    assert {24, [{0x8002, ^bits}], _} =
             set.(
               :eee,
               :modes_ours,
               Enum.take([{"1000baseT/Full", true}, {"100baseT/Half", false}], 2)
             )

    list = bitmap(modes(sock, :wol_modes), 0b100010)
    assert {10, [{0x8002, ^list}], {:error, _}} = set.(:wol, :modes, ["ucast", "magic"])
    bits = switches([{"magic", true}])
    assert {10, [{0x8002, ^bits}], {:error, _}} = set.(:wol, :modes, [{"magic", true}])
    bits = switches([{"legacy-rx", true}, {"vf", false}])

    assert {14, [{0x8002, ^bits}], {:error, _}} =
             set.(:privflags, :flags, [{"legacy-rx", true}, {"vf", false}])

    # The link has no flags: a list of names has none that there is.
    assert Ethtool.set(sock, :privflags, "va", flags: ["legacy-rx"]) ==
             {:error, {:bad_option, :flags, ["legacy-rx"]}}

    for {option, attr, set_of, name} <- [
          {:tx_types, 0x8003, :ts_tx_types, "on"},
          {:rx_filters, 0x8004, :ts_rx_filters, "all"}
        ] do
      list = bitmap(modes(sock, set_of), 0b10)
      assert {47, [{^attr, ^list}], {:error, _}} = set.(:tsconfig, option, [name])
    end

    bits = switches([{"bonded-phc-index", true}])

    assert {47, [{0x8005, ^bits}], {:error, _}} =
             set.(:tsconfig, :hwtstamp_flags, [{"bonded-phc-index", true}])
  end

  test "nests", %{sock: sock} do
    set = &sent(sock, fn batch -> Ethtool.set(batch, &1, "va", [{&2, &3}]) end)

    profile =
      Attr.encode([
        {0x8001, Attr.encode([{1, u32(2)}, {2, u32(8)}])},
        {0x8001, Attr.encode([{3, u32(4)}])}
      ])

    for {option, attr} <- [rx_profile: 0x801D, tx_profile: 0x801E] do
      assert {20, [{^attr, ^profile}], {:error, %Error{}}} =
               set.(:coalesce, option, [[usec: 2, pkts: 8], [comps: 4]])
    end

    provider = Attr.encode([{1, u32(3)}, {2, u32(1)}])

    assert {47, [{0x8002, ^provider}], {:error, _}} =
             set.(:tsconfig, :hwtstamp_provider, index: 3, qualifier: :approx)

    hash = Attr.encode([{4, u32(0xF0)}, {7, u32(0x30)}])

    assert {48, [{0x8008, ^hash}], {:error, _}} =
             set.(:rss, :flow_hash,
               tcp4: [:ip_src, :ip_dst, :l4_b_0_1, :l4_b_2_3],
               udp6: [:ip_src, :ip_dst]
             )
  end

  test "actions", %{sock: sock} do
    assert {26, [], {:error, %Error{errno: :eopnotsupp}}} =
             sent(sock, &Ethtool.cable_test(&1, "va"))

    cfg = Attr.encode([{1, u32(100)}, {2, u32(300)}, {3, u32(50)}, {4, <<2>>}])
    opts = [first: 100, last: 300, step: 50, pair: :c]

    assert {27, [{0x8002, ^cfg}], {:error, %Error{errno: :eopnotsupp}}} =
             sent(sock, &Ethtool.cable_test_tdr(&1, "va", opts))

    assert {27, [], {:error, _}} = sent(sock, &Ethtool.cable_test_tdr(&1, "va"))

    assert {44, [{2, "fw.bin\0"}, {3, <<9::native-32>>}], {:error, _}} =
             sent(sock, &Ethtool.flash_module(&1, "va", "fw.bin", password: 9))

    assert {49, [{4, <<3::native-32>>}], {:error, _}} =
             sent(sock, &Ethtool.create_rss(&1, "va", indir: [3]))

    assert {50, [{2, <<5::native-32>>}], {:error, _}} =
             sent(sock, &Ethtool.delete_rss(&1, "va", 5))

    for context <- [0, -1, nil],
        do:
          assert(
            Ethtool.delete_rss(sock, "va", context) ==
              {:error, {:bad_option, :context, context}}
          )
  end

  test "each option of each topic has a test that sets it", %{sock: _sock} do
    # The others are set on devices: test/namespace/generic/ethtool_test.exs and
    # test/namespace/generic/ethtool/devices_test.exs.
    here =
      for({topic, _, option, _, _, _} <- @settings, do: {topic, option}) ++
        [eee: :modes_ours, wol: :modes, privflags: :flags, rss: :flow_hash] ++
        for(
          option <- [:tx_types, :rx_filters, :hwtstamp_flags, :hwtstamp_provider],
          do: {:tsconfig, option}
        ) ++
        [coalesce: :rx_profile, coalesce: :tx_profile]

    elsewhere =
      Enum.map_join(["ethtool_test.exs", "ethtool/devices_test.exs"], fn file ->
        File.read!("test/namespace/generic/" <> file)
      end)

    for {name, %{set: set, module: module}} when set != nil <- Ethtool.__topics__(),
        {option, _row} <- module.__options__(),
        {name, option} not in here do
      assert {name, option, elsewhere =~ ~r/\b#{option}\b/} == {name, option, true}
    end
  end
end
