defmodule Linx.Namespace.Rtnl.Tc.RecipesTest do
  # Limits of a link, and a bad network, in one call; the judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc
  alias Linx.Netlink.Rtnl.Tc.{Filter, Netem, Qdisc}

  setup %{ns: ns, path: path} do
    sysctl!(ns, "net.ipv6.conf.default.disable_ipv6": 1)
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp roots(ns), do: for(q <- tc_json(ns, "qdisc show dev v0"), do: q["kind"])

  test "a limit of sent packets", %{ns: ns, sock: sock} do
    assert :ok = Tc.limit(sock, "v0", egress: "50mbit")

    assert [%{"kind" => "tbf", "options" => shown}] = tc_json(ns, "qdisc show dev v0")
    assert %{"rate" => 6_250_000, "burst" => 62_500, "lat" => 50_000} = shown

    assert :ok = Tc.limit(sock, "v0", egress: "1mbit", latency: "20ms")
    assert [%{"options" => shown}] = tc_json(ns, "qdisc show dev v0")
    assert %{"rate" => 125_000, "burst" => 16_384, "lat" => 20_000} = shown

    assert :ok = Tc.limit(sock, "v0", egress: :unlimited)
    assert roots(ns) == ["noqueue"]
    assert :ok = Tc.limit(sock, "v0", egress: :unlimited, ingress: :unlimited)
  end

  @tag :vm
  test "a limit of received packets, beside filters of others", %{ns: ns, sock: sock} do
    assert :ok = Tc.limit(sock, "v0", egress: "50mbit", ingress: "10mbit")
    assert Enum.sort(roots(ns)) == ["clsact", "tbf"]
    text = tc!(ns, "filter show dev v0 ingress")
    assert text =~ "pref 1 flower"
    assert text =~ "rate 10Mbit burst 125000b mtu 64Kb"
    assert text =~ "action drop/continue"

    :ok = Filter.add(sock, "v0", :matchall, parent: :ingress, prio: 9)
    assert :ok = Tc.limit(sock, "v0", ingress: "2gbit")
    assert tc!(ns, "filter show dev v0 ingress") =~ "rate 2Gbit"
    assert Enum.sort(roots(ns)) == ["clsact", "tbf"]

    assert :ok = Tc.limit(sock, "v0", ingress: :unlimited)
    refute tc!(ns, "filter show dev v0 ingress") =~ "police"
    assert tc!(ns, "filter show dev v0 ingress") =~ "pref 9 matchall"

    assert :ok = Tc.limit(sock, "v0", ingress: "10mbit", prio: 20)
    assert tc!(ns, "filter show dev v0 ingress") =~ "pref 20 flower"
  end

  test "rates that are refused, before anything is sent", %{ns: ns, sock: sock} do
    for {opts, reason} <- [
          {[egress: "1mbit", ingress: "fast"], {:bad_option, :ingress, "fast"}},
          {[egress: 0], {:bad_option, :egress, 0}},
          {[egress: nil], {:bad_option, :egress, nil}},
          {[other: 1], {:unknown_option, :other}},
          {[egress: "1mbit", latency: -1], {:bad_option, :latency, -1}}
        ],
        do: assert(Tc.limit(sock, "v0", opts) == {:error, reason})

    assert {:error, {:bad_target, %Batch{}}} = Tc.limit(%Batch{sock: sock}, "v0", egress: "1mbit")
    assert {:error, %Error{errno: :enodev}} = Tc.limit(sock, "none", egress: "1mbit")
    assert roots(ns) == ["noqueue"]
  end

  @tag :vm
  test "a bad network has the properties of the last call alone", %{ns: ns, sock: sock} do
    opts = [delay: {"20ms", "2ms"}, loss: "1%", corrupt: 2, reorder: 25, rate: "1mbit"]
    assert :ok = Netem.set(sock, "v0", opts ++ [duplicate: 3, slot: "1ms", limit: 7])
    {shown, _} = tc_shown(ns, "v0")
    assert %{"delay" => %{"delay" => 0.02}, "loss-random" => %{"loss" => 0.01}} = shown
    assert %{"corrupt" => _, "reorder" => _, "rate" => _, "duplicate" => _, "slot" => _} = shown
    assert shown["limit"] == 7
    [%{"handle" => handle}] = tc_json(ns, "qdisc show dev v0")

    assert :ok = Netem.set(sock, "v0", loss: 5, ecn: true)
    {shown, _} = tc_shown(ns, "v0")
    assert %{"loss-random" => %{"loss" => 0.05}, "ecn" => true, "limit" => 1000} = shown
    assert Map.keys(shown) -- ["loss-random", "ecn", "limit", "gap", "seed"] == []

    # It is changed, and keeps the packets that wait.
    assert [%{"handle" => ^handle}] = tc_json(ns, "qdisc show dev v0")

    assert :ok = Netem.set(sock, "v0", delay: "1ms")
    {shown, _} = tc_shown(ns, "v0")
    assert %{"delay" => %{"delay" => 0.001}} = shown
    refute shown["ecn"]
    assert Map.keys(shown) -- ["delay", "ecn", "limit", "gap", "seed"] == []

    assert :ok = Netem.clear(sock, "v0")
    assert roots(ns) == ["noqueue"]
    assert :ok = Netem.clear(sock, "v0")

    # Below another qdisc, which is left alone.
    :ok = Tc.limit(sock, "v0", egress: "1mbit")
    {:ok, %Qdisc{handle: handle}} = Qdisc.get(sock, "v0", nil)
    assert :ok = Netem.clear(sock, "v0")
    assert roots(ns) == ["tbf"]
    assert :ok = Netem.set(sock, "v0", delay: "1ms", parent: handle + 1)
    assert Enum.sort(roots(ns)) == ["netem", "tbf"]
    assert :ok = Netem.clear(sock, "v0", parent: handle + 1)
    assert roots(ns) == ["tbf"]
  end

  test "properties that are refused", %{sock: sock} do
    for {opts, reason} <- [
          {[loss: 101], {:bad_option, :loss, 101}},
          {[slow: true], {:unknown_option, :slow}},
          {:fast, {:unknown_option, :fast}}
        ],
        do: assert(Netem.set(sock, "v0", opts) == {:error, reason})
  end
end
