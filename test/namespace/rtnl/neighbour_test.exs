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
    for link <- ~w(v0 v1 br0), do: pace(ns, link, 3_600_000)
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  # How many milliseconds lie between two solicitations: as long as entries keep their states.
  defp pace(ns, link, retransmit) do
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
          {"an entry for ever", @mac, [], %{"state" => ["PERMANENT"], "lladdr" => @mac}},
          {"one that may be forgotten", @mac, [state: :stale], %{"state" => ["STALE"]}},
          {"one that was verified", @mac, [state: :reachable], %{"state" => ["REACHABLE"]}},
          {"one that is never asked for", @mac, [state: :noarp], %{"state" => ["NOARP"]}},
          {"one that is asked for", @mac, [state: :incomplete], %{"state" => ["INCOMPLETE"]}},
          {"one that is being verified", @mac, [state: :probe], %{"state" => ["PROBE"]}},
          {"one that was not found", @mac, [state: :failed], %{"state" => ["FAILED"]}},
          {"a router", @mac, [flags: [:router]], %{"router" => nil}},
          {"one learned elsewhere", @mac, [flags: [:ext_learned]], %{"extern_learn" => nil}},
          {"one learned elsewhere, in ip's words", @mac, [flags: [:extern_learn]],
           %{"extern_learn" => nil}},
          {"whose it is", @mac, [protocol: :zebra], %{"protocol" => "zebra"}},
          {"whose it is by number", @mac, [protocol: 186], %{"protocol" => "bgp"}},
          {"one to be found out", nil, [flags: [:use]], %{"state" => ["INCOMPLETE"]}},
          {"one to be kept up to date", nil, [flags: [:managed]], %{"managed" => nil}}
        ] do
      test text, %{ns: ns, sock: sock} do
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

    test "gives the entry back if asked to", %{sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        opts = [echo: true, protocol: :bgp, flags: [:router, :ext_learned]]
        assert {:ok, %Neighbour{} = neighbour} = Neighbour.add(sock, "v0", ip, @mac, opts)

        assert {to_string(neighbour.dst), to_string(neighbour.lladdr)} == {ip, @mac}
        assert Neighbour.states(neighbour) == [:permanent]
        assert Neighbour.flags(neighbour) == [:ext_learned, :router]
        assert neighbour.protocol == :bgp
      end
    end

    test "one about to be verified", %{ns: ns, sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        assert Neighbour.add(sock, "v0", ip, @mac, state: :delay) == :ok
        # The delay counts from when the entry was last used, so it may be over.
        assert shown(ns, ip)["state"] in [["DELAY"], ["PROBE"]]
      end
    end

    test "that has been verified elsewhere, on new kernels", %{sock: sock} do
      for ip <- ~w(10.0.0.9 fd00::9) do
        opts = [state: :stale, flags: [:ext_learned, :ext_validated]]

        if :os.version() >= {6, 17, 0} do
          assert {:ok, entry} = Neighbour.add(sock, "v0", ip, @mac, [echo: true] ++ opts)
          assert Neighbour.flags(entry) == [:ext_learned, :ext_validated]

          # ip of Debian 12 does not show it: NDA_FLAGS_EXT as the kernel sends it.
          query = %Neighbour{family: entry.family, ifindex: entry.ifindex, dst: entry.dst}
          {:ok, [message]} = Request.talk(sock, 30, 0, Neighbour.encode(query))
          assert message.payload =~ <<8::native-16, 15::native-16, 4::native-32>>
        else
          assert {:error, %Error{errno: :einval}} = Neighbour.add(sock, "v0", ip, @mac, opts)
        end
      end
    end

    test "to a link that does not exist fails", %{sock: sock} do
      for link <- ["v9", 999] do
        assert {:error, %Error{errno: :enodev}} = Neighbour.add(sock, link, "10.0.0.9", @mac)
      end
    end
  end

  for ip <- ~w(10.0.0.9 fd00::9) do
    test "replacing adds or overwrites, changing overwrites, #{ip}", %{ns: ns, sock: sock} do
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

  test "many are added in a batch, and flushed", %{ns: ns, sock: sock} do
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

    test "all, or those of a link, gives what ip gives", %{ns: ns, sock: sock} do
      # The kernel's own entries for multicast come and go.
      listed = fn text -> Enum.reject(text, &(&1 =~ ~r/^(ff|224)/)) end

      {:ok, all} = Neighbour.list(sock)
      assert listed.(text(all)) == listed.(in_ip(ns, ""))
      assert length(listed.(text(all))) == 4

      for link <- ~w(v0 v1 br0) do
        {:ok, some} = Neighbour.list(sock, link)
        assert listed.(text(some)) == listed.(in_ip(ns, "dev #{link}"))
      end
    end

    test "filters by link, master, family and state", %{sock: sock} do
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

    test "has the kernel filter", %{ns: ns, sock: sock} do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
      assert {:ok, [_]} = Request.dump(sock, 30, %Neighbour{family: 2, via: index})
    end

    test "how old entries are, and how often they were asked for", %{ns: ns, sock: sock} do
      ip!(ns, "neigh add 10.0.0.7 dev v0 use nud incomplete")
      Process.sleep(1_200)

      for ip <- ~w(10.0.0.9 fd00::9 10.0.0.7) do
        shown = fn ->
          [shown] = for %{"dst" => ^ip} = one <- ip_json(ns, "-s neigh show nud all"), do: one
          shown
        end

        before = shown.()
        assert {:ok, neighbour} = Neighbour.get(sock, "v0", ip)
        behind = shown.()

        # Seconds, and hundredths of them.
        for key <- ~w(used confirmed updated)a do
          listed = Map.fetch!(neighbour.cacheinfo, key)
          [first, last] = for one <- [before, behind], do: one[Atom.to_string(key)]
          assert listed in (first * 100)..(last * 100 + 99)
          assert listed >= 100 or ip == "10.0.0.7"
        end

        assert neighbour.probes in (before["probes"] || 0)..(behind["probes"] || 0)
      end

      assert {:ok, %Neighbour{probes: probes, lladdr: nil}} =
               Neighbour.get(sock, "v0", "10.0.0.7")

      assert probes > 0
    end

    test "one entry", %{sock: sock} do
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

    @made ~w(10.0.0.2 10.0.0.3 10.0.0.4 10.9.0.3 10.9.0.4 fd00::3 fd00::4)

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
      test "with #{inspect(opts)} leaves the others", %{ns: ns, sock: sock} do
        # The kernel's own entries for multicast are there as well.
        assert {:ok, count} = Neighbour.flush(sock, unquote(opts))
        assert count >= length(unquote(gone))

        left =
          for %{"dst" => ip, "state" => state} <- ip_json(ns, "neigh show nud all"),
              state != ["FAILED"],
              do: ip

        assert @made -- left == unquote(gone)
        assert {:ok, again} = Neighbour.flush(sock, unquote(opts))
        assert again < count or count == 0
      end
    end
  end

  describe "probing" do
    setup %{ns: ns} do
      # The far end is in another namespace: a real neighbour.
      other = netns!()
      pace(ns, "v0", 200)
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
      test "finds an address out, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        assert Neighbour.probe(sock, "v0", unquote(ip)) == :ok
        assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
      end

      test "verifies one that is known, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        for state <- [:stale, :permanent] do
          :ok = Neighbour.replace(sock, "v0", unquote(ip), mac, state: state)
          assert Neighbour.probe(sock, "v0", unquote(ip)) == :ok
          assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
        end
      end

      test "ends in failed without an answer, #{absent}", %{ns: ns, sock: sock} do
        :ok = Neighbour.add(sock, "v0", unquote(absent), @mac, state: :stale)
        assert Neighbour.probe(sock, "v0", unquote(absent)) == :ok
        assert {nil, ["FAILED"]} = settled(ns, unquote(absent))
      end

      test "is done by itself for one that is managed, #{ip}", %{ns: ns, sock: sock, mac: mac} do
        assert Neighbour.add(sock, "v0", unquote(ip), nil, flags: [:managed]) == :ok
        assert settled(ns, unquote(ip)) == {mac, ["REACHABLE"]}
        assert {:ok, neighbour} = Neighbour.get(sock, "v0", unquote(ip))
        assert :managed in Neighbour.flags(neighbour)
      end
    end
  end

  test "addresses to answer for", %{ns: ns, sock: sock} do
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
