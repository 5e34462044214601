defmodule Linx.Namespace.Rtnl.NeighbourTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.Neighbour

  @mac "02:00:00:00:00:09"

  setup %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ~w(v0 v1 br0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    for link <- ~w(v0 v1 br0), do: set_timers(ns, link, 3_600_000)
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  # Sets the timers of a link: `retransmit` milliseconds between two solicitations, the time for
  # which entries keep their states.
  defp set_timers(ns, link, retransmit) do
    times = [
      retrans_time_ms: retransmit,
      base_reachable_time_ms: 3_600_000,
      gc_stale_time: 3600,
      delay_first_probe_time: div(retransmit, 1000) + 1
    ]

    sysctl!(
      ns,
      for family <- ~w(ipv4 ipv6), {name, value} <- times do
        {"net/#{family}/neigh/#{link}/#{name}", value}
      end
    )
  end

  describe "adding" do
    for {text, mac, opts, expected} <- [
          {"a permanent entry", @mac, [], %{"state" => ["PERMANENT"], "lladdr" => @mac}},
          {"a stale entry", @mac, [state: :stale], %{"state" => ["STALE"]}},
          {"a reachable entry", @mac, [state: :reachable], %{"state" => ["REACHABLE"]}},
          {"an entry in the state noarp", @mac, [state: :noarp], %{"state" => ["NOARP"]}},
          {"an incomplete entry", @mac, [state: :incomplete], %{"state" => ["INCOMPLETE"]}},
          {"an entry in the state probe", @mac, [state: :probe], %{"state" => ["PROBE"]}},
          {"a failed entry", @mac, [state: :failed], %{"state" => ["FAILED"]}},
          {"an entry of a router", @mac, [flags: [:router]], %{"router" => nil}},
          {"an externally learned entry", @mac, [flags: [:ext_learned]],
           %{"extern_learn" => nil}},
          {"an externally learned entry, flag under ip's name,", @mac, [flags: [:extern_learn]],
           %{"extern_learn" => nil}},
          {"an entry with a protocol", @mac, [protocol: :zebra], %{"protocol" => "zebra"}},
          {"an entry with a protocol as a number", @mac, [protocol: 186], %{"protocol" => "bgp"}},
          {"an entry to resolve, with the flag use,", nil, [flags: [:use]],
           %{"state" => ["INCOMPLETE"]}},
          {"a managed entry", nil, [flags: [:managed]], %{"managed" => nil}}
        ] do
      test "#{text} is added once, then refused with :eexist, and deleted", %{ns: ns, sock: sock} do
        for ip <- ~w(10.0.0.9 fd00::9) do
          {mac, opts} = {unquote(mac), unquote(opts)}
          assert Neighbour.add(sock, "v0", ip, mac, opts) == :ok

          shown = shown(ns, ip)

          for {key, value} <- unquote(Macro.escape(expected)) do
            assert {key, Map.fetch(shown, key)} == {key, {:ok, value}}
          end

          assert {:error, %Error{errno: :eexist}} = Neighbour.add(sock, "v0", ip, mac, opts)
          assert Neighbour.delete(sock, "v0", ip) == :ok
          assert shown(ns, ip) in [nil, %{"dev" => "v0", "dst" => ip, "state" => ["FAILED"]}]
        end
      end
    end

    test "an added entry is returned with :echo", %{sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        opts = [echo: true, protocol: :bgp, flags: [:router, :ext_learned]]
        assert {:ok, %Neighbour{} = neighbour} = Neighbour.add(sock, "v0", ip, @mac, opts)

        assert {to_string(neighbour.dst), to_string(neighbour.lladdr)} == {ip, @mac}
        assert Neighbour.states(neighbour) == [:permanent]
        assert Neighbour.flags(neighbour) == [:ext_learned, :router]
        assert neighbour.protocol == :bgp
      end
    end

    test "an entry in the state delay is added", %{ns: ns, sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        assert Neighbour.add(sock, "v0", ip, @mac, state: :delay) == :ok
        # The delay counts from the last use of the entry, so it may have ended.
        assert shown(ns, ip)["state"] in [["DELAY"], ["PROBE"]]
      end
    end

    test "an externally validated entry is added since Linux 6.17", %{sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        opts = [state: :stale, flags: [:ext_learned, :ext_validated]]

        if :os.version() >= {6, 17, 0} do
          assert {:ok, entry} = Neighbour.add(sock, "v0", ip, @mac, [echo: true] ++ opts)
          assert Neighbour.flags(entry) == [:ext_learned, :ext_validated]

          # The ip of Debian 12 does not show NDA_FLAGS_EXT: its bytes are compared.
          query = %Neighbour{family: entry.family, ifindex: entry.ifindex, dst: entry.dst}
          {:ok, [message]} = Request.talk(sock, 30, 0, Neighbour.encode(query))
          assert message.payload =~ <<8::native-16, 15::native-16, 4::native-32>>
        else
          assert {:error, %Error{errno: :einval}} = Neighbour.add(sock, "v0", ip, @mac, opts)
        end
      end
    end

    test "a link that does not exist is refused with :enodev", %{sock: sock} do
      for link <- ["v9", 999] do
        assert {:error, %Error{errno: :enodev}} = Neighbour.add(sock, link, "10.0.0.9", @mac)
      end
    end
  end

  for ip <- ~w(10.0.0.9 fd00::9) do
    test "replace adds or overwrites #{ip}, change overwrites only", %{ns: ns, sock: sock} do
      ip = unquote(ip)
      assert {:error, %Error{errno: :enoent}} = Neighbour.change(sock, "v0", ip, @mac)
      assert {:error, %Error{errno: :enoent}} = Neighbour.delete(sock, "v0", ip)
      assert {:error, %Error{errno: :enoent}} = Neighbour.get(sock, "v0", ip)
      assert Neighbour.replace(sock, "v0", ip, @mac) == :ok

      assert Neighbour.replace(sock, "v0", ip, "02:00:00:00:00:0a", state: :stale) == :ok
      assert %{"lladdr" => "02:00:00:00:00:0a", "state" => ["STALE"]} = shown(ns, ip)

      assert Neighbour.change(sock, "v0", ip, "02:00:00:00:00:0b", flags: [:router]) == :ok

      assert %{"lladdr" => "02:00:00:00:00:0b", "state" => ["PERMANENT"], "router" => nil} =
               shown(ns, ip)
    end
  end

  test "many entries are added in a batch, and flushed", %{ns: ns, sock: sock} do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..200, do: Neighbour.add(batch, "v1", "10.9.0.#{n}", @mac, state: :stale)
      end)

    assert results == List.duplicate(:ok, 200)
    assert length(ip_json(ns, "neigh show dev v1 nud stale")) == 200
    assert Neighbour.flush(sock, link: "v1", state: :stale) == {:ok, 200}
    assert ip_json(ns, "neigh show dev v1 nud stale") == []
  end

  describe "reading" do
    setup %{ns: ns} do
      ip!(ns, "link set v1 master br0")
      ip!(ns, "neigh add 10.0.0.9 lladdr #{@mac} dev v0")
      ip!(ns, "neigh add fd00::9 lladdr #{@mac} dev v0 nud stale")
      ip!(ns, "neigh add 10.9.0.9 lladdr #{@mac} dev v1 nud noarp")
      ip!(ns, "neigh add fd00::a lladdr #{@mac} dev br0 nud reachable")
      :ok
    end

    test "lists of all entries and of those of a link equal those of ip", %{ns: ns, sock: sock} do
      # The kernel adds and deletes entries for multicast.
      listed = fn text -> Enum.reject(text, &(&1 =~ ~r/^(ff|224)/)) end

      {:ok, all} = Neighbour.list(sock)
      assert listed.(text(all)) == listed.(in_ip(ns, ""))
      assert length(listed.(text(all))) == 4

      for link <- ~w(v0 v1 br0) do
        {:ok, some} = Neighbour.list(sock, link)
        assert listed.(text(some)) == listed.(in_ip(ns, "dev #{link}"))
      end
    end

    test "a list is filtered by link, master, family and state", %{sock: sock} do
      for {opts, expected} <- [
            {[link: "v0", family: :inet], ~w(10.0.0.9)},
            {[master: "br0", family: :inet], ~w(10.9.0.9)},
            {[family: :inet, state: [:permanent, :noarp]], ~w(10.0.0.9 10.9.0.9)},
            {[state: :stale], ~w(fd00::9)},
            {[state: [:reachable, :stale]], ~w(fd00::9 fd00::a)},
            {[state: :none], []}
          ] do
        {:ok, neighbours} = Neighbour.list(sock, opts)
        listed = for %{dst: dst} <- neighbours, not (to_string(dst) =~ ~r/^(ff|224)/), do: dst
        assert listed |> Enum.map(&to_string/1) |> Enum.sort() == expected
      end
    end

    test "a dump with a family and a link is filtered by the kernel", %{ns: ns, sock: sock} do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
      assert {:ok, [_]} = Request.dump(sock, 30, %Neighbour{family: 2, via: index})
    end

    test "the ages and probes of entries agree with ip", %{ns: ns, sock: sock} do
      ip!(ns, "neigh add 10.0.0.7 dev v0 use nud incomplete")
      Process.sleep(1_200)

      for ip <- ~w(10.0.0.9 fd00::9 10.0.0.7) do
        shown = fn ->
          [shown] = for %{"dst" => ^ip} = one <- ip_json(ns, "-s neigh show nud all"), do: one
          shown
        end

        before = shown.()
        assert {:ok, neighbour} = Neighbour.get(sock, "v0", ip)
        later_shown = shown.()

        # ip shows seconds, `cacheinfo` has hundredths of a second.
        for key <- ~w(used confirmed updated)a do
          listed = Map.fetch!(neighbour.cacheinfo, key)
          [first, last] = for one <- [before, later_shown], do: one[Atom.to_string(key)]
          assert listed in (first * 100)..(last * 100 + 99)
          assert listed >= 100 or ip == "10.0.0.7"
        end

        assert neighbour.probes in (before["probes"] || 0)..(later_shown["probes"] || 0)
      end

      assert {:ok, %Neighbour{probes: probes, lladdr: nil}} =
               Neighbour.get(sock, "v0", "10.0.0.7")

      assert probes > 0
    end

    test "one entry is read, of the link that has it only", %{sock: sock} do
      assert {:ok, neighbour} = Neighbour.get(sock, "v0", "fd00::9")
      assert Neighbour.states(neighbour) == [:stale]
      assert to_string(neighbour.lladdr) == @mac

      assert {:error, %Error{errno: :enoent}} = Neighbour.get(sock, "v1", "fd00::9")
    end
  end

  describe "flushing" do
    setup %{ns: ns} do
      ip!(ns, "neigh add 10.0.0.2 lladdr #{@mac} dev v0")
      ip!(ns, "neigh add 10.0.0.3 lladdr #{@mac} dev v0 nud stale")
      ip!(ns, "neigh add 10.0.0.4 lladdr #{@mac} dev v0 nud reachable")
      ip!(ns, "neigh add 10.9.0.3 lladdr #{@mac} dev v1 nud stale")
      ip!(ns, "neigh add 10.9.0.4 lladdr #{@mac} dev v1 nud noarp")
      ip!(ns, "neigh add fd00::3 lladdr #{@mac} dev v0 nud stale")
      ip!(ns, "neigh add fd00::4 lladdr #{@mac} dev v1 nud permanent")
      ip!(ns, "link set v1 master br0")
      :ok
    end

    @added ~w(10.0.0.2 10.0.0.3 10.0.0.4 10.9.0.3 10.9.0.4 fd00::3 fd00::4)

    for {opts, gone} <- [
          {[link: "v0"], ~w(10.0.0.3 10.0.0.4 fd00::3)},
          {[family: :inet], ~w(10.0.0.3 10.0.0.4 10.9.0.3)},
          {[family: :inet6], ~w(fd00::3)},
          {[family: :inet, state: :permanent], ~w(10.0.0.2)},
          {[family: :inet6, state: :permanent, link: "v1"], ~w(fd00::4)},
          {[state: [:stale, :noarp], family: :inet], ~w(10.0.0.3 10.9.0.3 10.9.0.4)},
          {[master: "br0", family: :inet], ~w(10.9.0.3)},
          {[state: :delay], []}
        ] do
      test "a flush with #{inspect(opts)} keeps other entries", %{ns: ns, sock: sock} do
        # The count includes entries that the kernel has added for multicast.
        assert {:ok, count} = Neighbour.flush(sock, unquote(opts))
        assert count >= length(unquote(gone))

        left =
          for %{"dst" => ip, "state" => state} <- ip_json(ns, "neigh show nud all"),
              state != ["FAILED"],
              do: ip

        assert @added -- left == unquote(gone)
        assert {:ok, again} = Neighbour.flush(sock, unquote(opts))
        assert again < count or count == 0
      end
    end
  end

  describe "probing" do
    setup %{ns: ns} do
      # The peer of v0 is in another namespace, so that it answers as another host.
      other = netns!()
      set_timers(ns, "v0", 200)
      ip!(ns, "link set v1 netns #{other}")
      ip!(other, "link set v1 up")
      ip!(other, "address add 10.0.0.2/24 dev v1")
      ip!(other, "address add fd00::2/64 dev v1 nodad")
      # Solicitations are sent from a link-local address.
      for ip <- ~w(fd00::1 fe80::1), do: ip!(ns, "address add #{ip}/64 dev v0 nodad")
      for ns <- [ns, other], do: addresses_ready(ns)
      [%{"address" => mac}] = ip_json(other, "link show dev v1")
      %{mac: mac}
    end

    for {ip, absent} <- [{"10.0.0.2", "10.0.0.3"}, {"fd00::2", "fd00::3"}] do
      test "a probe resolves an address, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        assert Neighbour.probe(sock, "v0", unquote(ip)) == :ok
        assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
      end

      test "a probe verifies a known address, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        for state <- [:stale, :permanent] do
          :ok = Neighbour.replace(sock, "v0", unquote(ip), mac, state: state)
          assert Neighbour.probe(sock, "v0", unquote(ip)) == :ok
          assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
        end
      end

      test "an unanswered probe ends in the state failed, #{absent}", %{ns: ns, sock: sock} do
        :ok = Neighbour.add(sock, "v0", unquote(absent), @mac, state: :stale)
        assert Neighbour.probe(sock, "v0", unquote(absent)) == :ok
        assert {nil, ["FAILED"]} = settled(ns, unquote(absent))
      end

      test "a managed entry is probed by the kernel, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        assert Neighbour.add(sock, "v0", unquote(ip), nil, flags: [:managed]) == :ok
        assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
        assert {:ok, neighbour} = Neighbour.get(sock, "v0", unquote(ip))
        assert :managed in Neighbour.flags(neighbour)
      end
    end
  end

  test "proxy entries are added, listed, deleted and flushed", %{ns: ns, sock: sock} do
    for ip <- ~w(10.0.0.7 fd00::7) do
      assert Neighbour.add_proxy(sock, "v0", ip, protocol: :static) == :ok
      assert [%{"dst" => ^ip, "dev" => "v0", "protocol" => "static"}] = proxies(ns, ip)

      assert {:ok, [neighbour]} = Neighbour.list(sock, proxy: true, link: "v0")
      assert {to_string(neighbour.dst), Neighbour.flags(neighbour)} == {ip, [:proxy]}
      assert {:ok, ^neighbour} = Neighbour.get(sock, "v0", ip, proxy: true)
      assert {:ok, []} = Neighbour.list(sock, proxy: true, link: "v1")

      assert Neighbour.delete_proxy(sock, "v0", ip) == :ok
      assert proxies(ns, ip) == []
      assert {:error, %Error{errno: :enoent}} = Neighbour.delete_proxy(sock, "v0", ip)
    end

    :ok = Neighbour.add_proxy(sock, "v0", "fd00::8", flags: [:router])
    assert [%{"router" => nil}] = proxies(ns, "fd00::8")
    assert Neighbour.flush(sock, proxy: true) == {:ok, 1}
    assert proxies(ns, "fd00::8") == []
  end

  defp shown(ns, ip), do: Enum.find(ip_json(ns, "neigh show nud all"), &(&1["dst"] == ip))

  defp proxies(ns, ip),
    do: for(%{"dst" => ^ip} = proxy <- ip_json(ns, "neigh show proxy"), do: proxy)

  defp settled(ns, ip) do
    eventually(fn ->
      case shown(ns, ip) do
        %{"state" => [state]} when state in ~w(PROBE INCOMPLETE DELAY) -> nil
        entry -> {entry["lladdr"], entry["state"]}
      end
    end)
  end

  defp text(neighbours),
    do: neighbours |> Enum.map(&"#{&1.dst} #{&1.lladdr}") |> Enum.sort()

  defp in_ip(ns, args) do
    Enum.sort(
      for entry <- ip_json(ns, "neigh show nud all #{args}"),
          do: "#{entry["dst"]} #{entry["lladdr"]}"
    )
  end
end
