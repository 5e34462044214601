defmodule Linx.Namespace.Rtnl.ViewTest do
  # Not async: it counts the descriptors of the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Descriptors, only: [sockets: 0, settle: 1]

  alias Linx.Netlink.{Batch, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, Route, View}
  alias Linx.Test.ViewComparison

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp view!(path, opts \\ []) do
    {:ok, view} = View.start_link([netns: {:path, path}] ++ opts)
    view
  end

  # Waits until the view has the state of `ip`, with a limit, so that a failure shows both.
  defp agree!(ns, view, what, tries \\ 5000) do
    {ours, theirs} = {what.(view), judge(ns, what)}

    if ours == theirs or tries == 0 do
      assert ours == theirs
    else
      Process.sleep(10)
      agree!(ns, view, what, tries - 1)
    end
  end

  # Objects of a view, in the form in which `judge/2` returns the objects of `ip`.
  defp links(view),
    do: view |> View.links() |> Enum.map(&{&1.index, &1.name, Link.up?(&1)}) |> Enum.sort()

  defp addresses(view) do
    view
    |> View.addresses()
    |> Enum.map(&{&1.index, Linx.IP.to_string(&1.local || &1.address), &1.prefixlen})
    |> Enum.sort()
  end

  defp routes(view) do
    for route <- View.routes(view), Route.target_table(route) == 254 do
      {prefix(route), route.gateway && Linx.IP.to_string(route.gateway), route.oif, metric(route)}
    end
    |> Enum.sort()
  end

  defp prefix(%{dst: nil}), do: "default"

  defp prefix(%{dst: dst, dst_len: len}) when len == bit_size(dst.bytes),
    do: Linx.IP.to_string(dst)

  defp prefix(%{dst: dst, dst_len: len}), do: "#{Linx.IP.to_string(dst)}/#{len}"
  defp metric(route), do: route.priority

  defp judge(ns, what) do
    cond do
      what == (&links/1) ->
        for(l <- ip_json(ns, "link show"), do: {l["ifindex"], l["ifname"], "UP" in l["flags"]})

      what == (&addresses/1) ->
        for l <- ip_json(ns, "address show"), a <- l["addr_info"] || [] do
          {l["ifindex"], a["local"], a["prefixlen"]}
        end

      what == (&routes/1) ->
        index = Map.new(ip_json(ns, "link show"), &{&1["ifname"], &1["ifindex"]})

        for r <- ip_json(ns, "route show table main") ++ ip_json(ns, "-6 route show table main") do
          {r["dst"], r["gateway"], index[r["dev"]], r["metric"]}
        end
    end
    |> Enum.sort()
  end

  test "a view is complete when start_link/1 returns", %{ns: ns, path: path} do
    ip!(ns, "link add left type veth peer name right")
    ip!(ns, "link set left up")
    ip!(ns, "address add 192.0.2.1/24 dev left")
    ip!(ns, "route add default via 192.0.2.254")
    view = view!(path)
    assert links(view) == judge(ns, &links/1)
    assert addresses(view) == judge(ns, &addresses/1)
    assert routes(view) == judge(ns, &routes/1)
    assert {:ok, %Link{name: "left"}} = View.get(view, "left")
    assert {:ok, %Link{name: "lo"}} = View.get(view, 1)
    assert :error = View.get(view, "absent0")
    assert :error = View.lookup(view, :nexthops, 7)
    assert {version, %{links: [_, _, _], rules: [_ | _]}} = View.all(view)
    assert version == View.version(view)
    assert :ok = View.stop(view)
  end

  test "a view has each change, and sends the differences to its subscribers",
       %{ns: ns, path: path} do
    view = view!(path)
    {:ok, ref} = View.subscribe(view, self(), resources: [:links])
    ip!(ns, "link add br0 type bridge")
    assert_receive {:linx_view, ^ref, {version, [create: %Link{name: "br0", index: index}]}}
    assert View.version(view) >= version
    ip!(ns, "link set br0 mtu 1400")
    assert_receive {:linx_view, ^ref, {_, [update: %Link{name: "br0", mtu: 1400}]}}
    ip!(ns, "link set br0 name lan0")
    assert_receive {:linx_view, ^ref, {_, [update: %Link{name: "lan0"}]}}
    assert :error = View.get(view, "br0")
    assert {:ok, %Link{index: ^index}} = View.get(view, "lan0")
    # The kernel does not notify of an alternative name of a link that is down.
    ip!(ns, "link set lan0 up")
    ip!(ns, "link property add dev lan0 altname local-area-network-0")
    {:ok, _} = View.await(view, &(View.get(&1, "local-area-network-0") != :error))
    assert {:ok, %Link{index: ^index}} = View.get(view, "local-area-network-0")
    ip!(ns, "link delete lan0")
    {:ok, _} = View.await(view, &(View.get(&1, "lan0") == :error))
    assert :error = View.get(view, index)
    assert :error = View.get(view, "local-area-network-0")
    :ok = View.unsubscribe(view, ref)
  end

  test "the timer of a bridge port that has decreased is not reported as a change",
       %{ns: ns, path: path} do
    # IPv6 would send router solicitations for seconds.
    exec!(ns, "sysctl", "-q -w net.ipv6.conf.default.disable_ipv6=1")

    for line <- [
          "link add br0 type bridge stp_state 1 forward_delay 3000",
          "link add p type veth peer name q",
          "link set q up",
          "link set p master br0",
          "link set p up",
          "link set br0 up"
        ],
        do: ip!(ns, line)

    timer = fn -> port(ns, "p")["forward_delay_timer"] end
    view = view!(path)
    ViewComparison.await_resync(view)
    {:ok, ref} = View.subscribe(view, self(), resources: [:links])
    before = timer.()
    assert before > 0
    await_change(timer, before)

    # Each is notified, with equal values except the timers.
    for _ <- 1..3, do: ip!(ns, ["link", "set", "p", "alias", ""])
    ip!(ns, "link add mark0 type bridge")
    assert [create: %Link{name: "mark0"}] = until_mark(ref, [])
  end

  defp port(ns, name) do
    [%{"linkinfo" => %{"info_slave_data" => data}}] =
      ip_json(ns, "-details link show dev #{name}")

    data
  end

  defp await_change(timer, before),
    do: if(timer.() == before, do: await_change(timer, before))

  defp until_mark(ref, received) do
    assert_receive {:linx_view, ^ref, {_version, changes}}, 60_000
    received = received ++ changes

    if Enum.any?(changes, &match?({:create, _}, &1)),
      do: received,
      else: until_mark(ref, received)
  end

  test "a port that leaves its bridge remains as a link", %{ns: ns, path: path} do
    for line <- [
          "link add br0 type bridge",
          "link add p type veth peer name q",
          "link set p master br0"
        ],
        do: ip!(ns, line)

    view = view!(path)
    ip!(ns, "link set p nomaster")
    agree!(ns, view, &links/1)
    # The notification of last0 comes after all those of the port.
    ip!(ns, "link add last0 type bridge")
    {:ok, _} = View.await(view, &(View.get(&1, "last0") != :error))
    assert {:ok, %Link{master: nil}} = View.get(view, "p")
  end

  test "routes that the kernel deletes without a notification are deleted from the view",
       %{ns: ns, path: path} do
    for line <- [
          "link add left type veth peer name right",
          "link set left up",
          "link set right up",
          "address add 192.0.2.1/24 dev left",
          "address add fd00::1/64 dev left nodad",
          "route add 198.51.100.0/24 via 192.0.2.9",
          "nexthop add id 7 via 192.0.2.8 dev left",
          "route add 203.0.113.0/24 nhid 7",
          "-6 route add fd01::/64 via fd00::9"
        ],
        do: ip!(ns, line)

    view = view!(path)
    assert routes(view) == judge(ns, &routes/1)
    # There are routes to delete, so that this test can fail.
    assert length(routes(view)) >= 4

    ip!(ns, "nexthop delete id 7")
    agree!(ns, view, &routes/1)
    ip!(ns, "link set left down")
    agree!(ns, view, &routes/1)
    ip!(ns, "link set left up")
    agree!(ns, view, &routes/1)
    ip!(ns, "link delete left")
    agree!(ns, view, &routes/1)
    agree!(ns, view, &links/1)
    agree!(ns, view, &addresses/1)
    assert View.nexthops(view) == []
    assert View.info(view).resyncs > 0
  end

  test "routes are right after they are replaced, appended and deleted", %{ns: ns, path: path} do
    for line <- [
          "link add v type veth peer name w",
          "link set v up",
          "link set w up",
          "address add 192.0.2.1/24 dev v",
          "address add fd00::1/64 dev v nodad"
        ],
        do: ip!(ns, line)

    view = view!(path)

    for line <- [
          "route add 198.51.100.0/24 via 192.0.2.9",
          "route replace 198.51.100.0/24 via 192.0.2.8",
          "route append 198.51.100.0/24 via 192.0.2.7",
          "route delete 198.51.100.0/24 via 192.0.2.8",
          "-6 route add fd09::/64 via fd00::9",
          "-6 route replace fd09::/64 via fd00::8",
          "-6 route append fd0a::/64 via fd00::7",
          "-6 route delete fd09::/64"
        ] do
      ip!(ns, line)
      agree!(ns, view, &routes/1)
    end
  end

  test "routes_to/3 returns the most specific route first", %{ns: ns, path: path} do
    ip!(ns, "link set lo up")

    for dst <- ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "default"],
        do: ip!(ns, "route add #{dst} dev lo")

    ip!(ns, "route add 10.1.0.0/16 dev lo metric 5")
    ip!(ns, "-6 route add fd00::/8 dev lo")
    view = view!(path)
    lens = fn ip -> for route <- View.routes_to(view, ip), do: {route.dst_len, route.priority} end
    assert lens.("10.1.2.3") == [{24, nil}, {16, nil}, {16, 5}, {8, nil}, {0, nil}]
    assert lens.("10.9.9.9") == [{8, nil}, {0, nil}]
    assert [{8, 1024}] = lens.("fd12::1")
    assert View.routes_to(view, "10.1.2.3", table: 99) == []
    assert View.routes_to(view, "10.1") == {:error, {:bad_address, "10.1"}}
  end

  test "invalid options are refused before anything is started" do
    assert {:error, {:unknown_option, :kind}} = View.start_link(kind: [:links])
    assert {:error, {:bad_option, :resources, [:link]}} = View.start_link(resources: [:link])
    assert {:error, {:bad_option, :resources, :links}} = View.start_link(resources: :links)
  end

  test "a view with a tiny buffer is right after bursts of 20,000 changes of routes", context do
    %{ns: ns, path: path, sock: sock} = context
    ip!(ns, "link set lo up")
    view = view!(path, rcvbuf: 8192)
    for n <- 1..3, do: burst(view, ns, sock, n)
    assert View.info(view).overruns > 0
  end

  # Makes 20,000 changes, and waits until the view has their result.
  defp burst(view, ns, sock, n) do
    change = fn verb, range ->
      {:ok, results} =
        Batch.run(sock, fn batch ->
          for m <- range, do: verb.(batch, "#{10 + n}.#{div(m, 250)}.#{rem(m, 250)}.0")
        end)

      assert Enum.all?(results, &(&1 == :ok))
    end

    expected =
      for k <- 1..n, m <- 5000..14_999, do: "#{10 + k}.#{div(m, 250)}.#{rem(m, 250)}.0/24"

    expected = Enum.sort(expected)

    count = View.info(view).objects.routes
    # The view is suspended in the first burst, to overrun its buffer: it may be fast enough for
    # the others.
    if n == 1, do: :sys.suspend(view)
    change.(&Route.add(&1, &2, 24, nil, dev: 1), 0..14_999)
    change.(&Route.delete(&1, &2, 24, nil, []), 0..4999)
    if n == 1, do: :sys.resume(view)

    # The count is compared first, which is cheap: reading all routes takes time from the view.
    eventually(fn ->
      View.info(view).objects.routes == count + 10_000 and
        Enum.map(routes(view), &elem(&1, 0)) == expected
    end)

    assert routes(view) == judge(ns, &routes/1)
  end

  test "readers see consistent states while links are created and deleted",
       %{path: path, sock: sock} do
    view = view!(path)
    # Number of links that were created and deleted, and number of reads.
    [links, reads] = [:counters.new(1, []), :counters.new(1, [])]
    done? = fn -> :counters.get(links, 1) >= 50 and :counters.get(reads, 1) >= 2000 end

    churn =
      Task.async(fn ->
        until(done?, fn ->
          :ok = Link.create_veth(sock, "churn0", "churn1")
          :ok = Link.delete(sock, "churn0")
          :counters.add(links, 1, 1)
        end)
      end)

    readers =
      for _ <- 1..4 do
        Task.async(fn ->
          until(done?, fn ->
            read(view)
            :counters.add(reads, 1, 1)
          end)
        end)
      end

    Task.await_many([churn | readers], :infinity)
  end

  defp until(done?, fun) do
    unless done?.() do
      fun.()
      until(done?, fun)
    end
  end

  # Names and indices of one state belong together.
  defp read(view) do
    {_version, %{links: links, addresses: addresses}} = View.all(view)
    indices = Enum.map(links, & &1.index)
    assert 1 in indices
    assert length(Enum.uniq(indices)) == length(indices)
    assert Enum.all?(addresses, &(&1.index in indices))

    case View.get(view, "churn0") do
      {:ok, link} -> assert link.name == "churn0"
      :error -> :ok
    end
  end

  test "a killed view leaves no socket and no persistent term behind", %{path: path} do
    Process.flag(:trap_exit, true)
    before = sockets()
    view = view!(path)
    assert sockets() == before + 2
    Process.exit(view, :kill)
    assert_receive {:EXIT, ^view, :killed}
    assert settle(before) == before

    eventually(fn ->
      not Enum.any?(:persistent_term.get(), &match?({{View.Table, ^view}, _}, &1))
    end)
  end
end
