defmodule Linx.Netlink.Generic.EthtoolTest do
  # Messages as Linux 7.2 sent them, of a veth, a tap and netdevsim, without `struct nlmsghdr`.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Generic.Ethtool

  alias Linx.Netlink.Generic.Ethtool.{
    Bits,
    Bitset,
    Channels,
    Coalesce,
    Debug,
    Dev,
    Fec,
    Features,
    Linkinfo,
    Linkmodes,
    Linkstate,
    ModuleFwFlash,
    Monitor,
    Pause,
    Rings,
    Stats,
    Strset,
    Topic,
    Tsinfo,
    TunnelInfo,
    Wol
  }

  @captured [
    {Strset,
     ~X"""
     01010000 14000180 08000100 08000000 07000200 76610000 d8000280 d4000180
     08000100 0b000000 08000200 08000000 c0000380 14000180 08000100 00000000
     08000200 70687900 18000180 08000100 01000000 0a000200 75636173 74000000
     18000180 08000100 02000000 0a000200 6d636173 74000000 18000180 08000100
     03000000 0a000200 62636173 74000000 14000180 08000100 04000000 08000200
     61727000 18000180 08000100 05000000 0a000200 6d616769 63000000 1c000180
     08000100 06000000 10000200 6d616769 63736563 75726500 18000180 08000100
     07000000 0b000200 66696c74 65720000
     """},
    {Linkinfo,
     ~X"""
     02010000 14000180 08000100 08000000 07000200 76610000 05000200 00000000
     05000300 00000000 05000400 00000000 05000500 00000000 05000600 00000000
     """},
    {Linkmodes,
     ~X"""
     04010000 18000180 08000100 06000000 09000200 74617030 00000000 05000200
     01000000 34000380 08000200 7d000000 14000400 08200000 00000000 00000000
     00000000 14000500 00000000 00000000 00000000 00000000 08000500 10270000
     05000600 01000000 05000a00 00000000
     """},
    {Linkstate,
     ~X"""
     06010000 14000180 08000100 08000000 07000200 76610000 05000200 01000000
     """},
    {Debug,
     ~X"""
     07010000 18000180 08000100 06000000 09000200 74617030 00000000 18000280
     04000100 08000200 0f000000 08000400 05000000
     """},
    {Debug,
     ~X"""
     07010000 18000180 08000100 06000000 09000200 74617030 00000000 40000280
     04000100 08000200 0f000000 30000380 14000180 08000100 00000000 08000200
     64727600 18000180 08000100 02000000 09000200 6c696e6b 00000000
     """},
    {Features,
     ~X"""
     0b010000 14000180 08000100 08000000 07000200 76610000 24000280 08000200
     40000000 0c000400 e949dd4f 2e63000a 0c000500 ffffffff ffffffff 1c000380
     04000100 08000200 40000000 0c000400 e909dd4f 2e610000 1c000480 04000100
     08000200 40000000 0c000400 e909dd4f 2e610000 1c000580 04000100 08000200
     40000000 0c000400 00040000 00000000
     """},
    {Rings,
     ~X"""
     10010000 18000180 08000100 05000000 09000200 65746830 00000000 08000200
     00100000 08000600 00020000 08000300 00100000 08000700 00000000 08000400
     00100000 08000800 00000000 08000500 00100000 08000900 00020000 05000b00
     02000000 05000d00 00000000 05000e00 00000000 08001100 00000000 08001200
     00040000
     """},
    {Channels,
     ~X"""
     12010000 18000180 08000100 05000000 09000200 65746830 00000000 08000500
     04000000 08000900 04000000
     """},
    {Coalesce,
     ~X"""
     14010000 18000180 08000100 05000000 09000200 65746830 00000000 08000200
     07000000 08000300 00000000 08000400 00000000 08000500 00000000 08000600
     00000000 08000700 00000000 08000800 00000000 08000900 00000000 08000a00
     00000000 05000b00 00000000 05000c00 01000000 08000d00 00000000 08000e00
     00000000 08000f00 00000000 08001000 00000000 08001100 00000000 08001200
     00000000 08001300 00000000 08001400 00000000 08001500 00000000 08001600
     00000000 08001700 00000000 05001800 00000000 05001900 00000000 08001a00
     00000000 08001b00 00000000 08001c00 00000000 08001f00 00000000 08002000
     00000000
     """},
    {Pause,
     ~X"""
     16010000 18000180 08000100 05000000 09000200 65746830 00000000 05000200
     00000000 05000300 01000000 05000400 00000000 08000600 00000000 1c000580
     0c000200 02000000 00000000 0c000300 01000000 00000000
     """},
    {Tsinfo,
     ~X"""
     1a010000 18000180 08000100 05000000 09000200 65746830 00000000 18000280
     04000100 08000200 13000000 08000400 18000000 08000500 00000000 14000780
     08000100 00000000 08000200 00000000 08000800 01000000
     """},
    {TunnelInfo,
     ~X"""
     1d010000 18000180 08000100 05000000 09000200 65746830 00000000 a4000280
     4c000180 08000100 04000000 2c000280 04000100 08000200 03000000 1c000380
     18000180 08000100 00000000 0a000200 76786c61 6e000000 14000380 06000100
     12b60000 08000200 00000000 54000180 08000100 04000000 48000280 04000100
     08000200 03000000 38000380 18000180 08000100 01000000 0b000200 67656e65
     76650000 1c000180 08000100 02000000 0e000200 76786c61 6e2d6770 65000000
     """},
    {Fec,
     ~X"""
     1e010000 18000180 08000100 05000000 09000200 65746830 00000000 24000280
     04000100 08000200 7d000000 14000400 00000000 00000400 00000000 00000000
     05000300 00000000 08000400 32000000 bc000580 0c000200 7b000000 00000000
     0c000300 04000000 00000000 04000400 40000580 08000200 00000000 08000300
     00000000 08000400 bd010000 24000500 7d000000 00000000 78000000 00000000
     64000000 00000000 64000000 00000000 1c000580 08000200 01000000 08000300
     03000000 08000400 0c000000 40000580 08000200 04000000 08000300 07000000
     08000400 02000000 24000500 02000000 00000000 00000000 00000000 00000000
     00000000 00000000 00000000
     """},
    {Stats,
     ~X"""
     21010000 14000280 08000100 08000000 07000200 76610000 08000500 00000000
     14000480 08000200 01000000 08000300 12000000 14000480 08000200 03000000
     08000300 14000000
     """}
  ]

  # Names of some bits, as the kernel has them.
  @names %{
    link_modes:
      List.to_tuple(
        List.duplicate("", 3) ++ ["100baseT/Full"] ++ List.duplicate("", 9) ++ ["Pause"]
      ),
    msg_classes: {"drv", "probe", "link", "timer"},
    features: {"tx-scatter-gather", "tx-checksum-ipv4", "", "tx-checksum-ip-generic"},
    sof_timestamping: {"hardware-transmit", "software-transmit"},
    stats_std: {"eth-phy", "eth-mac", "eth-ctrl", "rmon"},
    stats_eth_mac: {"FramesTransmittedOK", "SingleCollisionFrames"}
  }

  defp sample(module), do: @captured |> Enum.find(&(elem(&1, 0) == module)) |> elem(1)

  defp read(module, bytes \\ nil) do
    struct = module.decode(bytes || sample(module))
    Topic.finish(struct, Ethtool.topic_of(module), @names)
  end

  test "captured messages are decoded" do
    assert %Strset{dev: %{index: 8, name: "va"}, sets: %{wol_modes: modes}} = read(Strset)
    assert modes == ~w(phy ucast mcast bcast arp magic magicsecure filter)

    assert %Linkinfo{port: :tp, phyaddr: 0, tp_mdix: :invalid, transceiver: :internal} =
             read(Linkinfo)

    assert %Linkmodes{
             speed: 10_000,
             duplex: :full,
             autoneg: true,
             peer: nil,
             rate_matching: :none
           } = modes = read(Linkmodes)

    assert modes.ours == %{supported: [], advertised: ["100baseT/Full", "Pause"]}
    assert %Linkstate{link: true, ext_state: nil} = read(Linkstate)
    assert %Debug{dev: %Dev{name: "tap0"}, msgmask: ["drv", "link"]} = read(Debug)

    features = read(Features)
    assert Enum.take(features.active, 4) == ["tx-scatter-gather", "tx-checksum-ip-generic", 5, 6]
    assert Enum.take(features.hw, 3) == ["tx-scatter-gather", "tx-checksum-ip-generic", 5]
    assert features.nochange == [10]

    assert %Rings{
             rx_max: 4096,
             rx: 512,
             tx: 512,
             tcp_data_split: :enabled,
             hds_thresh_max: 1024,
             tx_push: false
           } = read(Rings)

    assert %Channels{combined_max: 4, combined_count: 4, rx_max: nil} = read(Channels)

    assert %Coalesce{rx_usecs: 7, use_adaptive_tx: true, use_adaptive_rx: false, rx_profile: nil} =
             read(Coalesce)

    assert %Pause{rx: true, tx: false, stats_src: :aggregate, stats: counters} = read(Pause)
    assert {counters.tx_frames, counters.rx_frames} == {2, 1}
    assert %Tsinfo{timestamping: [3, 4], phc_index: 0, hwtstamp_source: :netdev} = read(Tsinfo)

    assert %TunnelInfo{udp_ports: [%{types: ["vxlan"], entries: [entry]}, second]} =
             read(TunnelInfo)

    assert {entry.port, entry.type, second.types} == {4790, :vxlan, ["geneve", "vxlan-gpe"]}

    assert %Fec{modes: [50], auto: false, active: 50, stats: fec} = read(Fec)
    assert {fec.corrected, fec.uncorr, fec.corr_bits} == {[123], [4], []}

    assert [%{bin_low: 0, bin_high: 0, bin_val: 445, bin_val_per_lane: [125, 120, 100, 100]} | _] =
             fec.hist

    assert %Stats{src: :aggregate, groups: %{"eth-mac" => _, "rmon" => %{stats: %{}}}} =
             read(Stats)
  end

  test "verbose and compact sets of bits are the same" do
    [compact, verbose] = for {Debug, bytes} <- @captured, do: bytes
    assert read(Debug, compact) == read(Debug, verbose)
  end

  test "cut anywhere, a message is a struct or an ArgumentError" do
    for {module, bytes} <- @captured, size <- 0..byte_size(bytes) do
      try do
        assert is_struct(read(module, binary_part(bytes, 0, size)), module)
      rescue
        ArgumentError -> :ok
      end
    end
  end

  test "a notification is an event with names" do
    for {number, module, op} <- Ethtool.__family__().events do
      assert {:ok, %Ethtool.Event{op: ^op} = event} = Monitor.decode(op, struct(module), 0)
      assert is_integer(number)
      assert %Ethtool.Event{resource: resource} = Monitor.event(event, %{names: @names})
      assert is_struct(resource, module)
    end

    {:ok, event} = Monitor.decode(:debug_ntf, Debug.decode(sample(Debug)), 0)
    assert %{resource: %Debug{msgmask: ["drv", "link"]}} = Monitor.event(event, %{names: @names})

    # A message that is not declared, and one without a command.
    for {payload, op} <- [{<<200, 1>>, 200}, {"", 0}] do
      {:ok, event} = Monitor.decode(%Message{type: 20, payload: payload})
      assert %Ethtool.Event{op: ^op, resource: %Message{}} = Monitor.event(event, %{names: %{}})
    end
  end

  test "unknown attributes change nothing" do
    unknown = Attr.encode([{0x3FF0, <<1, 2, 3>>}, {0xBFF1, Attr.encode([{1, "x"}])}])

    for {module, <<head::binary-4, attrs::binary>> = bytes} <- @captured do
      assert read(module, head <> unknown <> attrs <> unknown) == read(module, bytes)
    end
  end

  test "unknown values of speed and duplex are nil" do
    bytes = <<4, 1, 0::16>> <> Attr.encode([{5, <<0xFFFFFFFF::32>>}, {6, <<0xFF>>}])
    assert %{speed: nil, duplex: nil} = read(Linkmodes, bytes)
    bytes = <<4, 1, 0::16>> <> Attr.encode([{5, <<2500::native-32>>}, {6, <<0>>}])
    assert %{speed: 2500, duplex: :half} = read(Linkmodes, bytes)
  end

  test "sets of bits are written as the kernel reads them" do
    # One bit by name on, one by number off: a set of changes.
    assert Attr.decode(Bitset.encode(Bits.change([{"rx-gro", true}, {14, false}]))) ==
             [
               {0x8003,
                Attr.encode([
                  {0x8001, Attr.encode([{2, "rx-gro\0"}, {3, ""}])},
                  {0x8001, Attr.encode([{1, <<14::native-32>>}])}
                ])}
             ]

    # A bitmap without mask: these and no others.
    {:ok, set} = Bits.only(["c", 40], List.to_tuple(~w(a b c) ++ List.duplicate("", 38)))

    assert Attr.decode(Bitset.encode(set)) ==
             [{1, ""}, {2, <<41::native-32>>}, {4, <<4::native-32, 256::native-32>>}]

    assert Bits.only(["d"], {"a"}) == {:error, "d"}
    assert Bits.only([1], {"a"}) == {:error, 1}
    assert {:ok, %Bitset{size: 0, value: ""}} = Bits.only([], {})

    assert Bits.named(Bitset.decode(Bitset.encode(Bits.list(["a", 7]))), nil, :list) == ["a", 7]
    assert Bits.named(%Bitset{}, nil, :list) == []

    # Words of a wrong length.
    odd = %Bitset{value: <<1, 2>>, mask: <<255>>}
    assert Bits.named(odd, nil, :enabled) == %{supported: [], enabled: []}
  end

  test "passwords are not shown" do
    wol = %Wol{dev: %Dev{name: "eth0"}, sopass: "secret"}
    refute inspect(wol) =~ "secret"
    refute inspect({:error, [wol]}, limit: :infinity) =~ "secret"
    assert inspect(wol) =~ "eth0"
    refute inspect(%{wol | dev: :broken}) =~ "secret"
    refute inspect(%ModuleFwFlash{password: 123_456_789}) =~ "123456789"
  end

  test "each topic declares its commands, options and struct" do
    for {name, topic} <- Ethtool.__topics__() do
      assert Code.ensure_loaded?(topic.module)
      assert topic.name == name
      assert %{commands: %{}} = Ethtool.__family__()
      assert is_map_key(Ethtool.__family__().commands, topic.get)
      assert topic.set == nil or function_exported?(topic.module, :__options__, 0)
      assert Map.has_key?(struct(topic.module), :dev)
      fields = Map.keys(struct(topic.module))
      for {field, _} <- topic.bits, do: assert(field in fields)

      if topic.set,
        do: for({option, _} <- topic.module.__options__(), do: assert(option in fields))
    end
  end
end
