defmodule Linx.Netlink.Rtnl.Encap.CapturedTest do
  # Encapsulations as a kernel sent them. test/fixtures/encaps.exs has the commands and the bytes.
  use ExUnit.Case, async: true

  import Bitwise, only: [band: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Encap, Nexthop, Route}

  alias Linx.Netlink.Rtnl.Encap.{
    Ila,
    Ioam6,
    Ip,
    Ip6,
    Mpls,
    Rpl,
    Seg6,
    Seg6Local,
    TunnelOpts,
    Xfrm
  }

  # The bytes are little-endian.
  if System.endianness() == :big, do: @moduletag(:skip)

  # RTA_ENCAP and NHA_ENCAP.
  @ids %{Route => 22, Nexthop => 8}

  test "each encapsulation decodes to the values that it was created with" do
    [
      mpls,
      ip,
      ip6,
      geneve,
      vxlan,
      erspan,
      hops,
      xfrm,
      ila,
      seg6,
      inline,
      end_x,
      flavors,
      b6,
      dt46,
      rpl,
      ioam6,
      label,
      propagate,
      nexthop,
      tunnel
    ] = for {_command, module, bytes} <- fixtures(), do: module.decode(bytes)

    assert %Mpls{dst: [0x64000, 0xC8100], ttl: 9} = encap(mpls, :mpls)
    assert Mpls.labels(encap(mpls, :mpls)) == [100, 200]

    assert encap(ip, :ip) == %Ip{
             id: 42,
             dst: ip!("192.0.2.7"),
             src: ip!("192.0.2.1"),
             ttl: 9,
             tos: 8,
             flags: [:csum, :key, :seq]
           }

    assert encap(ip6, :ip6) == %Ip6{
             id: 42,
             dst: ip!("2001:db8::7"),
             src: ip!("2001:db8::1"),
             hoplimit: 9,
             tc: 8,
             flags: []
           }

    assert %Ip{flags: [:geneve_opt], opts: opts} = encap(geneve, :ip)

    assert TunnelOpts.geneve_options(opts) ==
             [{0x102, 0x80, <<1, 2, 3, 4>>}, {0x103, 0x81, <<10, 11, 12, 13>>}]

    assert %Ip{flags: [:vxlan_opt], opts: opts} = encap(vxlan, :ip)
    assert opts == %TunnelOpts{vxlan: %TunnelOpts.Vxlan{gbp: 5}}

    assert %Ip6{flags: [:erspan_opt], opts: opts} = encap(erspan, :ip6)
    assert opts == %TunnelOpts{erspan: %TunnelOpts.Erspan{ver: 1, index: 9}}

    assert for(hop <- Route.paths(hops), do: Mpls.labels(encap(hop, :mpls))) == [[100], [200]]
    assert %Xfrm{if_id: 7, link: link} = encap(xfrm, :xfrm)
    assert is_integer(link)

    assert encap(ila, :ila) == %Ila{
             locator: 0x2001_0DB8_0000_0001,
             csum_mode: :adjust_transport,
             ident_type: :luid,
             hook_type: :route_output
           }

    two = [ip!("fd91::1"), ip!("fd92::1")]
    assert {Seg6.mode(encap(seg6, :seg6)), Seg6.segments(encap(seg6, :seg6))} == {:encap, two}

    assert {Seg6.mode(encap(inline, :seg6)), Seg6.segments(encap(inline, :seg6))} ==
             {:inline, two}

    assert encap(end_x, :seg6_local) == %Seg6Local{action: :end_x, nh6: ip!("fd00::2")}

    assert encap(flavors, :seg6_local) == %Seg6Local{
             action: :end,
             counters: %Seg6Local.Counters{packets: 0, bytes: 0, errors: 0},
             flavors: %Seg6Local.Flavors{
               operation: [:psp, :next_csid],
               lcblock_bits: 48,
               lcnode_fn_bits: 16
             }
           }

    assert Seg6Local.segments(encap(b6, :seg6_local)) == two
    assert encap(dt46, :seg6_local) == %Seg6Local{action: :end_dt46, vrftable: 77}
    assert Rpl.segments(encap(rpl, :rpl)) == two

    assert %Ioam6{mode: :encap, freq_k: 1, freq_n: 5, trace: trace} = encap(ioam6, :ioam6)
    assert <<1::16, _nodelen, 3, 0x80, 0, 0, 0>> = trace
    assert encap(ioam6, :ioam6).dst == ip!("fd00::9")

    assert {Route.label(label), Mpls.labels(%Mpls{dst: label.mpls.newdst})} ==
             {100, [200, 300]}

    assert {Route.label(propagate), propagate.mpls.ttl_propagate} == {101, false}
    assert Mpls.labels(nexthop.encap) == [300]
    assert %Nexthop{encap_type: :ip, encap: %Ip{id: 42}} = tunnel
  end

  defp encap(%{encap_type: type, encap: encap}, type), do: encap

  test "all attributes that the kernel sent are kept by decoding and encoding" do
    for {command, module, bytes} <- fixtures() do
      object = module.decode(bytes)
      again = module.encode(object)

      assert {command, module.decode(again)} == {command, object}
      assert {command, leaves(module, again)} == {command, leaves(module, bytes)}
    end
  end

  # The attributes of a message and of its encapsulation, without NLA_F_NESTED.
  defp leaves(module, bytes) do
    at = if module == Route, do: 12, else: 8
    {header, attributes} = :erlang.split_binary(bytes, at)

    {header, for({id, payload} <- attributes(attributes), do: {id, leaf(module, id, payload)})}
  end

  # The order of the attributes of next hops differs from the kernel's: sizes alone are compared.
  defp leaf(Route, 9, hops), do: byte_size(hops)

  defp leaf(module, id, payload),
    do: if(id == @ids[module], do: deep(attributes(payload)), else: payload)

  # LWTUNNEL_IP_OPTS, SEG6_LOCAL_COUNTERS and SEG6_LOCAL_FLAVORS are nested attributes: the IDs in
  # them are compared.
  defp deep(attributes) do
    for {id, payload} <- attributes do
      {id, if(id in [8, 10, 11] and byte_size(payload) > 4, do: ids(payload), else: payload)}
    end
  end

  # Omits SEG6_LOCAL_CNT_PAD, which is empty.
  defp ids(payload), do: for({id, data} <- attributes(payload), data != <<>>, do: id)

  defp attributes(bytes) do
    Enum.sort(for {type, payload} <- Attr.decode(bytes), do: {band(type, 0x3FFF), payload})
  end

  test "a truncated message decodes or raises ArgumentError" do
    for {_command, module, bytes} <- fixtures(), size <- 0..byte_size(bytes) do
      case decode(module, binary_part(bytes, 0, size)) do
        %^module{} -> :ok
        ArgumentError -> :ok
      end
    end
  end

  test "a truncated encapsulation in a complete message decodes or raises ArgumentError" do
    for {command, module, bytes} <- fixtures(),
        at = if(module == Route, do: 12, else: 8),
        {header, rest} = :erlang.split_binary(bytes, at),
        attributes = Attr.decode(rest),
        {type, encap} <- attributes,
        band(type, 0x3FFF) == @ids[module],
        size <- 0..byte_size(encap) do
      cut = List.keyreplace(attributes, type, 0, {type, binary_part(encap, 0, size)})

      case decode(module, header <> Attr.encode(cut)) do
        %^module{} = object ->
          # The accessors of a truncated encapsulation do not raise.
          %inner{} = encap = encap_of(object)

          for {fun, 1} <- inner.__info__(:functions),
              fun in [:labels, :mode, :segments],
              do: apply(inner, fun, [encap])

          assert {command, {:nested, inner} in Map.values(Encap.__table__())} == {command, true}

        ArgumentError ->
          assert size > 0
      end
    end
  end

  defp encap_of(%Route{encap: encap}), do: encap
  defp encap_of(%Nexthop{encap: encap}), do: encap

  defp decode(module, bytes) do
    module.decode(bytes)
  rescue
    error -> error.__struct__
  end

  defp ip!(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  defp fixtures do
    {fixtures, _} = Code.eval_file("test/fixtures/encaps.exs")

    for {command, text} <- fixtures do
      module = if command =~ ~r/^nexthop/, do: Nexthop, else: Route
      {command, module, text |> String.replace(~r/\s/, "") |> Base.decode64!()}
    end
  end
end
