defmodule Linx.Netlink.Nfnl.Nft.HookTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, FlowHook, Flowtable, Hook}
  alias Linx.Test.Headers

  doctest Hook

  @ip %{
    raw: "NF_IP_PRI_RAW",
    mangle: "NF_IP_PRI_MANGLE",
    dstnat: "NF_IP_PRI_NAT_DST",
    filter: "NF_IP_PRI_FILTER",
    security: "NF_IP_PRI_SECURITY",
    srcnat: "NF_IP_PRI_NAT_SRC"
  }

  @bridge %{
    dstnat: "NF_BR_PRI_NAT_DST_BRIDGED",
    filter: "NF_BR_PRI_FILTER_BRIDGED",
    out: "NF_BR_PRI_NAT_DST_OTHER",
    srcnat: "NF_BR_PRI_NAT_SRC"
  }

  @chain %Chain{family: :inet, table: "t", name: "c", type: "filter"}

  test "priorities are the kernel's" do
    headers = ~w(linux/netfilter.h linux/netfilter_ipv4.h linux/netfilter_bridge.h)

    if Headers.available?() or System.get_env("CI") do
      %{values: values} = Headers.read(headers, Map.values(@ip) ++ Map.values(@bridge), %{})
      priorities = Hook.__priorities__()

      for {family, names} <- [inet: @ip, ip: @ip, ip6: @ip, bridge: @bridge] do
        assert {family, Map.new(priorities[family])} ==
                 {family, Map.new(names, fn {name, c} -> {name, Map.fetch!(values, c)} end)}
      end

      for {_family, names} <- priorities, do: assert(names != [])
    else
      IO.puts(:stderr, "\nNo kernel headers or no C compiler: priorities are not compared.")
    end
  end

  test "a constructor takes the name of a priority, and refuses one that the family lacks" do
    assert Hook.new(:ip6, :prerouting, :raw).priority == -300
    assert Hook.new(:bridge, :prerouting, :dstnat).priority == -300
    assert Hook.new(:bridge, :output, :out).priority == 100
    assert Hook.new(:netdev, :ingress, :filter, ["eth0"]).priority == 0
    assert_raise ArgumentError, ~r/:srcnat/, fn -> Hook.new(:arp, :input, :srcnat) end
    assert_raise ArgumentError, ~r/:raw/, fn -> Hook.new(:bridge, :input, :raw) end
    assert_raise KeyError, fn -> Hook.new(:ip, :ingress, 0) end
  end

  test "a chain and a flowtable take the name of a priority of their family" do
    for {family, number} <- [{:inet, 100}, {:bridge, 300}, {2, 100}, {7, 300}] do
      chain = %{@chain | family: family, hook: %Hook{hooknum: 4, priority: :srcnat}}
      assert {family, Chain.decode(Nft.add(chain).payload).hook.priority} == {family, number}
      assert Nft.create(chain).payload == Nft.add(chain).payload
    end

    hook = %FlowHook{num: 0, priority: :mangle, devs: ["eth0"]}
    flowtable = %Flowtable{family: :inet, table: "t", name: "f", hook: hook}
    assert Flowtable.decode(Nft.add(flowtable).payload).hook.priority == -150

    for family <- [:arp, 99, :unspec] do
      chain = %{@chain | family: family, hook: %Hook{hooknum: 0, priority: :raw}}
      assert_raise ArgumentError, ~r/:raw/, fn -> Nft.add(chain) end
    end
  end

  test "a priority has a name in its family, or is a number" do
    assert Hook.priority_name(%Hook{priority: -300}, :ip) == :raw
    assert Hook.priority_name(%Hook{priority: -300}, :bridge) == :dstnat
    assert Hook.priority_name(%Hook{priority: -300}, 7) == :dstnat
    assert Hook.priority_name(%Hook{priority: -300}, :arp) == -300
    assert Hook.priority_name(%Hook{priority: -299}, :ip) == -299
    assert Hook.priority_name(%Hook{}, :ip) == nil
    assert Hook.priority(:inet, -7) == -7
  end

  test "a hook has a name in its family, or is a number" do
    assert Hook.name(%Hook{hooknum: 0}, :ip) == :prerouting
    assert Hook.name(%Hook{hooknum: 0}, :netdev) == :ingress
    assert Hook.name(%Hook{hooknum: 0}, :arp) == :input
    assert Hook.name(%Hook{hooknum: 9}, :ip) == 9
    assert Hook.new(:netdev, :egress, 1, ["a", "b"]).devs == ["a", "b"]
  end
end
