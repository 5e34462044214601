defmodule Linx.Namespace.Generic.Devlink.TrapTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Devlink.{Port, Trap, TrapGroup, TrapPolicer}

  @moduletag :vm

  setup :with_device

  test "traps are those that devlink shows, and are set", %{ns: ns, sock: sock, dev: dev} do
    {:ok, traps} = Trap.list(sock, device: dev)
    %{^dev => theirs} = shown(ns, "trap show")
    assert length(theirs) > 10

    ours =
      for trap <- traps do
        metadata = for {:in_port, true} <- Map.to_list(trap.metadata), do: "input_port"
        cookie = for {:fa_cookie, true} <- Map.to_list(trap.metadata), do: "flow_action_cookie"

        %{
          "name" => trap.name,
          "type" => to_string(trap.type),
          "generic" => trap.generic == true,
          "action" => to_string(trap.action),
          "group" => trap.group_name,
          "metadata" => metadata ++ cookie
        }
      end

    assert Enum.map(ours, &Map.delete(&1, "metadata")) ==
             Enum.map(theirs, &Map.delete(&1, "metadata"))

    verbose = shown(ns, "-v trap show")[dev]
    assert Enum.map(ours, & &1["metadata"]) == Enum.map(verbose, &(&1["metadata"] || []))

    assert Trap.set(sock, dev, "source_mac_is_multicast", action: :trap) == :ok
    show = "trap show #{dev} trap source_mac_is_multicast"
    assert %{^dev => [%{"action" => "trap"}]} = shown(ns, show)
    assert {:ok, %{action: :trap, stats: stats}} = Trap.get(sock, dev, "source_mac_is_multicast")
    assert %{rx_packets: packets, rx_bytes: bytes} = stats
    assert is_integer(packets) and is_integer(bytes)

    # Links that are up trap packets.
    {:ok, [port | _]} = Port.list(sock)
    ip!(ns, "link set #{port.netdev_name} up")

    eventually(fn ->
      {:ok, %{stats: stats}} = Trap.get(sock, dev, "source_mac_is_multicast")
      stats.rx_packets > 0 and stats.rx_bytes > 0
    end)

    assert %{^dev => [%{"stats" => %{"rx" => %{"packets" => n}}}]} = shown(ns, "-s " <> show)
    assert n > 0
  end

  test "groups of traps are those that devlink shows, and are set",
       %{ns: ns, sock: sock, dev: dev} do
    theirs = fn -> shown(ns, "trap group show")[dev] end

    ours = fn ->
      {:ok, groups} = TrapGroup.list(sock)

      for group <- groups do
        policer = if group.policer_id, do: %{"policer" => group.policer_id}, else: %{}
        Map.merge(policer, %{"name" => group.group_name, "generic" => group.generic == true})
      end
    end

    assert ours.() == theirs.()
    assert TrapGroup.set(sock, dev, "l2_drops", policer_id: 3) == :ok
    assert %{"policer" => 3} = Enum.find(theirs.(), &(&1["name"] == "l2_drops"))
    assert ours.() == theirs.()
    assert {:ok, %{policer_id: 3}} = TrapGroup.get(sock, dev, "l2_drops")
    assert TrapGroup.set(sock, dev, "l2_drops", policer_id: 0) == :ok
    refute Map.has_key?(Enum.find(theirs.(), &(&1["name"] == "l2_drops")), "policer")

    assert TrapGroup.set(sock, dev, "l2_drops", action: :trap) == :ok
    traps = Enum.filter(shown(ns, "trap show")[dev], &(&1["group"] == "l2_drops"))
    assert traps != [] and Enum.all?(traps, &(&1["action"] == "trap"))
    assert {:error, %Error{errno: :enoent}} = TrapGroup.get(sock, dev, "absent")
  end

  test "policers of traps are those that devlink shows, and are set",
       %{ns: ns, sock: sock, dev: dev} do
    theirs = fn -> shown(ns, "trap policer show")[dev] end

    ours = fn ->
      {:ok, policers} = TrapPolicer.list(sock)

      for policer <- policers do
        %{
          "policer" => policer.policer_id,
          "rate" => policer.policer_rate,
          "burst" => policer.policer_burst
        }
      end
    end

    assert ours.() == theirs.()
    assert TrapPolicer.set(sock, dev, 2, rate: 1234) == :ok
    assert %{"rate" => 1234} = Enum.find(theirs.(), &(&1["policer"] == 2))
    assert TrapPolicer.set(sock, dev, 2, burst: 128) == :ok
    assert %{"rate" => 1234, "burst" => 128} = Enum.find(theirs.(), &(&1["policer"] == 2))
    assert {:ok, %{policer_burst: 128, stats: %{rx_dropped: n}}} = TrapPolicer.get(sock, dev, 2)
    assert is_integer(n)

    assert {:error, %Error{errno: :einval, message: "Policer burst" <> _}} =
             TrapPolicer.set(sock, dev, 2, burst: 3)
  end
end
