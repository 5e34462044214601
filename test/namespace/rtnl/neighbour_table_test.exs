defmodule Linx.Namespace.Rtnl.NeighbourTableTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.NeighbourTable

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(lo v0), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  # Fields of `parms` and their keys of ip, where both are numbers.
  @parms [
    refcnt: "refcnt",
    base_reachable_time: "base_reachable",
    retrans_time: "retrans",
    gc_staletime: "gc_stale",
    delay_probe_time: "delay_probe",
    queue_len: "queue",
    app_probes: "app_probes",
    ucast_probes: "ucast_probes",
    mcast_probes: "mcast_probes",
    anycast_delay: "anycast_delay",
    proxy_delay: "proxy_delay",
    proxy_qlen: "proxy_queue",
    locktime: "locktime"
  ]
  @limits [thresh1: "thresh1", thresh2: "thresh2", thresh3: "thresh3", gc_interval: "gc_interval"]

  test "a list equals that of ip", %{ns: ns, sock: sock} do
    by_ip = ip_json(ns, "-statistics ntable show")
    assert {:ok, tables} = NeighbourTable.list(sock)
    assert length(tables) == length(by_ip)
    links = Map.new(ip_json(ns, "link show"), &{&1["ifname"], &1["ifindex"]})

    for their <- by_ip do
      index = links[their["dev"]]

      assert [our] =
               Enum.filter(tables, &(&1.name == their["name"] and &1.parms.ifindex == index))

      assert Atom.to_string(our.family) == their["family"]

      for {field, key} <- @parms,
          do: assert({key, Map.get(our.parms, field)} == {key, their[key]})

      if index == nil do
        for {field, key} <- @limits, do: assert({key, Map.get(our, field)} == {key, their[key]})
        assert our.config.key_len == their["key_length"]
        assert our.config.entry_size == their["entry_size"]
        assert our.config.proxy_qlen == their["proxy_qlen"]
        # Counters, which may grow between the two reads.
        assert our.stats.allocs >= their["allocs"]
        assert our.stats.lookups >= their["lookups"]
        assert our.stats.table_fulls >= their["table_fulls"]
      else
        assert {our.thresh1, our.config, our.stats} == {nil, nil, nil}
      end
    end
  end

  test "a list is filtered by link and family", %{sock: sock} do
    assert {:ok, [%{name: "arp_cache"}, %{name: "ndisc_cache"}]} = NeighbourTable.list(sock, "v0")
    assert {:ok, [_, _]} = NeighbourTable.list(sock, 1)
    assert {:ok, [%{name: "ndisc_cache"}]} = NeighbourTable.list(sock, link: "v0", family: :inet6)
    assert {:ok, tables} = NeighbourTable.list(sock, family: :inet)
    assert Enum.uniq(Enum.map(tables, & &1.family)) == [:inet]
    assert {:error, %Error{errno: :enodev}} = NeighbourTable.list(sock, "nope")
  end

  # Each option with the name that ip and /proc/sys/net/*/neigh have for it. Times of /proc
  # without `_ms` are in seconds, or in the hundredths of `USER_HZ`.
  for {table, family} <- [{"arp_cache", "ipv4"}, {"ndisc_cache", "ipv6"}],
      {option, value, key, file, text} <- [
        {:base_reachable_time, 15_000, "base_reachable", "base_reachable_time_ms", "15000"},
        {:retrans_time, 2000, "retrans", "retrans_time_ms", "2000"},
        {:gc_staletime, 30_000, "gc_stale", "gc_stale_time", "30"},
        {:delay_probe_time, 3000, "delay_probe", "delay_first_probe_time", "3"},
        {:queue_len, 40, "queue", nil, nil},
        {:queue_lenbytes, 65_536, nil, "unres_qlen_bytes", "65536"},
        {:app_probes, 2, "app_probes", "app_solicit", "2"},
        {:ucast_probes, 7, "ucast_probes", "ucast_solicit", "7"},
        {:mcast_probes, 5, "mcast_probes", "mcast_solicit", "5"},
        {:mcast_reprobes, 4, nil, "mcast_resolicit", "4"},
        {:anycast_delay, 500, "anycast_delay", "anycast_delay", "50"},
        {:proxy_delay, 400, "proxy_delay", "proxy_delay", "40"},
        {:proxy_qlen, 32, "proxy_queue", "proxy_qlen", "32"},
        {:locktime, 700, "locktime", "locktime", "70"},
        {:interval_probe_time_ms, 6000, nil, "interval_probe_time_ms", "6000"}
      ] do
    test "#{option} of a link is set, #{table}", %{ns: ns, sock: sock} do
      {table, option, value} = {unquote(table), unquote(option), unquote(value)}
      before = shown(ns, table)
      assert NeighbourTable.set(sock, table, [{:link, "v0"}, {option, value}]) == :ok
      now = shown(ns, table)

      assert_alone(unquote(key), value, now, before)
      assert_file(ns, unquote(family), unquote(file), unquote(text))
    end
  end

  test "several options are set at once, and read as they were set", %{sock: sock} do
    opts = [link: "v0", ucast_probes: 9, mcast_probes: 0, retrans_time: 1500]
    assert NeighbourTable.set(sock, "ndisc_cache", opts) == :ok
    assert {:ok, [%{parms: parms}]} = NeighbourTable.list(sock, link: "v0", family: :inet6)
    assert {parms.ucast_probes, parms.mcast_probes, parms.retrans_time} == {9, 0, 1500}
  end

  test "unknown tables and links and global limits are refused", %{sock: sock} do
    for {table, opts} <- [
          {"nope", [thresh3: 5000]},
          {"arp_cache", [link: 4711, ucast_probes: 3]},
          # Limits and default parameters are set in the initial namespace only.
          {"arp_cache", [thresh3: 5000]},
          {"arp_cache", [ucast_probes: 3]}
        ],
        do: assert({:error, %Error{errno: :enoent}} = NeighbourTable.set(sock, table, opts))

    assert {:error, %Error{errno: :enodev}} =
             NeighbourTable.set(sock, "arp_cache", link: "nope", ucast_probes: 3)
  end

  # The limits are those of the whole machine: the tests run only in a machine made for tests.
  describe "in the initial namespace" do
    @describetag :vm
    unless System.get_env("LINX_TEST_VM"),
      do: @describetag(skip: "the test would change this machine's limits")

    for {option, value, file} <- [
          {:thresh1, 100, "gc_thresh1"},
          {:thresh2, 600, "gc_thresh2"},
          {:thresh3, 5000, "gc_thresh3"},
          {:gc_interval, 20_000, "gc_interval"}
        ],
        {table, family} <- [{"arp_cache", "ipv4"}, {"ndisc_cache", "ipv6"}] do
      test "#{option} is set, #{table}" do
        {:ok, sock} = Rtnl.open({:path, "/proc/1/ns/net"})
        {table, option, value} = {unquote(table), unquote(option), unquote(value)}
        assert NeighbourTable.set(sock, table, [{option, value}]) == :ok
        assert [shown] = for(%{"thresh1" => _} = one <- initial(table), do: one)
        assert shown[Atom.to_string(option)] == value

        path = "/proc/sys/net/#{unquote(family)}/neigh/default/#{unquote(file)}"
        value_in_proc = String.to_integer(String.trim(nsenter!(["cat", path])))
        assert value_in_proc == in_proc(option, value)
      end
    end

    test "the default parameters of new links are set" do
      {:ok, sock} = Rtnl.open({:path, "/proc/1/ns/net"})
      assert NeighbourTable.set(sock, "arp_cache", ucast_probes: 8) == :ok

      assert [%{"ucast_probes" => 8}] =
               for(%{"thresh1" => _} = one <- initial("arp_cache"), do: one)
    end
  end

  defp shown(ns, table) do
    [shown] = for one <- ip_json(ns, "ntable show dev v0"), one["name"] == table, do: one
    shown
  end

  defp initial(table) do
    ["ip", "-json", "ntable", "show", "name", table] |> nsenter!() |> Linx.Test.JSON.decode!()
  end

  defp nsenter!(command) do
    {text, 0} = System.cmd("nsenter", ["--net=/proc/1/ns/net" | command])
    text
  end

  # `ip` shows the value, and no other one changes but `reachable`, which the kernel computes from its base
  # at random (neigh_rand_reach_time).
  defp assert_alone(nil, _value, _now, _before), do: :ok

  defp assert_alone(key, value, now, before) do
    assert now[key] == value
    assert Map.drop(now, [key, "reachable"]) == Map.drop(before, [key, "reachable"])
  end

  defp assert_file(_ns, _family, nil, _text), do: :ok

  defp assert_file(ns, family, file, text),
    do:
      assert(String.trim(exec!(ns, "cat", ["/proc/sys/net/#{family}/neigh/v0/#{file}"])) == text)

  # Seconds in /proc.
  defp in_proc(:gc_interval, value), do: div(value, 1000)
  defp in_proc(_option, value), do: value
end
