defmodule Linx.Netlink.Rtnl.Vlan.FixturesTest do
  # VLANs, spanning trees and counters as a kernel sent them: test/fixtures/bridges.exs has
  # the commands and the bytes.
  use ExUnit.Case, async: true

  import Bitwise, only: [band: 2]

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Link, Stats, Vlan}
  alias Linx.Netlink.Rtnl.Link.{BridgeMst, BridgeTunnel, BridgeVlan}
  alias Linx.Netlink.Rtnl.Vlan.{Entry, Info, TunnelInfo}

  # The bytes are little-endian.
  if System.endianness() == :big, do: @moduletag(:skip)

  # The size of the header in front of the attributes, and the tree of nested attributes.
  @shapes %{
    Vlan => {8, %{1 => %{4 => %{}, 5 => %{}}, 2 => %{16 => %{2 => :router}, 17 => %{}}}},
    Stats =>
      {12,
       %{
         2 => %{1 => %{}, 2 => %{1 => %{}}},
         3 => %{1 => %{}, 2 => %{1 => %{}}},
         4 => %{2 => %{3 => %{}}},
         5 => %{28 => %{}}
       }},
    Link => {16, %{12 => %{}, 26 => %{3 => %{}, 6 => %{1 => %{}}}}}
  }

  test "each object has the options that it was created with" do
    [
      v0,
      vx0,
      counted,
      global,
      bridge,
      port,
      offload,
      mpls,
      bond,
      bond_port,
      trees,
      mapped
    ] = for {_command, module, bytes} <- fixtures(), do: module.decode(bytes)

    assert for(it <- v0.entry, do: {Vlan.vids(it), it.info.flags, it.state, it.mcast_router}) == [
             {1..1, [:pvid, :untagged], :forwarding, :temp_query},
             {10..10, [], :forwarding, :temp_query},
             {11..11, [], :blocking, :temp_query},
             {12..12, [], :forwarding, :temp_query},
             {20..20, [:untagged], :forwarding, :perm}
           ]

    assert for(it <- v0.entry, it.mcast_n_groups > 0, do: it.info.vid) == [1, 20]

    assert [_, %Entry{info: %Info{vid: 13}, range: 15, tunnel_info: %TunnelInfo{id: 5013}}] =
             vx0.entry

    assert for(
             %{stats: it, info: info} <- counted.entry,
             info.vid >= 10,
             do: {info.vid, it.rx_packets, it.rx_bytes, it.tx_packets}
           ) ==
             [{10, 2, 100, 0}, {11, 0, 0, 0}, {12, 0, 0, 0}, {20, 5, 200, 0}]

    assert for(
             it <- global.global_options,
             do: {Vlan.vids(it), it.mcast_igmp_version, it.mcast_querier}
           ) == [
             {1..1, 2, false},
             {10..11, 3, true},
             {12..15, 2, false},
             {20..20, 2, false}
           ]

    assert %{mcast_querier_state: state, mcast_router_ports: %{router: [router]}} =
             List.last(global.global_options)

    assert {"#{state.ip_address}", "#{state.ipv6_address}"} == {"10.0.0.9", "fe80::77"}
    assert {state.ip_port, state.ipv6_port, router.ifindex, router.vid} == {4, 4, 4, 20}

    assert %Stats{filter_mask: 3, link_xstats: %{bond: nil, bridge: %{stp: nil, mcast: %{}} = it}} =
             bridge

    assert Enum.map(it.vlan, & &1.vid) == [1, 10, 11, 12, 13, 14, 15, 20]

    assert [[:master, :pvid, :untagged, :brentry], [:master, :brentry], [:master] | _] =
             Enum.map(it.vlan, & &1.flags)

    assert %Stats{filter_mask: 5, link_xstats_slave: %{bridge: %{stp: %{}, mcast: mcast} = it}} =
             port

    assert %{igmp_v2queries_rx: 1, igmp_v2reports_rx: 3, mld_v1queries_rx: 1} = mcast
    assert %{rx_packets: 2, rx_bytes: 100, flags: []} = Enum.find(it.vlan, &(&1.vid == 10))

    assert %Stats{link: nil, link_offload_xstats: %{cpu_hit: nil} = it} = offload
    assert it.hw_s_info.l3_stats == %Stats.Offload.HwInfo{request: true, used: false}
    assert it.l3_stats == struct(Stats.Offload.Hw64)

    assert %{rx_packets: 4, rx_noroute: 4, rx_bytes: 216, tx_packets: 3} = mpls.af_spec.mpls.link

    for xstats <- [bond.link_xstats, bond_port.link_xstats_slave] do
      assert %{bridge: nil, bond: %{"3ad": lacp}} = xstats
      assert %{marker_rx: 2, marker_resp_tx: 2, lacpdu_unknown_rx: 3, lacpdu_illegal_rx: 0} = lacp
    end

    assert %Link{family: 7, name: "y0", master: 11, protinfo: %{vlan_tunnel: true}, af_spec: it} =
             trees

    assert it.mst == [
             %BridgeMst{msti: 0, state: :forwarding},
             %BridgeMst{msti: 7, state: :blocking},
             %BridgeMst{msti: 9, state: :disabled}
           ]

    assert it.vlan_tunnel_info == [
             %BridgeTunnel{id: 5013, vid: 13, flags: [:range_begin]},
             %BridgeTunnel{id: 5015, vid: 15, flags: [:range_end]},
             %BridgeTunnel{id: 5020, vid: 20, flags: []}
           ]

    assert %BridgeVlan{vid: 13, flags: [:range_begin]} in it.vlan_info

    assert for(it <- mapped.global_options, do: {Vlan.vids(it), it.msti}) == [
             {1..1, 0},
             {13..15, 7},
             {20..20, 9},
             {21..21, 0}
           ]
  end

  test "all attributes that the kernel sent are kept by decoding and encoding" do
    for {command, module, bytes} <- fixtures() do
      object = module.decode(bytes)
      again = module.encode(object)

      assert {command, module.decode(again)} == {command, object}
      assert {command, tree(module, again)} == {command, tree(module, bytes)}
    end
  end

  test "a truncated message decodes or raises ArgumentError" do
    for {_command, module, bytes} <- fixtures(), size <- 0..byte_size(bytes) do
      assert decode(module, binary_part(bytes, 0, size)) in [module, ArgumentError]
    end
  end

  test "a message with a truncated attribute decodes or raises ArgumentError" do
    for {_command, module, bytes} <- fixtures(),
        {at, shape} = @shapes[module],
        {header, attributes} = :erlang.split_binary(bytes, at),
        cut <- cuts(attributes, shape) do
      assert decode(module, header <> cut) in [module, ArgumentError]
    end
  end

  # Each attribute truncated to every length. The lengths of the enclosing attributes are correct.
  defp cuts(bytes, shape) do
    attributes = Attr.decode(bytes)

    for {{type, payload}, at} <- Enum.with_index(attributes),
        shorter <-
          for(size <- 0..byte_size(payload), do: binary_part(payload, 0, size)) ++
            inner(shape, type, payload) do
      Attr.encode(List.replace_at(attributes, at, {type, shorter}))
    end
  end

  defp inner(shape, type, payload) do
    case shape[band(type, 0x3FFF)] do
      %{} = shape -> cuts(payload, shape)
      _leaf -> []
    end
  end

  # The attributes and the nested ones, without flags in their types, sorted by ID.
  defp tree(module, bytes) do
    {at, shape} = @shapes[module]
    {header, attributes} = :erlang.split_binary(bytes, at)
    {header, tree_of(attributes, shape)}
  end

  defp tree_of(bytes, shape) do
    for {type, payload} <- Attr.decode(bytes), id = band(type, 0x3FFF) do
      case shape[id] do
        %{} = shape -> {id, tree_of(payload, shape)}
        # An index precedes the attributes: the size alone is compared.
        :router -> {id, byte_size(payload)}
        nil -> {id, payload}
      end
    end
    |> Enum.sort_by(&elem(&1, 0))
  end

  defp decode(module, bytes) do
    module.decode(bytes).__struct__
  rescue
    error -> error.__struct__
  end

  defp fixtures do
    {fixtures, _} = Code.eval_file("test/fixtures/bridges.exs")

    for {command, text} <- fixtures do
      module =
        cond do
          command =~ ~r/^ip stats/ -> Stats
          command =~ ~r/^bridge mst/ -> Link
          true -> Vlan
        end

      {command, module, text |> String.replace(~r/\s/, "") |> Base.decode64!()}
    end
  end
end
