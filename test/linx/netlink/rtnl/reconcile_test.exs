defmodule Linx.Netlink.Rtnl.ReconcileTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Address, Diff, Link, Reconcile, Route}
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Plan, Report}

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
    test "returns addresses as the kernel reports them" do
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

    test "returns routes as Route sends them, with the protocol of the pass" do
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

    test "replaces names of links by their indices" do
      assert {:ok, %{oif: 3, gateway: nil}} =
               normalize(:routes, {"10.1.0.0", 16, nil, dev: "br0"})

      assert {:ok, %{multipath: [%{ifindex: 2}, %{ifindex: 3}]}} =
               normalize(:routes, {"10.1.0.0", 16, nil, nexthops: [[dev: "v0"], [dev: "br0"]]})

      assert {:ok, %{ifindex: 2, state: 0x80}} =
               normalize(:neighbours, {"v0", "10.0.0.9", "02:00:00:00:00:09"})

      assert {:ok, %{oif: 2, protocol: 76}} = normalize(:nexthops, id: 1, dev: "v0")
    end

    test "returns the reason why an item is invalid" do
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

    test "refuses unknown and invalid sections, which might otherwise delete objects" do
      assert Reconcile.normalize(%{adresses: []}, %{}, 76) ==
               {:error, {:normalize, {:unknown_section, :adresses}}}

      assert Reconcile.normalize(%{routes: %{}}, %{}, 76) ==
               {:error, {:normalize, {:bad_section, :routes, %{}}}}
    end
  end

  test "invalid options are errors before the socket is used" do
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

  test "operations are ordered by their dependencies" do
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

    test "treats an address with a scope as present if it is desired" do
      desired = %{addresses: [{"v0", "fe80::1", 64}]}
      {:ok, %{addresses: [address]}} = Reconcile.normalize(desired, @indices, 76)
      observed = %{addresses: [%{address | scope: 253, local: nil}]}

      assert plan(desired, observed) == []
      assert plan(%{}, observed) == []

      assert [delete: %Address{index: 2}] =
               plan(%{}, observed, %{addresses: MapSet.new([Diff.address_key(address)])})
    end

    test "deletes a link only if it is the one that was created" do
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

    test "takes over an object of another owner only with the option takeover" do
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

    test "distinguishes IPv4 routes by their TOS" do
      {:ok, route} = normalize(:routes, {"10.1.0.0", 16, "10.0.0.1"})
      desired = %{routes: [{"10.1.0.0", 16, "10.0.0.1"}]}
      other = %{route | tos: 8}
      assert plan(desired, %{routes: [route, other]}) == [delete: other]
    end
  end

  test "inspect shows the numbers of steps of each outcome in a report" do
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
