defmodule Linx.Netlink.Rtnl.EncapTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Encap
  alias Linx.Netlink.Rtnl.Encap.{Bpf, Ioam6, Ip, Mpls, Rpl, Seg6, Seg6Local, TunnelOpts}
  alias Linx.Netlink.Rtnl.{Nexthop, Route}

  doctest Encap
  doctest Mpls
  doctest TunnelOpts

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  test "every type has its number and its module" do
    for {type, opts} <- [
          mpls: [labels: [16]],
          ip: [dst: "192.0.2.1"],
          ila: [locator: 7],
          ip6: [dst: "2001:db8::1"],
          seg6: [segments: ["fd00::1"]],
          seg6_local: [action: :end],
          rpl: [segments: ["fd00::1"]],
          ioam6: [type: 0x800000, size: 12],
          xfrm: [if_id: 7]
        ] do
      assert {:ok, {^type, %module{} = encap}} = Encap.new({type, opts})
      assert Encap.new(encap) == {:ok, {type, encap}}

      route = %Route{encap_type: type, encap: encap}
      assert %Route{encap_type: ^type, encap: read} = reread(route)
      assert module.encode(read) == module.encode(encap)

      nexthop = %Nexthop{encap_type: type, encap: encap}
      assert %Nexthop{encap: ^read} = nexthop |> Nexthop.encode() |> Nexthop.decode()
    end

    bpf = %Bpf{xmit: %Bpf.Program{fd: 7, name: "push"}}
    assert Encap.new(bpf) == {:ok, {:bpf, bpf}}
  end

  defp reread(route), do: route |> Route.encode() |> Route.decode()

  # RTA_ENCAP as `ip route add ... encap ...` of iproute2 6.1 sends it, recorded by strace.
  @sent [
    # seg6 mode encap segs fd91::1,fd92::1
    {{:seg6, segments: ["fd91::1", "fd92::1"]},
     ~X"""
     30 00 01 00  01 00 00 00  00 04 04 01  01 00 00 00
                  fd 92 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
     """},
    # seg6 mode inline segs fd91::1,fd92::1
    {{:seg6, mode: :inline, segments: ["fd91::1", "fd92::1"]},
     ~X"""
     40 00 01 00  00 00 00 00  00 06 04 02  02 00 00 00
                  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
                  fd 92 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
     """},
    # seg6 mode encap segs fd91::1 hmac 7
    {{:seg6, segments: ["fd91::1"], hmac: 7},
     ~X"""
     48 00 01 00  01 00 00 00  00 07 04 00  00 08 00 00
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  05 26 00 00  00 00 00 07  00 00 00 00  00 00 00 00
                  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
                  00 00 00 00  00 00 00 00
     """},
    # seg6local action End.X nh6 fd00::2 flavors psp
    {{:seg6_local, action: :end_x, nh6: "fd00::2", flavors: [:psp]},
     ~X"""
     08 00 01 00  02 00 00 00
     14 00 05 00  fd 00 00 00  00 00 00 00  00 00 00 00  00 00 00 02
     0c 00 0b 80  08 00 01 00  02 00 00 00
     """},
    # seg6local action End.DT6 table 254 count
    {{:seg6_local, action: :end_dt6, table: 254, count: true},
     ~X"""
     08 00 01 00  07 00 00 00
     08 00 03 00  fe 00 00 00
     28 00 0a 80
     0c 00 02 00  00 00 00 00  00 00 00 00
     0c 00 03 00  00 00 00 00  00 00 00 00
     0c 00 04 00  00 00 00 00  00 00 00 00
     """},
    # seg6local action End.B6.Encaps srh segs fd91::1,fd92::1
    {{:seg6_local, action: :end_b6_encap, segments: ["fd91::1", "fd92::1"]},
     ~X"""
     08 00 01 00  0a 00 00 00
     2c 00 02 00  00 04 04 01  01 00 00 00
                  fd 92 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
     """},
    # seg6local action End.B6 srh segs fd91::1,fd92::1
    {{:seg6_local, action: :end_b6, segments: ["fd91::1", "fd92::1"]},
     ~X"""
     08 00 01 00  09 00 00 00
     3c 00 02 00  00 06 04 02  02 00 00 00
                  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
                  fd 92 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
     """},
    # rpl segs fd91::1,fd92::1
    {{:rpl, segments: ["fd91::1", "fd92::1"]},
     ~X"""
     2c 00 01 00  00 04 03 02  00 00 00 00
                  fd 92 00 00  00 00 00 00  00 00 00 00  00 00 00 01
                  fd 91 00 00  00 00 00 00  00 00 00 00  00 00 00 01
     """},
    # ioam6 freq 1/5 mode encap tundst fd00::9 trace prealloc type 0x800000 ns 1 size 12
    {{:ioam6,
      mode: :encap, dst: "fd00::9", type: 0x800000, namespace: 1, size: 12, freq_k: 1, freq_n: 5},
     ~X"""
     08 00 04 00  01 00 00 00
     08 00 05 00  05 00 00 00
     05 00 01 00  02 00 00 00
     14 00 02 00  fd 00 00 00  00 00 00 00  00 00 00 00  00 00 00 09
     0c 00 03 00  00 01 00 03  80 00 00 00
     """},
    # xfrm if_id 7
    {{:xfrm, if_id: 7}, ~X"08 00 01 00  07 00 00 00"}
  ]

  test "an encapsulation encodes to the attributes that ip sends" do
    for {option, sent} <- @sent do
      {:ok, {_type, %module{} = encap}} = Encap.new(option)

      assert {option, Enum.sort(Attr.decode(module.encode(encap)))} ==
               {option, Enum.sort(Attr.decode(sent))}
    end
  end

  test "an invalid encapsulation is an error" do
    for {encap, reason} <- [
          {:mpls, {:bad_option, :encap, :mpls}},
          {{:nonsense, []}, {:bad_option, :encap, {:nonsense, []}}},
          {{:bpf, []}, {:bad_option, :encap, {:bpf, []}}},
          {%Route{}, {:bad_option, :encap, %Route{}}},
          {{:mpls, []}, {:missing_option, :labels}},
          {{:mpls, labels: []}, {:bad_option, :labels, []}},
          {{:mpls, labels: [0x100000]}, {:bad_option, :labels, 0x100000}},
          {{:mpls, labels: [16], bogus: 1}, {:unknown_option, :bogus}},
          {{:ip, dst: "fd00::1"}, {:bad_option, :dst, "fd00::1"}},
          {{:ip6, dst: "fd00"}, {:bad_address, "fd00"}},
          {{:seg6, segments: []}, {:bad_option, :segments, []}},
          {{:seg6, segments: ["10.0.0.1"]}, {:bad_option, :segments, "10.0.0.1"}},
          {{:seg6, segments: ["fd00::1"], mode: :wrap}, {:bad_mode, :wrap}},
          {{:seg6_local, []}, {:missing_option, :action}},
          {{:rpl, segments: []}, {:bad_option, :segments, []}},
          {{:ioam6, type: 1, size: 5}, {:bad_option, :size, 5}}
        ] do
      assert {encap, Encap.new(encap)} == {encap, {:error, reason}}
    end
  end

  test "the last label of a stack has the bottom-of-stack bit" do
    assert {:ok, {:mpls, mpls}} = Encap.new({:mpls, labels: [16, 0xFFFFF]})

    assert Mpls.encode(mpls) ==
             <<12::native-16, 1::native-16, 16::20, 0::12, 0xFFFFF::20, 0x100::12>>

    assert Mpls.labels(mpls) == [16, 0xFFFFF]
    assert Mpls.labels(%Mpls{}) == []
  end

  test "a segment routing header contains the segments in reverse order" do
    {:ok, {:rpl, rpl}} = Encap.new({:rpl, segments: ["fd01::1", "fd02::2"]})
    assert Rpl.segments(rpl) == [ip("fd01::1"), ip("fd02::2")]

    segments = ["fd01::1", "fd02::2"]
    {:ok, {:seg6, seg6}} = Encap.new({:seg6, segments: segments})

    assert seg6.srh ==
             <<1::native-32, 0, 4, 4, 1, 1, 0, 0::16>> <>
               ip("fd02::2").bytes <> ip("fd01::1").bytes

    assert Seg6.mode(seg6) == :encap
    assert Seg6.segments(seg6) == Enum.map(segments, &ip/1)
  end

  test "an inline header has an additional segment for the destination" do
    {:ok, {:seg6, seg6}} = Encap.new({:seg6, segments: ["fd01::1"], mode: :inline})
    assert seg6.srh == <<0::native-32, 0, 4, 4, 1, 1, 0, 0::16, 0::128>> <> ip("fd01::1").bytes
    assert Seg6.segments(seg6) == [ip("fd01::1")]
  end

  test "the HMAC TLV of a header follows the segments" do
    {:ok, {:seg6, seg6}} = Encap.new({:seg6, segments: ["fd01::1"], hmac: 7})

    assert seg6.srh ==
             <<1::native-32, 0, 7, 4, 0, 0, 8, 0::16>> <>
               ip("fd01::1").bytes <> <<5, 38, 0::16, 7::32, 0::256>>

    assert Seg6.segments(seg6) == [ip("fd01::1")]
  end

  test "a truncated header has the segments that it contains completely" do
    {:ok, {:seg6, seg6}} = Encap.new({:seg6, segments: ["fd01::1", "fd02::2"]})
    {:ok, {:rpl, rpl}} = Encap.new({:rpl, segments: ["fd01::1", "fd02::2"]})

    for size <- 0..byte_size(seg6.srh) do
      assert length(Seg6.segments(%Seg6{srh: binary_part(seg6.srh, 0, size)})) ==
               max(div(size - 12, 16), 0)
    end

    for size <- 0..byte_size(rpl.srh) do
      assert length(Rpl.segments(%Rpl{srh: binary_part(rpl.srh, 0, size)})) ==
               max(div(size - 8, 16), 0)
    end

    assert {Seg6.mode(%Seg6{}), Seg6.segments(%Seg6{})} == {nil, []}
    assert Rpl.segments(%Rpl{}) == []
    assert Seg6.mode(%Seg6{srh: <<99::native-32>>}) == 99
  end

  test "more segments than a header can contain are refused" do
    assert {:ok, _} = Encap.new({:seg6, segments: List.duplicate("fd00::1", 127)})
    assert {:error, _} = Encap.new({:seg6, segments: List.duplicate("fd00::1", 128)})
    assert {:ok, _} = Encap.new({:rpl, segments: List.duplicate("fd00::1", 127)})
    assert {:error, _} = Encap.new({:rpl, segments: List.duplicate("fd00::1", 128)})
  end

  test "an endpoint's action has its counters, flavors and segments" do
    {:ok, {:seg6_local, encap}} =
      Encap.new({:seg6_local, action: :end, flavors: [:psp, :usd], count: true})

    assert %Seg6Local{
             counters: %Seg6Local.Counters{packets: 0, bytes: 0, errors: 0},
             flavors: %Seg6Local.Flavors{operation: 0xA}
           } = encap

    for {action, count} <- [end_b6: 2, end_b6_encap: 1] do
      {:ok, {:seg6_local, encap}} =
        Encap.new({:seg6_local, action: action, segments: ["fd01::1"]})

      assert byte_size(encap.srh) == 8 + 16 * count
      assert Seg6Local.segments(encap) == [ip("fd01::1")]
      assert Seg6Local.segments(Seg6Local.decode(Seg6Local.encode(encap))) == [ip("fd01::1")]
    end
  end

  test "a trace has its namespace, the data to record and their size" do
    {:ok, {:ioam6, encap}} =
      Encap.new({:ioam6, mode: :encap, dst: "fd00::1", type: 0x800000, namespace: 1, size: 12})

    assert %Ioam6{trace: <<1::16, 0, 3, 0x80, 0, 0, 0>>} = encap
    assert Ioam6.decode(Ioam6.encode(encap)).mode == :encap
  end

  test "GENEVE options of a tunnel are encoded one by one and decoded together" do
    options = for n <- 1..2, do: {0x102, n, <<n::32>>}
    {:ok, {:ip, encap}} = Encap.new({:ip, id: 7, flags: [:key], opts: TunnelOpts.geneve(options)})
    assert %Ip{id: 7, flags: [:key], opts: opts} = Ip.decode(Ip.encode(encap))
    assert [_, _] = opts.geneve
    assert TunnelOpts.geneve_options(opts) == options

    # Linux reports all options in one nested attribute.
    inner = for {c, t, d} <- options, pair <- [{1, <<c::16>>}, {2, <<t>>}, {3, d}], do: pair
    opts = TunnelOpts.decode(Attr.encode([{1, Attr.encode(inner)}]))
    assert TunnelOpts.geneve_options(opts) == options
    assert TunnelOpts.geneve_options(%TunnelOpts{}) == []
  end
end
