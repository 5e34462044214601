defmodule Linx.Netlink.Rtnl.Vlan.DesiredTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Plan}
  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Netlink.Rtnl.Vlan.{Entry, Info, TunnelInfo}

  @context %{indices: %{"v" => 2}, protocol: 76}

  defp cast(spec), do: Desired.normalize(%{vlans: [spec]}, @context, false)

  defp vlan(vid, flags, fields \\ []) do
    entry = struct!(%Entry{info: %Info{vid: vid, flags: flags}}, fields)
    %Vlan{family: 7, ifindex: 2, entry: [entry]}
  end

  test "a range becomes one item for each VLAN" do
    assert {:ok, %{vlans: items}} = cast({"v", 10..12, untagged: true})

    assert Enum.map(items, &elem(&1, 0)) ==
             for(vid <- 10..12, do: vlan(vid, [:untagged]))

    assert {:ok, %{vlans: [_, {%Vlan{entry: [%{tunnel_info: %TunnelInfo{id: 101}}]}, false}]}} =
             cast({"v", {10, 11}, tunnel_id: 100})
  end

  test "the error of an invalid item names its invalid part" do
    for {spec, reason} <- [
          {{"v", 0}, {:vlan, {:bad_option, :vids, 0}}},
          {{"v", 1, nope: 1}, {:vlan, {:unknown_option, :nope}}},
          {{"v", 1, pvid: 1}, {:vlan, {:bad_option, :pvid, 1}}},
          {{"nope", 1}, {:unknown_interface, "nope"}},
          {"v", {:vlan, {:bad_spec, "v"}}}
        ],
        do: assert(cast(spec) == {:error, {:normalize, reason}})
  end

  test "a plan compares flags, and other options if they are given" do
    plan = fn spec, observed, owned ->
      {:ok, wanted} = cast(spec)
      Plan.steps(wanted, %{vlans: observed}, %{vlans: MapSet.new(owned)}, @context)
    end

    kernel = vlan(10, [], state: :forwarding, mcast_router: 1)
    assert {[], []} = plan.({"v", 10}, [kernel], [{2, 10}])
    assert {[], []} = plan.({"v", 10, state: :forwarding}, [kernel], [])

    assert {[{{:update, _}, nil}], []} = plan.({"v", 10, state: :blocking}, [kernel], [{2, 10}])
    assert {[{{:update, _}, nil}], []} = plan.({"v", 10, pvid: true}, [kernel], [{2, 10}])
    assert {[], [{^kernel, _}]} = plan.({"v", 10, pvid: true}, [kernel], [])

    assert {[{{:create, _}, nil}, {{:delete, ^kernel}, nil}], []} =
             plan.({"v", 11}, [kernel], [{2, 10}])
  end
end
