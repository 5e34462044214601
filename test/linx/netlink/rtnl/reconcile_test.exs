defmodule Linx.Netlink.Rtnl.ReconcileTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.{Address, Diff, Link, Reconcile, Route, Rule}
  alias Linx.Netlink.Rtnl.Link.Spec
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Plan, Report}
  alias Linx.Netlink.Rtnl.Route.Equivalence
  alias Linx.Netlink.Rtnl.Rule.Match

  doctest Reconcile

  @indices %{"v0" => 2, "br0" => 3}

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  defp normalize(section, spec, protocol \\ 76) do
    with {:ok, all} <- Reconcile.normalize(%{section => [spec]}, @indices, protocol),
         do: {:ok, hd(all[section])}
  end

  describe "normalizing" do
    test "makes addresses as the kernel has them" do
      ten = ip("10.0.0.5")
      ula = ip("fd00::5")

      assert Reconcile.normalize(
               %{addresses: [{"v0", "10.0.0.5", 24}, {"br0", ula, 64}]},
               @indices,
               76
             ) ==
               {:ok,
                %{
                  addresses: [
                    %Address{family: 2, prefixlen: 24, index: 2, address: ten, local: ten},
                    %Address{family: 10, prefixlen: 64, index: 3, address: ula, local: ula}
                  ],
                  routes: []
                }}
    end

    test "makes routes as the verbs send them, with the protocol of the pass" do
      {:ok, sent} =
        Route.build("10.1.0.0", 16, "10.0.0.1", 0, table: 5000, metric: 7, protocol: 76)

      assert normalize(
               :routes,
               {"10.1.0.0", 16, "10.0.0.1", table: 5000, metric: 7, protocol: :static}
             ) == {:ok, sent}

      assert {:ok, %{protocol: 4}} = normalize(:routes, {"10.1.0.0", 16, "10.0.0.1"}, :static)
    end

    test "takes the family of a default route from its gateway" do
      assert {:ok, %{family: 2, dst_len: 0}} = normalize(:routes, {:default, "10.0.0.1"})

      assert {:ok, %{family: 10, priority: 5}} =
               normalize(:routes, {:default, ip("fd00::1"), metric: 5})
    end

    test "finds links by their names" do
      assert {:ok, %{oif: 3, gateway: nil}} =
               normalize(:routes, {"10.1.0.0", 16, nil, dev: "br0"})

      assert {:ok, %{multipath: [%{ifindex: 2}, %{ifindex: 3}]}} =
               normalize(:routes, {"10.1.0.0", 16, nil, nexthops: [[dev: "v0"], [dev: "br0"]]})

      assert {:ok, %{ifindex: 2, state: 0x80}} =
               normalize(:neighbours, {"v0", "10.0.0.9", "02:00:00:00:00:09"})

      assert {:ok, %{oif: 2, protocol: 76}} = normalize(:nexthops, id: 1, dev: "v0")
    end

    test "of what does not make sense names the reason" do
      for {section, spec, reason} <- [
            {:addresses, {"eth9", "10.0.0.5", 24}, {:unknown_interface, "eth9"}},
            {:addresses, {"v0", "10.0.0", 24}, {:bad_address, "10.0.0"}},
            {:addresses, {"v0", "10.0.0.5", 33}, {:bad_address, {"v0", "10.0.0.5", 33}}},
            {:addresses, {"v0", 10, 24}, {:bad_address, {"v0", 10, 24}}},
            {:addresses, :nonsense, {:bad_address, :nonsense}},
            {:routes, {"10.1.0.0", 33, "10.0.0.1"}, {:route, {:bad_prefix, 33}}},
            {:routes, {"10.1.0.0", 16, "fd00::1"}, {:route, {:family_mismatch, {:inet, :inet6}}}},
            {:routes, {"10.1", 16, "10.0.0.1"}, {:route, {:bad_address, "10.1"}}},
            {:routes, {:default, "x"}, {:route, {:bad_address, "x"}}},
            {:routes, {"10.1.0.0", 16, "10.0.0.1", table: 0}, {:route, {:bad_option, :table, 0}}},
            {:routes, {"10.1.0.0", 16, nil, dev: "eth9"}, {:unknown_interface, "eth9"}},
            {:routes, {"10.1.0.0"}, {:route, {:bad_spec, {"10.1.0.0"}}}},
            {:neighbours, {"v0", "10.0.0.9", "02:"}, {:neighbour, {:bad_mac, "02:"}}},
            {:nexthops, [gateway: "10.0.0.1"], {:nexthop, {:missing_option, :id}}},
            {:nexthops, [id: 0], {:nexthop, {:bad_option, :id, 0}}},
            {:rules, [table: 7], {:rule, {:missing_option, :priority}}},
            {:rules, [priority: 7], {:rule, {:missing_option, :table}}},
            {:rules, [priority: 7, table: 7, iif: 2], {:rule, {:bad_option, :iif, 2}}},
            {:links, {"a b", :bridge}, {:link, {:bad_name, "a b"}}},
            {:links, {"vx", :vlan}, {:link, {:missing_option, :parent}}},
            {:links, {"x", :bridge, nope: 1}, {:link, {:unknown_option, :nope}}},
            {:links, {"x", :bridge, netns: 1}, {:link, {:bad_option, :netns, 1}}},
            {:links, {"x", :bridge, [:up]}, {:link, {:bad_spec, {"x", :bridge, [:up]}}}},
            {:links, "x", {:link, {:bad_spec, "x"}}}
          ] do
        assert {spec, normalize(section, spec)} == {spec, {:error, {:normalize, reason}}}
      end
    end

    test "refuses sections that there are not, rather than to delete what they meant" do
      assert Reconcile.normalize(%{adresses: []}, %{}, 76) ==
               {:error, {:normalize, {:unknown_section, :adresses}}}

      assert Reconcile.normalize(%{routes: %{}}, %{}, 76) ==
               {:error, {:normalize, {:bad_section, :routes, %{}}}}
    end
  end

  test "bad options are errors before the socket is touched" do
    for {opts, reason} <- [
          {[nope: 1], {:unknown_option, :nope}},
          {[protocol: 0], {:bad_option, :protocol, 0}},
          {[protocol: 256], {:bad_option, :protocol, 256}},
          {[protocol: :nope], {:bad_option, :protocol, :nope}},
          {[dry_run: 1], {:bad_option, :dry_run, 1}},
          {[on_error: :explode], {:bad_option, :on_error, :explode}},
          {[takeover: nil], {:bad_option, :takeover, nil}}
        ] do
      assert Reconcile.reconcile(:no_socket, %{}, %{}, opts) == {:error, reason}
    end
  end

  test "operations are ordered so that none lacks what it needs" do
    assert Reconcile.order_ops(
             [delete: %Address{index: 1}, create: %Address{index: 2}],
             delete: %Route{oif: 3},
             update: %Route{oif: 4},
             create: %Route{oif: 5}
           ) == [
             create: %Address{index: 2},
             create: %Route{oif: 5},
             update: %Route{oif: 4},
             delete: %Route{oif: 3},
             delete: %Address{index: 1}
           ]
  end

  describe "a plan" do
    @nothing %{links: [], addresses: [], neighbours: [], nexthops: [], routes: [], rules: []}
    @owned %{links: MapSet.new(), addresses: MapSet.new(), neighbours: MapSet.new()}

    defp plan(desired, observed, owned \\ %{}) do
      {steps, []} = plan_and_conflicts(desired, observed, owned, false)
      steps
    end

    defp plan_and_conflicts(desired, observed, owned, takeover) do
      context = %{indices: @indices, protocol: 76}
      {:ok, wanted} = Desired.normalize(desired, context, takeover)
      observed = Map.merge(@nothing, observed)
      owned = Map.merge(@owned, owned)
      {steps, conflicts} = Plan.steps(wanted, observed, owned, context)
      {for({op, _} <- steps, do: op), conflicts}
    end

    test "takes an address with a scope for there if it is desired" do
      desired = %{addresses: [{"v0", "fe80::1", 64}]}
      {:ok, %{addresses: [address]}} = Reconcile.normalize(desired, @indices, 76)
      observed = %{addresses: [%{address | scope: 253, local: nil}]}

      assert plan(desired, observed) == []
      assert plan(%{}, observed) == []

      assert [delete: %Address{index: 2}] =
               plan(%{}, observed, %{addresses: MapSet.new([Diff.address_key(address)])})
    end

    test "deletes a link only if it is the one that was made" do
      link = %Link{name: "br0", index: 3}
      assert plan(%{}, %{links: [link]}, %{links: MapSet.new([{"br0", 3}])}) == [delete: link]
      assert plan(%{}, %{links: [link]}, %{links: MapSet.new([{"br0", 9}])}) == []
    end

    test "makes a learned neighbour permanent" do
      {:ok, entry} = normalize(:neighbours, {"v0", "10.0.0.9", "02:00:00:00:00:09"})
      desired = %{neighbours: [{"v0", "10.0.0.9", "02:00:00:00:00:09"}]}
      assert plan(desired, %{neighbours: [%{entry | state: 0x2}]}) == [update: entry]
      assert plan(desired, %{neighbours: [entry]}) == []
    end

    test "takes over what another owner has only if told so" do
      {:ok, route} = normalize(:routes, {"10.1.0.0", 16, "10.0.0.9"}, :static)
      {:ok, wanted} = normalize(:routes, {"10.1.0.0", 16, "10.0.0.1"})
      desired = &%{routes: [{"10.1.0.0", 16, "10.0.0.1", &1}]}
      observed = %{routes: [route]}

      for {default, opts, result} <- [
            {false, [], {[], [{route, wanted}]}},
            {false, [takeover: true], {[{:replace, route, wanted}], []}},
            {true, [], {[{:replace, route, wanted}], []}},
            {true, [takeover: false], {[], [{route, wanted}]}}
          ] do
        assert plan_and_conflicts(desired.(opts), observed, %{}, default) == result
      end

      same = %{wanted | protocol: 4}
      assert plan_and_conflicts(desired.([]), %{routes: [same]}, %{}, false) == {[], []}
    end

    test "tells IPv4 routes apart by their TOS" do
      {:ok, route} = normalize(:routes, {"10.1.0.0", 16, "10.0.0.1"})
      desired = %{routes: [{"10.1.0.0", 16, "10.0.0.1"}]}
      other = %{route | tos: 8}
      assert plan(desired, %{routes: [route, other]}) == [delete: other]
    end
  end

  describe "a plan for rules of one priority" do
    # Each rule by a letter, in the kernel's order.
    @letters %{
      a: [from: "10.0.0.0/8", tos: 8],
      b: [from: "10.0.0.0/8"],
      c: [],
      d: [from: "10.0.0.0/8", invert: true],
      e: [fwmark: 3]
    }

    for {observed, desired, steps} <- [
          # What goes, goes in order; what only says less of another is not taken for it.
          {"abc", "", "-a -b -c"},
          {"cba", "cb", "-a"},
          # What would be taken for it is made again, and so is what would for that.
          {"bc", "b", "+b -b -c"},
          {"abec", "abe", "+a +b +e -a -b -e -c"},
          {"ab", "a", "+a -a -b"},
          {"eab", "ea", "+a -a -b"},
          # These the kernel does not tell apart.
          {"b", "d", "+d -b"},
          {"db", "d", "+d -d -b"},
          {"bd", "b", "+b -b -d"}
        ] do
      test "from #{observed} to #{inspect(desired)}" do
        letters =
          for {letter, opts} <- @letters, into: %{} do
            {:ok, rule} = normalize(:rules, [priority: 9, table: 7] ++ opts)
            {Match.key(rule), letter}
          end

        rules = fn letters ->
          for <<letter <- letters>>,
            do: [priority: 9, table: 7] ++ @letters[List.to_existing_atom([letter])]
        end

        {:ok, %{rules: observed}} =
          Reconcile.normalize(%{rules: rules.(unquote(observed))}, @indices, 76)

        steps =
          for {verb, rule} <- plan(%{rules: rules.(unquote(desired))}, %{rules: observed}) do
            sign = if verb == :create, do: "+", else: "-"
            "#{sign}#{letters[Match.key(rule)]}"
          end

        assert Enum.join(steps, " ") == unquote(steps)
      end
    end
  end

  describe "a route does what is desired" do
    defp alike?(spec, fields) do
      {:ok, route} = normalize(:routes, spec)
      Equivalence.route?(route, struct!(route, fields))
    end

    test "if the kernel only added to it" do
      v4 = {"10.1.0.0", 16, "10.0.0.1"}
      assert alike?(v4, oif: 2, flags: 0x10, cacheinfo: %Route.Cacheinfo{})
      assert alike?({"fd01::", 16, "fd00::1"}, oif: 2, pref: :medium, priority: 1024)
      assert alike?({"10.1.0.0", 16, nil, nh_id: 7}, oif: 2, gateway: ip("10.0.0.1"))
      assert alike?({"fd01::", 16, nil, type: :blackhole}, oif: 1)
    end

    test "and not if it differs" do
      spec = {"10.1.0.0", 16, "10.0.0.1", dev: "v0", metrics: [mtu: 1400]}
      assert alike?(spec, [])

      for fields <- [
            [gateway: ip("10.0.0.2")],
            [gateway: nil],
            [oif: 3],
            [type: 6],
            [scope: 253],
            [prefsrc: ip("10.0.0.5")],
            [flags: 4],
            [metrics: nil],
            [metrics: %Route.Metrics{mtu: 1300}],
            [multipath: [%Route.Path{flags: []}, %Route.Path{flags: []}]]
          ] do
        refute alike?(spec, fields)
      end
    end

    test "with what the kernel counts and fills in of an encapsulation" do
      alias Linx.Netlink.Rtnl.Encap
      alias Linx.Netlink.Rtnl.Encap.{Bpf, Seg6Local, TunnelOpts}

      options = [{0x102, 0x80, <<1::32>>}, {0x103, 0x81, <<2::32>>}]
      [one, two] = TunnelOpts.geneve(options).geneve

      joined = %TunnelOpts.Geneve{
        class: one.class ++ two.class,
        type: one.type ++ two.type,
        data: one.data ++ two.data
      }

      for {option, told, other} <- [
            {{:seg6_local, action: :end, count: true},
             &%{&1 | counters: %Seg6Local.Counters{packets: 7, bytes: 70, errors: 1}},
             &%{&1 | counters: nil}},
            {{:ioam6, type: 0x800000, size: 12, namespace: 1},
             &%{&1 | trace: <<1::16, 8, 3, 0x80, 0, 0, 0>>},
             &%{&1 | trace: <<2::16, 8, 3, 0x80, 0, 0, 0>>}},
            {{:ip, id: 7, flags: [:key], opts: TunnelOpts.geneve(options)},
             &%{&1 | opts: %TunnelOpts{geneve: [joined]}, flags: [:key, :geneve_opt]},
             &%{&1 | opts: %TunnelOpts{geneve: [one]}}},
            {%Bpf{xmit: %Bpf.Program{fd: 7, name: "push"}, xmit_headroom: 20},
             &%{&1 | xmit: %Bpf.Program{name: "push"}, xmit_headroom: nil},
             &%{&1 | xmit: %Bpf.Program{name: "pop"}}}
          ] do
        {:ok, {type, %module{} = encap}} = Encap.new(option)
        encap = encap |> module.encode() |> module.decode()
        route = &[encap_type: type, encap: &1.(encap)]
        spec = {"10.1.0.0", 16, nil, dev: "v0", encap: option}

        assert {option, alike?(spec, route.(told))} == {option, true}
        refute alike?(spec, route.(other))
      end
    end

    test "whatever the order of its next hops" do
      hops = [[gateway: "10.0.0.1", dev: "v0"], [gateway: "10.0.0.2", dev: "v0", weight: 3]]
      spec = {"10.1.0.0", 16, nil, nexthops: hops}
      {:ok, %{multipath: multipath}} = normalize(:routes, spec)

      assert alike?(spec, multipath: Enum.reverse(multipath))
      refute alike?(spec, multipath: Enum.map(multipath, &%{&1 | hops: 0}))
      refute alike?(spec, multipath: Enum.take(multipath, 1))
      refute alike?(spec, multipath: multipath ++ [List.last(multipath)])
    end
  end

  test "rules are the same whatever the kernel adds" do
    {:ok, rule} = normalize(:rules, priority: 9, table: 7, fwmark: 1, sport: 53, ip_proto: 17)

    told = %{
      rule
      | fwmask: 0xFFFFFFFF,
        suppress_prefixlen: -1,
        suppress_ifgroup: -1,
        flags: 0x8,
        masks: %Rule.Masks{sport_mask: 0xFFFF}
    }

    assert Match.key(rule) == Match.key(told)

    for fields <- [
          [iifname: "v0"],
          [flags: 2],
          [fwmask: 1],
          [action: 6],
          [sport_range: nil],
          [suppress_prefixlen: 0],
          [tos: 4],
          [masks: %Rule.Masks{sport_mask: 1}]
        ] do
      refute Match.key(rule) == Match.key(struct!(rule, fields))
    end
  end

  describe "of a link, an option differs" do
    defp changes(kind, opts, fields) do
      {:ok, spec} = Spec.normalize({"x", kind, opts})
      link = struct!(%Link{name: "x", flags: 0x1043, mtu: 1500}, fields)
      Spec.changes(spec, link, @indices)
    end

    test "where it would change something" do
      assert changes(nil, [up: true, arp: true, mtu: 1500], []) == []
      assert changes(nil, [up: false, mtu: 1500], []) == [up: false]
      assert changes(nil, [mtu: 1400, promisc: true], []) == [mtu: 1400, promisc: true]
      assert changes(nil, [master: "br0"], []) == [master: "br0"]
      assert changes(nil, [master: "br0"], master: 3) == []
      assert changes(nil, [master: nil], []) == []
      assert changes(nil, [master: nil], master: 3) == [master: nil]
      assert changes(nil, [alias: "a"], ifalias: "a") == []
      assert changes(nil, [alias: "a"], []) == [alias: "a"]

      mac = MAC.decode(<<2, 0, 0, 0, 0, 1>>)
      assert changes(nil, [address: "02:00:00:00:00:01"], address: mac) == []
    end

    test "unless the link does not use it in its mode" do
      alias Linx.Netlink.Rtnl.LinkInfo

      changes = fn mode ->
        data = %LinkInfo.Amt{
          mode: mode,
          link: 2,
          discovery_ip: ip("0.0.0.0"),
          local_ip: ip("192.0.2.1")
        }

        opts = [parent: "v0", mode: mode, local: "192.0.2.1", discovery: "192.0.2.2"]
        changes(:amt, opts, linkinfo: %LinkInfo{kind: "amt", info_data: data})
      end

      assert changes.(:relay) == []
      assert changes.(:gateway) == [discovery: "192.0.2.2"]
    end

    test "in the data of its kind too, flags by their mask" do
      alias Linx.Netlink.Rtnl.LinkInfo

      info = %LinkInfo{
        kind: "vlan",
        info_data: %LinkInfo.Vlan{
          id: 7,
          protocol: :"802.1q",
          flags: %LinkInfo.Vlan.Flags{flags: [:reorder_hdr, :gvrp], mask: 0xFFFFFFFF}
        }
      }

      fields = [linkinfo: info, link: 2]
      same = [parent: "v0", id: 7, protocol: :"802.1q", flags: [gvrp: true]]
      assert changes(:vlan, same, fields) == []
      assert changes(:vlan, [parent: "v0", id: 8], fields) == [id: 8]
      assert changes(:vlan, [parent: "br0", id: 7], fields) == [parent: "br0"]

      assert changes(:vlan, [parent: "v0", id: 7, flags: [gvrp: false]], fields) ==
               [flags: [gvrp: false]]
    end
  end

  test "a report shows what was done" do
    report = fn fields ->
      %Report{
        converged?: Keyword.get(fields, :converged?, false),
        applied: Keyword.get(fields, :applied, []),
        failed: Keyword.get(fields, :failed, []),
        pending: Keyword.get(fields, :pending, []),
        conflicts: Keyword.get(fields, :conflicts, []),
        last_applied: %{addresses: MapSet.new()}
      }
      |> inspect()
      |> String.replace_prefix("#Linx.Netlink.Rtnl.Reconcile.Report", "")
    end

    assert report.(converged?: true, applied: [1, 2, 3, 4]) == "<converged: 4 applied>"

    assert report.(applied: [1, 2], failed: [1], pending: [1, 2, 3]) ==
             "<2 applied, 1 failed, 3 pending>"

    assert report.(converged?: true) == "<converged: no-op>"
    assert report.(pending: [1]) == "<1 pending>"
    assert report.(conflicts: [1]) == "<1 conflict>"
    assert report.(applied: [1], conflicts: [1, 2]) == "<1 applied, 2 conflicts>"
    assert_raise ArgumentError, fn -> struct!(Report, []) end
  end
end
