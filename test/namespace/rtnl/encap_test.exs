defmodule Linx.Namespace.Rtnl.EncapTest do
  # Lightweight tunnels. Those that this kernel does not have are reported.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.{Encap, Nexthop, Route}
  alias Linx.Netlink.Rtnl.Encap.{Mpls, Rpl, Seg6, Seg6Local, TunnelOpts}

  # Of what this needs, other kernels have segment routing at most.
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
        {"another locator", "fd09::/64", "fd00::9",
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
        {"segments", "fd09::/64", nil,
         [dev: "v0", encap: {:seg6, segments: ["fd91::1", "fd92::1"]}],
         %{"encap" => "seg6", "mode" => "encap", "segs" => ["fd91::1", "fd92::1"]}},
        {"segments inline", "fd09::/64", nil,
         [dev: "v0", encap: {:seg6, mode: :inline, segments: ["fd91::1", "fd92::1"]}],
         %{"encap" => "seg6", "mode" => "inline", "segs" => ["fd91::1", "fd92::1", "::"]}},
        {"a segment's endpoint", "fd09::1/128", nil,
         [dev: "v0", encap: {:seg6_local, action: :end_x, nh6: "fd00::2"}],
         %{"encap" => "seg6local", "action" => "End.X", "nh6" => "fd00::2"}},
        {"a source route", "fd09::/64", nil, [dev: "v0", encap: {:rpl, segments: ["fd91::1"]}],
         %{"encap" => "rpl", "segs" => ["fd91::1"]}},
        {"a trace", "fd09::/64", nil,
         [dev: "v0", encap: {:ioam6, type: 0x800000, namespace: 1, size: 12}],
         %{"encap" => "ioam6", "mode" => "inline", "type" => "800000", "ns" => 1, "size" => 12}},
        {"IPsec", "10.9.0.0/16", nil, [dev: "v0", encap: {:xfrm, if_id: 7}],
         %{"encap" => "xfrm", "if_id" => 7}}
      ] do
    unless elem(opts[:encap], 0) in @everywhere, do: @tag(:vm)

    test text, %{ns: ns, sock: sock} do
      [dst, length] = String.split(unquote(dst), "/")
      opts = unquote(Macro.escape(opts))

      case Route.add(sock, dst, String.to_integer(length), unquote(gateway), opts) do
        :ok ->
          {:ok, {type, encap}} = Encap.new(opts[:encap])
          assert {:ok, [route]} = Route.list(sock, protocol: :boot)
          assert route.encap_type == type
          assert alike(route.encap) == alike(reread(encap))
          assert shown?(ns, unquote(dst), unquote(Macro.escape(expected)))

          # As it was, from what was read.
          assert Route.delete(sock, route) == :ok
          assert Route.add(sock, route) == :ok
          assert shown?(ns, unquote(dst), unquote(Macro.escape(expected)))

        {:error, error} ->
          # Further fields are those of what was written.
          assert %Error{errno: :eopnotsupp} = error
          IO.puts(:stderr, "\nNot tested: this kernel cannot route into #{unquote(text)}.")
      end
    end
  end

  # Linux 6.18 may fault on these, and holds its rtnetlink lock for ever then: never there, nor
  # on what is near it.
  if :os.version() >= {6, 13, 0} and :os.version() < {7, 2, 0},
    do: @tag(skip: "tunnel options may kill Linux 6.18")

  @tag :vm
  test "what tunnels carry besides", %{ns: ns, sock: sock} do
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

      # As it was, from what was read.
      assert {:ok, [route]} = Route.list(sock, protocol: :boot)
      assert Route.delete(sock, route) == :ok
      assert Route.add(sock, again(route)) == :ok
      assert ip!(ns, "-json route show #{dst}/16") =~ json
      assert Route.delete(sock, route) == :ok
    end
  end

  # The kernel gives GENEVE options in one attribute, and takes them in one each.
  defp again(%{encap: %{opts: %{geneve: [_ | _]} = opts}} = route),
    do:
      put_in(
        route.encap.opts,
        opts |> TunnelOpts.geneve_options() |> TunnelOpts.geneve()
      )

  defp again(route), do: route

  for {text, encap, expected} <- [
        {"segments with an HMAC", {:seg6, segments: ["fd91::1"], hmac: 7},
         [mode: "encap", segs: ["fd91::1"], hmac: "0x7"]},
        {"segments around frames", {:seg6, mode: :l2encap, segments: ["fd91::1"]},
         [mode: "l2encap", segs: ["fd91::1"]]},
        {"segments without the first",
         {:seg6, mode: :encap_red, segments: ["fd91::1", "fd92::1"]},
         [mode: "encap.red", segs: ["fd91::1", "fd92::1"]]},
        {"an endpoint with a table", {:seg6_local, action: :end_t, table: 254},
         [action: "End.T", table: "main"]},
        {"an endpoint with an IPv4 next hop", {:seg6_local, action: :end_dx4, nh4: "10.0.0.9"},
         [action: "End.DX4", nh4: "10.0.0.9"]},
        {"an endpoint with an IPv6 next hop", {:seg6_local, action: :end_dx6, nh6: "fd00::9"},
         [action: "End.DX6", nh6: "fd00::9"]},
        {"an endpoint with a VRF", {:seg6_local, action: :end_dt46, vrftable: 77},
         [action: "End.DT46", vrftable: "77"]},
        {"an endpoint with a link", {:seg6_local, action: :end_dx2, oif: 1},
         [action: "End.DX2", oif: "lo"]},
        {"an endpoint with segments of its own",
         {:seg6_local, action: :end_b6_encap, segments: ["fd91::1", "fd92::1"], hmac: 7},
         [action: "End.B6.Encaps", segs: ["fd91::1", "fd92::1"], hmac: "0x7"]},
        {"an endpoint that pops", {:seg6_local, action: :end, flavors: [:psp]},
         [action: "End", flavors: ["psp"]]},
        {"an endpoint of compressed segments",
         {:seg6_local, action: :end, flavors: [:next_csid], lcblock_bits: 48, lcnode_fn_bits: 16},
         [action: "End", flavors: ["next-csid"], lblen: 48, nflen: 16]},
        {"an endpoint that counts", {:seg6_local, action: :end, count: true},
         [action: "End", packets: 0, bytes: 0, errors: 0]},
        {"segments around frames without the first",
         {:seg6, mode: :l2encap_red, segments: ["fd91::1"]},
         [mode: "l2encap.red", segs: ["fd91::1"]]},
        {"an endpoint with IPv6 tables", {:seg6_local, action: :end_dt6, table: 77},
         [action: "End.DT6", table: "77"]},
        {"an endpoint with segments inline",
         {:seg6_local, action: :end_b6, segments: ["fd91::1"]},
         [action: "End.B6", segs: ["fd91::1", "::"]]},
        {"a tunnel of IPv6 with flags", {:ip6, id: 7, flags: [:csum, :key, :seq]},
         [id: 7, csum: true, key: true, seq: true]},
        {"a locator on arrival",
         {:ila,
          locator: 1, csum_mode: :neutral_map_auto, ident_type: :luid, hook_type: :route_input},
         [
           locator: "0:0:0:1",
           csum_mode: "neutral-map-auto",
           ident_type: "luid",
           hook_type: "input"
         ]},
        {"a locator without checksums",
         {:ila, locator: 1, csum_mode: :no_action, ident_type: :luid},
         [csum_mode: "no-action", ident_type: "luid", hook_type: "output"]},
        {"IPsec on a link", {:xfrm, if_id: 7, link: 1}, [if_id: 7, link_dev: "lo"]},
        {"a trace as the packet has it",
         {:ioam6, mode: :auto, dst: "fd00::9", type: 0x800000, size: 4},
         [mode: "auto", tundst: "fd00::9", size: 4]},
        {"a trace now and then",
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

    test text, %{ns: ns, sock: sock} do
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
          IO.puts(:stderr, "\nNot tested: this kernel cannot route into #{unquote(text)}.")
      end
    end
  end

  # The ip of Debian 12 does not show these: they are looked for as the kernel sends them.
  for {since, encap, id, bytes} <- [
        {{4, 10, 0}, {:ip, id: 7, dst: "192.0.2.7", flags: [:dont_fragment]}, 6, <<0x100::16>>},
        {{7, 2, 0}, {:seg6, segments: ["fd91::1"], src: "fd00::1"}, 2, <<0xFD00::16, 1::112>>},
        {{6, 12, 0},
         {:ioam6, mode: :encap, dst: "fd00::9", src: "fd00::1", type: 0x800000, size: 12}, 6,
         <<0xFD00::16, 1::112>>}
      ] do
    if elem(encap, 0) == :ioam6, do: @tag(:vm)

    test "#{inspect(encap)} on new kernels", %{sock: sock} do
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
            "\nNot tested: this kernel cannot route into #{inspect(opts[:encap])}."
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

  # What `ip` shows of the encapsulation. Its `dst` comes before that of the route only in text.
  defp shown?(ns, dst, expected) do
    flag = if dst =~ ":", do: "-6", else: "-4"
    text = ip!(ns, ["-json", "-statistics", flag, "route", "show", dst])
    # Newer ones keep it in an object of its own.
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

  # Fields that the kernel adds.
  defp alike(%Encap.Ip6{} = encap), do: %{encap | flags: encap.flags || []}
  defp alike(%Seg6{} = encap), do: {Seg6.mode(encap), Seg6.segments(encap)}
  defp alike(%Seg6Local{} = encap), do: {encap.action, encap.nh6}
  defp alike(%Rpl{} = encap), do: Rpl.segments(encap)
  defp alike(%Encap.Ioam6{} = encap), do: {encap.mode, byte_size(encap.trace)}
  defp alike(encap), do: encap

  @tag :vm
  test "next hops and nexthop objects have one too", %{sock: sock} do
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
  test "MPLS routes are listed, and do not disturb filters", %{ns: ns, sock: sock} do
    # It is there once the module is loaded.
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
