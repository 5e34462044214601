defmodule Linx.Namespace.Rtnl.EncapTest do
  # Lightweight tunnels. An encapsulation that this kernel lacks is reported as not tested.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.{Encap, Nexthop, Route}
  alias Linx.Netlink.Rtnl.Encap.{Mpls, Rpl, Seg6, Seg6Local, TunnelOpts}

  # Of these encapsulations, kernels outside the virtual machine have segment routing at most.
  @everywhere [:seg6, :seg6_local]

  setup %{ns: ns, path: path} do
    modules!(~w(mpls_router mpls_iptunnel ila))
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add vx0 type vxlan external dstport 4789")
    for link <- ~w(lo v0 v1 vx0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  for {text, dst, gateway, opts, expected} <- [
        {"an MPLS label stack", "10.9.0.0/16", "10.0.0.2",
         [encap: {:mpls, labels: [100, 200], ttl: 9}],
         %{"encap" => "mpls", "dst" => "100/200", "ttl" => 9}},
        {"a tunnel over IPv4", "10.9.0.0/16", nil,
         [
           dev: "vx0",
           encap:
             {:ip,
              id: 42,
              dst: "192.0.2.7",
              src: "192.0.2.1",
              ttl: 9,
              tos: 8,
              flags: [:key, :csum, :seq]}
         ],
         %{
           "encap" => "ip",
           "id" => 42,
           "dst" => "192.0.2.7",
           "src" => "192.0.2.1",
           "ttl" => 9,
           "tos" => 8,
           "key" => true,
           "csum" => true,
           "seq" => true
         }},
        {"a tunnel over IPv6", "10.9.0.0/16", nil,
         [
           dev: "vx0",
           encap: {:ip6, id: 42, dst: "2001:db8::7", src: "2001:db8::1", hoplimit: 9, tc: 8}
         ],
         %{
           "encap" => "ip6",
           "id" => 42,
           "dst" => "2001:db8::7",
           "src" => "2001:db8::1",
           "hoplimit" => 9,
           "tc" => 8
         }},
        {"an ILA locator", "fd09::/64", "fd00::9",
         [
           encap:
             {:ila,
              locator: 0x2001_0DB8_0000_0001,
              csum_mode: :adjust_transport,
              ident_type: :luid,
              hook_type: :route_output}
         ],
         %{
           "encap" => "ila",
           "locator" => "2001:db8:0:1",
           "csum_mode" => "adj-transport",
           "ident_type" => "luid",
           "hook_type" => "output"
         }},
        {"an SRv6 segment list", "fd09::/64", nil,
         [dev: "v0", encap: {:seg6, segments: ["fd91::1", "fd92::1"]}],
         %{"encap" => "seg6", "mode" => "encap", "segs" => ["fd91::1", "fd92::1"]}},
        {"an inline SRv6 segment list", "fd09::/64", nil,
         [dev: "v0", encap: {:seg6, mode: :inline, segments: ["fd91::1", "fd92::1"]}],
         %{"encap" => "seg6", "mode" => "inline", "segs" => ["fd91::1", "fd92::1", "::"]}},
        {"the SRv6 behavior End.X", "fd09::1/128", nil,
         [dev: "v0", encap: {:seg6_local, action: :end_x, nh6: "fd00::2"}],
         %{"encap" => "seg6local", "action" => "End.X", "nh6" => "fd00::2"}},
        {"an RPL source route", "fd09::/64", nil,
         [dev: "v0", encap: {:rpl, segments: ["fd91::1"]}],
         %{"encap" => "rpl", "segs" => ["fd91::1"]}},
        {"an IOAM trace", "fd09::/64", nil,
         [dev: "v0", encap: {:ioam6, type: 0x800000, namespace: 1, size: 12}],
         %{"encap" => "ioam6", "mode" => "inline", "type" => "800000", "ns" => 1, "size" => 12}},
        {"an XFRM interface ID", "10.9.0.0/16", nil, [dev: "v0", encap: {:xfrm, if_id: 7}],
         %{"encap" => "xfrm", "if_id" => 7}}
      ] do
    unless elem(opts[:encap], 0) in @everywhere, do: @tag(:vm)

    test "#{text} of a route is listed and written again", %{ns: ns, sock: sock} do
      [dst, length] = String.split(unquote(dst), "/")
      opts = unquote(Macro.escape(opts))

      case Route.add(sock, dst, String.to_integer(length), unquote(gateway), opts) do
        :ok ->
          {:ok, {type, encap}} = Encap.new(opts[:encap])
          assert {:ok, [route]} = Route.list(sock, protocol: :boot)
          assert route.encap_type == type
          assert comparable(route.encap) == comparable(reread(encap))
          assert shown?(ns, unquote(dst), unquote(Macro.escape(expected)))

          # The listed route is added again, and ip shows it as before.
          assert Route.delete(sock, route) == :ok
          assert Route.add(sock, route) == :ok
          assert shown?(ns, unquote(dst), unquote(Macro.escape(expected)))

        {:error, error} ->
          # The other fields of the error depend on the route that was sent.
          assert %Error{errno: :eopnotsupp} = error
          IO.puts(:stderr, "\nNot tested: this kernel has no routes with #{unquote(text)}.")
      end
    end
  end

  # Linux 6.18 may fault on tunnel options, and then holds its rtnetlink lock for ever: the test
  # is skipped there and on versions close to it.
  if :os.version() >= {6, 13, 0} and :os.version() < {7, 2, 0},
    do: @tag(skip: "tunnel options may cause a fault in Linux 6.18")

  @tag :vm
  test "options of GENEVE, VXLAN and ERSPAN are listed and written again", %{ns: ns, sock: sock} do
    geneve = TunnelOpts.geneve([{0x102, 0x80, <<1, 2, 3, 4>>}, {0x103, 0x81, <<10, 11, 12, 13>>}])
    vxlan = %TunnelOpts{vxlan: %TunnelOpts.Vxlan{gbp: 5}}
    erspan = %TunnelOpts{erspan: %TunnelOpts.Erspan{ver: 2, dir: 1, hwid: 7}}
    indexed = %TunnelOpts{erspan: %TunnelOpts.Erspan{ver: 1, index: 9}}

    geneve_json =
      ~s("geneve_opts":[{"class":258,"type":128,"data":"01020304"},) <>
        ~s({"class":259,"type":129,"data":"0a0b0c0d"}])

    for {dst, encap, json} <- [
          {"10.9.0.0", {:ip, id: 42, dst: "192.0.2.7", opts: geneve}, geneve_json},
          {"10.10.0.0", {:ip, id: 42, dst: "192.0.2.7", opts: vxlan},
           ~s("vxlan_opts":[{"gbp":5}])},
          {"10.11.0.0", {:ip, id: 42, dst: "192.0.2.7", opts: erspan},
           ~s("erspan_opts":[{"ver":2,"index":0,"dir":1,"hwid":7}])},
          {"10.12.0.0", {:ip6, id: 42, dst: "2001:db8::7", opts: indexed},
           ~s("erspan_opts":[{"ver":1,"index":9,"dir":0,"hwid":0}])}
        ] do
      assert Route.add(sock, dst, 16, nil, dev: "vx0", encap: encap) == :ok
      assert ip!(ns, "-json route show #{dst}/16") =~ json

      # The listed route is added again, and ip shows it as before.
      assert {:ok, [route]} = Route.list(sock, protocol: :boot)
      assert Route.delete(sock, route) == :ok
      assert Route.add(sock, writable(route)) == :ok
      assert ip!(ns, "-json route show #{dst}/16") =~ json
      assert Route.delete(sock, route) == :ok
    end
  end

  # The kernel reports all GENEVE options in one attribute, and accepts one option an attribute.
  defp writable(%{encap: %{opts: %{geneve: [_ | _]} = opts}} = route),
    do:
      put_in(
        route.encap.opts,
        opts |> TunnelOpts.geneve_options() |> TunnelOpts.geneve()
      )

  defp writable(route), do: route

  for {text, encap, expected} <- [
        {"an SRv6 segment list with an HMAC", {:seg6, segments: ["fd91::1"], hmac: 7},
         [mode: "encap", segs: ["fd91::1"], hmac: "0x7"]},
        {"an SRv6 segment list around frames", {:seg6, mode: :l2encap, segments: ["fd91::1"]},
         [mode: "l2encap", segs: ["fd91::1"]]},
        {"a reduced SRv6 segment list",
         {:seg6, mode: :encap_red, segments: ["fd91::1", "fd92::1"]},
         [mode: "encap.red", segs: ["fd91::1", "fd92::1"]]},
        {"the SRv6 behavior End.T with a table", {:seg6_local, action: :end_t, table: 254},
         [action: "End.T", table: "main"]},
        {"the SRv6 behavior End.DX4 with an IPv4 next hop",
         {:seg6_local, action: :end_dx4, nh4: "10.0.0.9"}, [action: "End.DX4", nh4: "10.0.0.9"]},
        {"the SRv6 behavior End.DX6 with an IPv6 next hop",
         {:seg6_local, action: :end_dx6, nh6: "fd00::9"}, [action: "End.DX6", nh6: "fd00::9"]},
        {"the SRv6 behavior End.DT46 with a VRF", {:seg6_local, action: :end_dt46, vrftable: 77},
         [action: "End.DT46", vrftable: "77"]},
        {"the SRv6 behavior End.DX2 with a link", {:seg6_local, action: :end_dx2, oif: 1},
         [action: "End.DX2", oif: "lo"]},
        {"the SRv6 behavior End.B6.Encaps with a segment list",
         {:seg6_local, action: :end_b6_encap, segments: ["fd91::1", "fd92::1"], hmac: 7},
         [action: "End.B6.Encaps", segs: ["fd91::1", "fd92::1"], hmac: "0x7"]},
        {"the SRv6 behavior End with the flavor PSP",
         {:seg6_local, action: :end, flavors: [:psp]}, [action: "End", flavors: ["psp"]]},
        {"the SRv6 behavior End with compressed segments",
         {:seg6_local, action: :end, flavors: [:next_csid], lcblock_bits: 48, lcnode_fn_bits: 16},
         [action: "End", flavors: ["next-csid"], lblen: 48, nflen: 16]},
        {"the SRv6 behavior End with counters", {:seg6_local, action: :end, count: true},
         [action: "End", packets: 0, bytes: 0, errors: 0]},
        {"a reduced SRv6 segment list around frames",
         {:seg6, mode: :l2encap_red, segments: ["fd91::1"]},
         [mode: "l2encap.red", segs: ["fd91::1"]]},
        {"the SRv6 behavior End.DT6 with a table", {:seg6_local, action: :end_dt6, table: 77},
         [action: "End.DT6", table: "77"]},
        {"the SRv6 behavior End.B6 with an inline segment list",
         {:seg6_local, action: :end_b6, segments: ["fd91::1"]},
         [action: "End.B6", segs: ["fd91::1", "::"]]},
        {"a tunnel over IPv6 with flags", {:ip6, id: 7, flags: [:csum, :key, :seq]},
         [id: 7, csum: true, key: true, seq: true]},
        {"an ILA locator for received packets",
         {:ila,
          locator: 1, csum_mode: :neutral_map_auto, ident_type: :luid, hook_type: :route_input},
         [
           locator: "0:0:0:1",
           csum_mode: "neutral-map-auto",
           ident_type: "luid",
           hook_type: "input"
         ]},
        {"an ILA locator without checksum adjustment",
         {:ila, locator: 1, csum_mode: :no_action, ident_type: :luid},
         [csum_mode: "no-action", ident_type: "luid", hook_type: "output"]},
        {"an XFRM interface ID on a link", {:xfrm, if_id: 7, link: 1},
         [if_id: 7, link_dev: "lo"]},
        {"an IOAM trace in mode auto",
         {:ioam6, mode: :auto, dst: "fd00::9", type: 0x800000, size: 4},
         [mode: "auto", tundst: "fd00::9", size: 4]},
        {"an IOAM trace of one packet in five",
         {:ioam6,
          mode: :encap,
          dst: "fd00::9",
          type: 0x800000,
          namespace: 1,
          size: 12,
          freq_k: 1,
          freq_n: 5},
         [mode: "encap", tundst: "fd00::9", type: "800000", ns: 1, size: 12, freqk: 1, freqn: 5]}
      ] do
    unless elem(encap, 0) in @everywhere and not (text =~ "VRF"), do: @tag(:vm)

    test "#{text} of a route is listed and written again", %{ns: ns, sock: sock} do
      if unquote(text) =~ "VRF" do
        ip!(ns, "link add vrf0 type vrf table 77")
        exec!(ns, "sysctl", "-qw net.vrf.strict_mode=1")
      end

      case Route.add(sock, "fd09::", 64, nil, dev: "v0", encap: unquote(Macro.escape(encap))) do
        :ok ->
          assert shown?(ns, "fd09::/64", unquote(expected))
          assert {:ok, [route]} = Route.list(sock, protocol: :boot)
          assert Route.delete(sock, route) == :ok
          assert Route.add(sock, route) == :ok
          assert shown?(ns, "fd09::/64", unquote(expected))

        {:error, error} ->
          assert %Error{errno: :eopnotsupp} = error
          IO.puts(:stderr, "\nNot tested: this kernel has no routes with #{unquote(text)}.")
      end
    end
  end

  # The ip of Debian 12 does not show these attributes: the bytes of the kernel are compared.
  for {since, encap, id, bytes} <- [
        {{4, 10, 0}, {:ip, id: 7, dst: "192.0.2.7", flags: [:dont_fragment]}, 6, <<0x100::16>>},
        {{7, 2, 0}, {:seg6, segments: ["fd91::1"], src: "fd00::1"}, 2, <<0xFD00::16, 1::112>>},
        {{6, 12, 0},
         {:ioam6, mode: :encap, dst: "fd00::9", src: "fd00::1", type: 0x800000, size: 12}, 6,
         <<0xFD00::16, 1::112>>}
      ] do
    if elem(encap, 0) == :ioam6, do: @tag(:vm)

    test "the kernel reports the attribute of #{inspect(encap)}", %{sock: sock} do
      {dst, length} =
        if unquote(elem(encap, 0)) == :ip, do: {"10.9.0.0", 16}, else: {"fd09::", 64}

      opts = [dev: "v0", encap: unquote(Macro.escape(encap))]

      case Route.add(sock, dst, length, nil, opts) do
        :ok ->
          if :os.version() >= unquote(Macro.escape(since)),
            do: assert(List.keyfind(encap(sock), unquote(id), 0) == {unquote(id), unquote(bytes)})

        {:error, error} ->
          assert %Error{errno: :eopnotsupp} = error

          IO.puts(
            :stderr,
            "\nNot tested: this kernel has no routes with #{inspect(opts[:encap])}."
          )
      end
    end
  end

  # RTA_ENCAP of the route that was added, undecoded.
  defp encap(sock) do
    {:ok, messages} = Request.talk(sock, 26, 0x300, <<0::96>>)

    [encap] =
      for %{payload: <<_::binary-12, attrs::binary>>} <- messages,
          {type, encap} <- Attr.decode(attrs),
          type in [22, 0x8016],
          do: Attr.decode(encap)

    encap
  end

  # Asserts that `ip` shows the encapsulation. The output is compared as text: the encapsulation
  # and the route both have a `dst`, of which a decoded map holds only one.
  defp shown?(ns, dst, expected) do
    flag = if dst =~ ":", do: "-6", else: "-4"
    text = ip!(ns, ["-json", "-statistics", flag, "route", "show", dst])
    # Newer versions of ip show the encapsulation in an object of its own.
    text = String.replace(text, ~s("encap_type":), ~s("encap":))

    for {key, value} <- expected do
      assert text =~ json(key, value), "#{key} #{inspect(value)} is not in #{text}"
    end
  end

  defp json(key, list) when is_list(list),
    do: ~s("#{key}":[#{Enum.map_join(list, ",", &~s("#{&1}"))}])

  defp json(key, text) when is_binary(text), do: ~s("#{key}":"#{text}")
  defp json(key, value), do: ~s("#{key}":#{value})

  defp reread(%module{} = encap), do: module.decode(module.encode(encap))

  # The value to compare, without fields that the kernel adds.
  defp comparable(%Encap.Ip6{} = encap), do: %{encap | flags: encap.flags || []}
  defp comparable(%Seg6{} = encap), do: {Seg6.mode(encap), Seg6.segments(encap)}
  defp comparable(%Seg6Local{} = encap), do: {encap.action, encap.nh6}
  defp comparable(%Rpl{} = encap), do: Rpl.segments(encap)
  defp comparable(%Encap.Ioam6{} = encap), do: {encap.mode, byte_size(encap.trace)}
  defp comparable(encap), do: encap

  @tag :vm
  test "next hops and nexthop objects have encapsulations", %{sock: sock} do
    hops = [
      [gateway: "10.0.0.2", encap: {:mpls, labels: [100]}],
      [gateway: "10.0.0.3", encap: {:mpls, labels: [200]}]
    ]

    with :ok <- supported(Route.add(sock, "10.9.0.0", 16, nil, nexthops: hops)) do
      assert {:ok, [%Route{multipath: hops}]} = Route.list(sock, protocol: :boot)
      assert Enum.map(hops, &Mpls.labels(&1.encap)) == [[100], [200]]

      encap = {:mpls, labels: [300]}
      assert Nexthop.add(sock, id: 7, gateway: "10.0.0.2", dev: "v0", encap: encap) == :ok
      assert {:ok, %Nexthop{encap_type: :mpls, encap: encap}} = Nexthop.get(sock, 7)
      assert Mpls.labels(encap) == [300]
    end
  end

  @tag :vm
  test "MPLS routes are listed and written again, and a filter by table omits them", %{
    ns: ns,
    sock: sock
  } do
    # The file exists once the module mpls_router is loaded.
    if File.exists?("/proc/sys/net/mpls/platform_labels") do
      exec!(ns, "sysctl", "-qw net.mpls.platform_labels=1000")
      ip!(ns, "-f mpls route add 100 as 200/300 via inet 10.0.0.2")
      ip!(ns, "-f mpls route add 101 via inet6 fd00::2 ttl-propagate disabled")

      assert {:ok, routes} = Route.list(sock)
      assert [first, second] = Enum.filter(routes, &Route.label/1)
      assert {Route.label(first), Route.label(second)} == {100, 101}
      assert Enum.map([first, second], &to_string(Route.gateway(&1))) == ~w(10.0.0.2 fd00::2)
      assert Mpls.labels(%Mpls{dst: first.mpls.newdst}) == [200, 300]
      assert second.mpls.ttl_propagate == false
      assert Enum.count(Route.stream!(sock)) == length(routes)

      assert {:ok, [_ | _] = main} = Route.list(sock, table: 254)
      assert Enum.all?(main, &(&1.family in [2, 10]))

      assert Route.delete(sock, first) == :ok
      assert Route.add(sock, first) == :ok
      assert [%{"dst" => 100, "to" => "200/300"} | _] = labels(ns)
    end
  end

  defp labels(ns) do
    for route <- ip_json(ns, "-f mpls route") do
      Map.update!(route, "dst", &if(is_binary(&1), do: String.to_integer(&1), else: &1))
    end
  end

  defp supported({:error, %Error{errno: :eopnotsupp}}), do: :not_supported
  defp supported(result), do: result
end
