defmodule Linx.Namespace.Batch.ReadsTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Message, Nfnl, Rtnl, Socket}
  alias Linx.Netlink.Batch.Read

  alias Linx.Netlink.Rtnl.{Address, Fdb, Link, Neighbour, Netconf, Nexthop, Route, Rule, Stats}

  setup %{ns: ns, path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)

    for command <- [
          "link set lo up",
          "link add up0 type veth peer name far0",
          "link set up0 up",
          "link set far0 up",
          "address add 10.0.0.1/24 dev up0",
          "-6 address add fd00::1/64 dev up0 nodad",
          "neighbour add 10.0.0.9 lladdr 02:00:00:00:00:09 dev up0",
          "nexthop add id 5 via 10.0.0.9 dev up0"
        ],
        do: ip!(ns, command)

    %{sock: sock}
  end

  test "1,000 routes are looked up, each with the answer that ip has", %{ns: ns, sock: sock} do
    ip!(ns, "route add 10.9.0.0/17 via 10.0.0.9")
    ip!(ns, "route add 10.9.128.0/17 via 10.0.0.8")
    addresses = for n <- 0..999, do: "10.9.#{div(n, 4)}.#{rem(n, 250)}"

    assert {:ok, results} =
             Batch.run(sock, fn batch -> for ip <- addresses, do: Route.get(batch, ip) end)

    shown = for {:ok, route} <- results, do: {to_string(route.dst), to_string(route.gateway)}

    assert shown ==
             for(
               n <- 0..999,
               do: {Enum.at(addresses, n), if(n < 512, do: "10.0.0.9", else: "10.0.0.8")}
             )

    for ip <- ["10.9.0.0", "10.9.127.11", "10.9.128.12", "10.9.249.249"] do
      assert [%{"gateway" => gateway}] = ip_json(ns, "route get #{ip}")
      assert {ip, gateway} in shown
    end
  end

  test "many lookups are one datagram", %{ns: ns} do
    file = Path.join(System.tmp_dir!(), "linx-#{ns}-strace")

    script = """
    alias Linx.Netlink.{Batch, Rtnl}
    {:ok, sock} = Rtnl.open()
    ips = for n <- 0..49, do: "127.0.0.\#{n}"
    {:ok, results} = Batch.run(sock, fn b -> for ip <- ips, do: Rtnl.Route.get(b, ip) end)
    IO.inspect(for({:ok, route} <- results, do: to_string(route.dst)) == ips)
    """

    path = Path.join(:code.lib_dir(:linx), "ebin")
    strace = ["-f", "-e", "trace=sendmsg,sendto,sendmmsg", "-o", file]
    command = ["netns", "exec", ns, "strace"] ++ strace ++ ["elixir", "-pa", path, "-e", script]

    try do
      assert {"true\n", 0} = System.cmd("ip", command)
      sent = file |> File.read!() |> String.split("\n") |> Enum.filter(&(&1 =~ "RTM_GETROUTE"))
      # struct nlmsghdr, struct rtmsg and RTA_DST.
      assert [datagram] = sent
      assert datagram =~ ~r/\) = #{50 * (16 + 12 + 8)}$/
    after
      File.rm(file)
    end
  end

  test "a verb has the same result in a batch as alone", %{sock: sock} do
    verbs = [
      &Link.get(&1, "lo"),
      &Link.get(&1, "up0", stats: true),
      &Link.get(&1, "absent"),
      &Link.get(&1, 99_999),
      &Link.get(&1, "much too long a name" <> String.duplicate("x", 127)),
      &Route.get(&1, "10.0.0.77"),
      &Route.get(&1, "10.0.0.77", fib_match: true),
      &Route.get(&1, "fd00::77"),
      &Route.get(&1, "192.0.2.1"),
      &Route.get(&1, "10.0.0.77", oif: "far0"),
      &Route.get(&1, "nonsense"),
      &Neighbour.get(&1, "up0", "10.0.0.9"),
      &Neighbour.get(&1, "up0", "10.0.0.10"),
      &Address.get(&1, "up0", "10.0.0.1"),
      &Address.get(&1, "up0", "10.0.0.2"),
      &Address.get(&1, "up0", "fd00::1"),
      &Address.get(&1, "up0", "fd00::2"),
      &Rule.get(&1, priority: 32_766),
      &Rule.get(&1, priority: 7),
      &Nexthop.get(&1, 5),
      &Nexthop.get(&1, 6),
      &Netconf.get(&1, "up0"),
      &Netconf.get(&1, :default, family: :inet6),
      &Fdb.get(&1, "up0", "02:00:00:00:00:01")
    ]

    alone = for verb <- verbs, do: without_times(verb.(sock))
    assert {:ok, together} = Batch.run(sock, fn batch -> for verb <- verbs, do: verb.(batch) end)
    assert Enum.map(together, &without_times/1) == alone
    assert Enum.count(alone, &match?({:ok, _}, &1)) >= 12

    # Counters may change between two readings.
    assert {:ok, [{:ok, %Stats{link: %{rx_packets: count}}}, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, &[Stats.get(&1, "lo"), Stats.get(&1, 99_999)])

    assert is_integer(count)
  end

  # Ages of entries, and counters.
  defp without_times({:ok, %Link{} = link}), do: {:ok, %{link | stats64: nil, af_spec: nil}}
  defp without_times({:ok, %{cacheinfo: _} = object}), do: {:ok, %{object | cacheinfo: nil}}
  defp without_times(result), do: result

  test "changes and lookups have their results in order", %{ns: ns, sock: sock} do
    get = &Route.get(&1, "10.7.0.1")
    change = fn verb -> &apply(Route, verb, [&1, "10.7.0.0", 16, "10.0.0.9"]) end
    rule = [priority: 77, table: 700]

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for step <- [
                     get,
                     change.(:add),
                     get,
                     change.(:add),
                     &Rule.get(&1, priority: 77),
                     &Rule.add(&1, rule),
                     &Rule.get(&1, priority: 77),
                     fn _batch -> {:error, :mine} end,
                     change.(:delete),
                     get
                   ],
                   do: step.(batch)
             end)

    assert [
             {:error, %Error{errno: :enetunreach}},
             :ok,
             {:ok, %Route{} = route},
             {:error, %Error{errno: :eexist}},
             {:error, %Error{errno: :enoent}},
             :ok,
             {:ok, %Rule{} = found},
             {:error, :mine},
             :ok,
             {:error, %Error{errno: :enetunreach}}
           ] = results

    assert to_string(route.gateway) == "10.0.0.9"
    assert Rule.target_table(found) == 700
    assert Enum.any?(ip_json(ns, "rule show"), &(&1["priority"] == 77 and &1["table"] == "700"))
    assert Enum.all?(ip_json(ns, "route show"), &(&1["dst"] != "10.7.0.0/16"))
  end

  test "names are looked up while the batch is built", %{sock: sock} do
    assert {:ok, [:ok, {:ok, link}, :ok]} =
             Batch.run(sock, fn batch ->
               assert Link.exists?(batch, "up0")
               assert {:ok, [_ | _]} = Route.list(batch, dev: "up0")

               [
                 Link.set(batch, "up0", mtu: 1400),
                 Link.get(batch, "up0"),
                 Link.set_down(batch, "far0")
               ]
             end)

    assert %Link{name: "up0", mtu: 1400} = link
  end

  test "a refusal has the path of the attribute", %{sock: sock} do
    # An RTA_OIF of two bytes.
    payload = <<2, 32, 0::80, 6::native-16, 4::native-16, 1, 0, 0, 0>>
    read = %Read{type: 26, payload: payload, codec: Route, room: {1280, 1280}}

    assert {:ok, [{:ok, %Route{}}, {:error, %Error{errno: :erange} = error}, :ok]} =
             Batch.run(sock, &[Route.get(&1, "10.0.0.1"), read, Link.set_up(&1, "lo")])

    assert %Error{attribute: [:oif]} = error
  end

  test "a request that is acknowledged without an object has no reply", %{sock: sock} do
    # RTM_NEWROUTE is acknowledged without an object.
    route = %Route{family: 2, dst_len: 32, table: 254, protocol: 3, type: 6}
    body = Route.encode(%{route | dst: Linx.IP.parse!("10.66.0.1")})
    read = %Read{type: 25, payload: body, codec: Route, room: {1280, 1280}}

    assert {:ok, [:ok, {:error, :no_reply}]} =
             Batch.run(sock, [
               %Message{type: 24, flags: 0x600, payload: body},
               read
             ])
  end

  test "replies larger than expected are asked for again, in smaller datagrams", context do
    %{ns: ns, sock: sock} = context
    gateways = for n <- 2..99, do: ["nexthop via 10.0.0.#{n} "]
    ip!(ns, "route add 10.77.0.0/16 #{gateways}")
    {:ok, alone} = Route.get(sock, "10.77.0.1", fib_match: true)
    assert length(alone.multipath) == 98

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for n <- 0..199, do: Route.get(batch, "10.77.0.#{n}", fib_match: true)
             end)

    assert length(results) == 200
    for {:ok, route} <- results, do: assert(length(route.multipath) == 98)
    assert Enum.all?(results, &match?({:ok, _}, &1))
  end

  test "no reply is lost with the smallest receive buffer", %{sock: sock} do
    :ok = Socket.set_rcvbuf(sock, 1)
    {:ok, link} = Link.get(sock, "up0")

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for n <- 1..50 do
                 if rem(n, 5) == 0, do: {:error, n}, else: Link.get(batch, "up0")
               end
             end)

    for {result, n} <- Enum.with_index(results, 1) do
      if rem(n, 5) == 0,
        do: assert(result == {:error, n}),
        else: assert({:ok, %Link{index: index}} = result, "#{n}") && assert(index == link.index)
    end
  end

  test "lookups of several callers and dumps on one socket have their answers", %{sock: sock} do
    tasks =
      for n <- 1..6 do
        Task.async(fn ->
          for round <- 1..10 do
            ips = for m <- 0..99, do: "127.#{n}.#{round}.#{m}"
            {:ok, results} = Batch.run(sock, fn b -> for ip <- ips, do: Route.get(b, ip) end)
            assert ips == for({:ok, route} <- results, do: to_string(route.dst))
            assert {:ok, [_ | _]} = Link.list(sock)
          end
        end)
      end

    Task.await_many(tasks, :infinity)
  end

  test "a failure of the socket is the result of every later item", %{sock: sock} do
    items = fn batch -> [Route.get(batch, "127.0.0.1"), Rule.get(batch, priority: 0)] end
    built = items.(%Batch{sock: sock})
    :ok = Socket.close(sock)

    assert Batch.run(sock, built) ==
             {:ok, [{:error, {:send, :closed}}, {:error, {:send, :closed}}]}
  end

  test "the generation of the ruleset and entries of connection tracking are read", context do
    {:ok, nfnl} = Nfnl.open({:path, context.path})

    # The generation has the name of the thread that asks.
    assert {:ok, %{id: id}} = Nfnl.Codec.get_gen(nfnl)
    assert {:ok, [{:ok, %{id: ^id} = gen}]} = Batch.run(nfnl, &[Nfnl.Codec.get_gen(&1)])
    assert Map.keys(gen) == [:id, :proc_name, :proc_pid]

    assert {:ok, %{entries: 0}} = alone = Nfnl.Conntrack.count(nfnl)

    assert {:ok, [^alone, ^alone]} =
             Batch.run(nfnl, &[Nfnl.Conntrack.count(&1), Nfnl.Conntrack.count(&1)])

    # The wrong protocol is an error of the verb.
    assert {:ok, [{:error, {:wrong_protocol, {12, 0}}}]} =
             Batch.run(context.sock, &[Nfnl.Codec.get_gen(&1)])

    assert {:ok, [{:error, {:wrong_protocol, {0, 12}}}, {:error, {:wrong_protocol, {0, 12}}}]} =
             Batch.run(nfnl, &[Route.get(&1, "127.0.0.1"), Rule.get(&1, priority: 0)])
  end
end
