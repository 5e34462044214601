defmodule Linx.Netlink.Rtnl.Tc.FilterTest do
  # Filters as a kernel sends them: bytes by hand, from its headers.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Tc.{Ematch, Filter}
  alias Linx.Netlink.Rtnl.Tc.Filter.{Flower, Handle, U32}
  alias Linx.Test.Captured

  doctest Filter
  doctest Ematch
  doctest Handle
  doctest U32

  # struct tcmsg: the root qdisc 1:, prio 10, IPv4.
  @header <<0, 0::24, 2::native-32, 1::native-32, 0x10000::native-32, 0x08::8, 0, 10::native-16>>

  defp filter(kind, options) do
    @header <>
      Attr.encode([{1, kind <> <<0>>}, {11, <<3::native-32>>}, {2, Attr.encode(options)}])
  end

  test "a filter is decoded, cut and extended" do
    bytes =
      filter("matchall", [
        {1, <<0x10010::native-32>>},
        {3, <<8::native-32>>},
        {4, <<7::native-64>>}
      ])

    filter = Captured.check(Filter, bytes)
    assert {Filter.prio(filter), Filter.protocol(filter), filter.chain} == {10, :ip, 3}

    assert %Filter.Matchall{classid: 0x10010, flags: [:not_in_hw], pcnt: %{rhit: 7}} =
             filter.options
  end

  test "keys of flower are decoded, cut and extended" do
    geneve = Attr.encode([{1, <<0x0102::16>>}, {2, <<0x80>>}, {3, <<1, 2, 3, 4>>}])

    bytes =
      filter("flower", [
        {8, <<0x0800::16>>},
        {9, <<6>>},
        {10, <<10, 0, 0, 0>>},
        {11, <<255, 0, 0, 0>>},
        {87, <<80::16>>},
        {88, <<90::16>>},
        {91, <<10::native-16>>},
        {92, <<11::native-16>>},
        {99, Attr.encode([{1, Attr.encode([{1, <<2>>}, {5, <<77::native-32>>}])}])},
        {84, Attr.encode([{0x8001, geneve}])}
      ])

    assert %Filter{options: %Flower{} = flower} = Captured.check(Filter, bytes)
    assert {flower.key_eth_type, flower.key_ip_proto} == {:ip, :tcp}
    assert to_string(flower.key_ipv4_src_mask) == "255.0.0.0"
    assert {flower.key_port_src_min, flower.key_port_src_max} == {80, 90}
    assert flower.key_ct_state == [:established, :tracked]
    assert flower.key_ct_state_mask == [:new, :established, :tracked]
    assert [%Flower.Lse{depth: 2, label: 77}] = flower.key_mpls_opts
    assert [%{class: 0x0102, type: 0x80, data: <<1, 2, 3, 4>>}] = flower.key_enc_opts.geneve
  end

  test "keys of u32 are decoded, cut and extended" do
    key = <<0xFFFF::32, 22::32, 20::native-32, -1::native-32>>
    sel = <<5, 6, 1, 0, 0x0F00::16, 4::native-16, 0::native-16, 12::native-16, 0xFF::32>>
    bytes = filter("u32", [{5, sel <> key}, {9, <<9::native-64, 3::native-64, 4::native-64>>}])
    assert %Filter{options: %U32{} = u32} = Captured.check(Filter, bytes)

    assert %U32.Sel{
             flags: [:terminal, :varoffset],
             offshift: 6,
             offmask: 0x0F00,
             off: 4,
             hoff: 12
           } = U32.sel(u32)

    assert U32.keys(u32) == [%U32.Key{mask: 0xFFFF, val: 22, off: 20, offmask: -1}]
    assert U32.hits(u32) == {9, 3, [4]}
    assert U32.keys(%U32{sel: binary_part(sel <> key, 0, 31)}) == []
    assert {U32.sel(%U32{}), U32.hits(%U32{})} == {nil, nil}
  end

  test "extended matches of any bytes are an expression or none" do
    {:ok, %Ematch{list: list}} =
      Ematch.cast({:or, [{:meta, :nfmark, :eq, 1}, {:and, [{:nbyte, "abcd"}, {:text, "abcd"}]}]})

    for entry <- list, length <- 0..byte_size(entry) do
      cut =
        for other <- list, do: if(other == entry, do: binary_part(entry, 0, length), else: other)

      assert is_tuple(Ematch.expression(%Ematch{list: cut})) or
               Ematch.expression(%Ematch{list: cut}) == nil
    end

    # A container that refers to itself, to an earlier place and to none.
    for to <- [0, 1, 9] do
      container = <<0::native-16, 0::native-16, 0::native-16, 0::16, to::native-32>>
      first = <<0::native-16, 3::native-16, 1::native-16, 0::16, 0::128>>
      assert Ematch.expression(%Ematch{list: [first, container]}) == nil
    end

    assert Ematch.expression(nil) == nil
  end
end
