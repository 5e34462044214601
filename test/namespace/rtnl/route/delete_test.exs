defmodule Linx.Namespace.Rtnl.Route.DeleteTest do
  # Routes that are deleted, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Route

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0 v1), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  describe "delete/5" do
    setup %{ns: ns} do
      ip!(ns, "route add 10.9.0.0/16 via 10.0.0.2 metric 1 proto static")
      ip!(ns, "route add 10.9.0.0/16 dev v1 metric 2 proto bgp")
      ip!(ns, "route add unreachable 10.9.0.0/16 metric 3 proto boot")
      ip!(ns, "route add 10.9.0.0/16 via 10.0.0.2 metric 4 table 77")
      :ok
    end

    for {gateway, opts, metric} <- [
          {nil, [], 1},
          {"10.0.0.2", [], 1},
          {nil, [metric: 2], 2},
          {nil, [dev: "v1"], 2},
          {nil, [protocol: :bgp], 2},
          {nil, [type: :unreachable], 3},
          {nil, [scope: :link], 2},
          {nil, [table: 77], 4},
          {"10.0.0.2", [table: 77, metric: 4], 4}
        ] do
      test "deletes the first route that matches #{inspect({gateway, opts})}",
           %{ns: ns, sock: sock} do
        {gateway, opts} = {unquote(gateway), unquote(opts)}
        assert Route.delete(sock, "10.9.0.0", 16, gateway, opts) == :ok
        left = for %{"metric" => metric} <- shown(ns, "10.9.0.0/16"), do: metric
        assert Enum.sort(left) == [1, 2, 3, 4] -- [unquote(metric)]
      end
    end

    for {gateway, opts, metric} <- [
          {nil, [], 1},
          {"fd00::2", [], 1},
          {nil, [metric: 2], 2},
          {nil, [dev: "v1"], 2},
          {nil, [protocol: :bgp], 2},
          {nil, [from: "fd00::/16"], 5},
          # IPv6 does not compare type, preferred source and scope.
          {nil, [type: :unreachable], 1},
          {nil, [prefsrc: "fd00::1"], 1},
          {nil, [scope: :link], 1},
          {nil, [table: 77], 4},
          {"fd00::2", [table: 77, metric: 4, protocol: :boot], 4}
        ] do
      test "deletes the first IPv6 route that matches #{inspect({gateway, opts})}",
           %{ns: ns, sock: sock} do
        ip!(ns, "route add fd09::/64 via fd00::2 metric 1 proto static")
        ip!(ns, "route add fd09::/64 dev v1 metric 2 proto bgp")
        ip!(ns, "route add unreachable fd09::/64 metric 3 proto boot")
        ip!(ns, "route add fd09::/64 via fd00::2 metric 4 table 77")
        ip!(ns, "route add fd09::/64 from fd00::/16 via fd00::2 metric 5")
        ip!(ns, "route add fd09::/64 via fd00::2 src fd00::1 metric 6")

        {gateway, opts} = {unquote(gateway), unquote(opts)}
        assert Route.delete(sock, "fd09::", 64, gateway, opts) == :ok
        left = for %{"metric" => metric} <- shown(ns, "fd09::/64"), do: metric
        assert Enum.sort(left) == [1, 2, 3, 4, 5, 6] -- [unquote(metric)]
      end
    end

    for {opts, metric} <- [
          {[tos: 8], 5},
          {[prefsrc: "10.0.0.1"], 6},
          {[via: "fe80::1"], 7},
          {[nh_id: 7], 8},
          {[nexthops: [[gateway: "10.0.0.3", weight: 2], [gateway: "10.0.0.2"]]], 9},
          {[metrics: [mtu: 1400]], 10}
        ] do
      test "deletes the first route that matches #{inspect(opts)}", %{ns: ns, sock: sock} do
        ip!(ns, "nexthop add id 7 via 10.0.0.2 dev v0")
        ip!(ns, "route add 10.9.0.0/16 tos 8 via 10.0.0.2 metric 5")
        ip!(ns, "route add 10.9.0.0/16 via 10.0.0.2 src 10.0.0.1 metric 6")
        ip!(ns, "route add 10.9.0.0/16 via inet6 fe80::1 dev v0 metric 7")
        ip!(ns, "route add 10.9.0.0/16 nhid 7 metric 8")
        hops = "nexthop via 10.0.0.3 weight 2 nexthop via 10.0.0.2"
        ip!(ns, "route add 10.9.0.0/16 metric 9 #{hops}")
        ip!(ns, "route add 10.9.0.0/16 via 10.0.0.2 metric 10 mtu 1400")

        assert Route.delete(sock, "10.9.0.0", 16, nil, unquote(Macro.escape(opts))) == :ok
        left = for %{"metric" => metric} <- shown(ns, "10.9.0.0/16"), do: metric
        assert Enum.sort(left) == Enum.to_list(1..10) -- [unquote(metric)]
      end
    end

    test "deletes no route that differs in one value", %{ns: ns, sock: sock} do
      for {gateway, opts} <- [
            {"10.0.0.3", []},
            {nil, [metric: 9]},
            {nil, [protocol: :ospf]},
            {nil, [dev: "lo"]},
            {nil, [type: :prohibit]},
            {nil, [table: 78]}
          ] do
        assert {:error, %Error{errno: errno}} = Route.delete(sock, "10.9.0.0", 16, gateway, opts)

        assert errno in [:esrch, :enoent]
      end

      assert length(shown(ns, "10.9.0.0/16")) == 4
    end
  end

  # A destination as `ip route` shows it, in any table.
  defp shown(ns, dst) do
    family = if dst =~ ":", do: "-6", else: "-4"
    ip_json(ns, "-details #{family} route show table all #{dst}")
  end
end
