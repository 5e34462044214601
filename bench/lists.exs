defmodule Bench.Lists do
  @moduledoc false
  # Lists of rtnetlink, compared with other libraries and with the least that they can cost: receiving
  # the messages, and making as many structs.

  import Bench.Measure

  alias Bench.{Input, Pure, Rivals}
  alias Linx.{IP, MAC}
  alias Linx.Netlink.{Attr, Batch, Generic, Message, Rtnl, Socket}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Route}

  @routes 100_000
  @addresses 10_000
  @neighbours 10_000
  @ethtool 500

  # Protocol, type and body of dumps, as short as their families allow. Links come without statistics
  # (IFLA_EXT_MASK), as `Link.list/1` asks for them.
  @getlink {0, 18, <<0::128, 8::native-16, 29::native-16, 8::native-32>>}
  @getaddr {0, 22, <<0::64>>}
  @getroute {0, 26, <<0::96>>}
  @getneigh {0, 30, <<0::96>>}

  # Names of rows.
  @made "as many structs made by the VM, decoded from nothing, in a list"
  @discard "receive and discard, Rust"
  @bound "the bound: receive, and as many structs made by the VM"

  def links(sock, floor, bin) do
    {bytes, messages} = size(floor, @getlink)
    {:ok, [_lo | links] = all} = Link.list(sock)
    true = length(all) == messages
    {:ok, plain} = Socket.open(0)
    {_, type, body} = @getlink
    request = Message.encode(%Message{type: type, flags: 0x301, seq: 1, payload: body})

    pure = fn ->
      plain.socket |> Pure.dump(request) |> Enum.map(&Pure.decode(Link, &1))
    end

    link = hd(links)

    make = fn n ->
      mac = %MAC{bytes: <<2, 0, n::32>>}

      %{
        link
        | index: n,
          link: n,
          name: <<n::64>>,
          address: mac,
          broadcast: %{mac | bytes: <<n::48>>}
      }
    end

    [
      discard(floor, @getlink, 20),
      {"`Link.list/1`", fn -> sample(20, fn -> {:ok, _} = Link.list(sock) end) end},
      made(messages, 20, make),
      {"`:socket` and plain Elixir", fn -> sample(1, pure) end},
      {"`ip -json -details link`", fn -> command(5, "ip -json -details link") end}
    ]
    |> with_rivals(Rivals.rows(bin, :links, messages, 5))
    |> listed("a. Listing #{messages} links (#{bytes} bytes), into structs", ["`Link.list/1`"])
  end

  # Size of a dump: bytes and messages.
  def size(floor, request, ns \\ nil) do
    {_, [line]} = program(floor, ["discard", text_of(request), 1], ns)
    [bytes, messages] = line |> String.split() |> Enum.map(&String.to_integer/1)
    {bytes, messages}
  end

  def discard(floor, request, rounds, ns \\ nil) do
    {@discard, fn -> floor |> program(["discard", text_of(request), rounds], ns) |> elem(0) end}
  end

  defp text_of({protocol, type, body}), do: "#{protocol}:#{type}:#{Base.encode16(body)}"

  # The row of structs without decoding.
  def made(count, rounds, make),
    do: {@made, fn -> sample(rounds, fn -> Pure.keep(count, make) end) end}

  def with_rivals(rows, rivals), do: in_turn(rows ++ rivals)

  # The table of a list with its bound, and how the rows in `ours` compare with that and with others.
  def listed(rows, title, ours, others \\ ["the bound", "`nlink`"]) do
    rows = rows ++ [bound(rows, @bound, @discard, @made)]
    [table(title, rows), for(name <- ours, do: multiples(rows, name, others))]
  end

  def routes(sock, floor, bin) do
    :ok = Link.set_up(sock, "lo")
    Input.add_routes(sock, 0..(@routes - 1001), table: 254)
    Input.add_routes(sock, (@routes - 1000)..(@routes - 1), table: 1000)

    {bytes, messages, rows} = list_routes(sock, floor, bin, "ip -json route show table all")
    {:ok, all} = Route.list(sock)
    {:ok, some} = Route.list(sock, table: 1000)
    1000 = length(some)

    some =
      in_turn([
        {"`Route.list(sock, table: 1000)`",
         fn -> sample(10, fn -> {:ok, _} = Route.list(sock, table: 1000) end) end},
        {"`Route.list/1`, all of them",
         fn -> sample(2, fn -> {:ok, _} = Route.list(sock) end) end}
      ])

    rows = rows ++ [Rivals.cached_routes(bin, messages)]

    [
      listed(rows, "e. Listing #{messages} routes (#{bytes} bytes)", ["`Route.list/1`"]),
      table("f. 1,000 of these routes, those of one table", some),
      memory(sock, all)
    ]
  end

  defp list_routes(sock, floor, bin, ip, ns \\ nil) do
    {bytes, messages} = size(floor, @getroute, ns)
    {:ok, all} = Route.list(sock)
    true = length(all) == messages
    list = fn -> {:ok, _} = Route.list(sock) end
    stream = fn -> sock |> Route.stream!() |> Enum.count() end
    route = Enum.find(all, & &1.dst)
    make = fn n -> %{route | dst: %{route.dst | bytes: <<n::32>>}} end

    rows =
      with_rivals(
        [
          discard(floor, @getroute, 2, ns),
          {"`Route.list/1`, a list of structs", fn -> sample(2, list) end},
          {"`Route.stream!/1`, counted", fn -> sample(2, stream) end},
          made(messages, 2, make),
          {"the same, dropped one by one",
           fn -> sample(2, fn -> Pure.drop(messages, make) end) end},
          {"`ip -json route show table all`", fn -> command(1, ip) end}
        ],
        Rivals.rows(bin, :routes, messages, 2, ns)
      )

    {bytes, messages, rows}
  end

  # Peak memory of the VM during a list and during a stream.
  defp memory(sock, all) do
    # `:erts_debug.size/1` counts shared parts once, and is slow: it is applied to a sample.
    sample = :erts_debug.size(Enum.take(all, 1000)) / 1000
    terms = sample * length(all) * :erlang.system_info(:wordsize)
    list = peak(fn -> Route.list(sock) end)
    stream = peak(fn -> sock |> Route.stream!() |> Enum.count() end)

    """

    ## Memory

    The structs of that list occupy #{mib(terms)} MiB. While they were listed, the VM grew by
    #{mib(list)} MiB at most, while they were streamed by #{mib(stream)} MiB.
    """
  end

  def addresses(sock, floor, bin) do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..@addresses,
            do: Address.add(batch, 1, "127.#{div(n, 250)}.#{rem(n, 250)}.1", 32)
      end)

    [:ok] = Enum.uniq(results)
    {bytes, messages} = size(floor, @getaddr)
    {:ok, [address | _]} = Address.list(sock)

    make = fn n ->
      ip = %{address.local | bytes: <<n::32>>}
      %{address | address: ip, local: ip}
    end

    [
      discard(floor, @getaddr, 5),
      {"`Address.list/1`", fn -> sample(5, fn -> {:ok, _} = Address.list(sock) end) end},
      made(messages, 5, make),
      {"`ip -json address`", fn -> command(2, "ip -json address") end}
    ]
    |> with_rivals(Rivals.rows(bin, :addresses, messages, 5))
    |> listed("g. Listing #{messages} addresses (#{bytes} bytes)", ["`Address.list/1`"])
  end

  # Permanent neighbours, which the kernel does not forget.
  def neighbours(floor, bin) do
    {_, 0} = System.cmd("ip", ["netns", "add", "neighbours"])
    {:ok, sock} = Rtnl.open({:path, "/run/netns/neighbours"})
    :ok = Link.create_veth(sock, "v0", "v1")
    {:ok, %{index: index}} = Link.get(sock, "v0")

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..@neighbours,
            do: Neighbour.add(batch, index, %IP{family: :inet, bytes: <<10, n::24>>}, mac(n))
      end)

    [:ok] = Enum.uniq(results)
    {bytes, messages} = size(floor, @getneigh, "neighbours")
    {:ok, [neighbour | _] = all} = Neighbour.list(sock)
    true = length(all) == messages
    make = fn n -> %{neighbour | dst: %{neighbour.dst | bytes: <<n::32>>}, lladdr: mac(n)} end

    [
      discard(floor, @getneigh, 5, "neighbours"),
      {"`Neighbour.list/1`", fn -> sample(5, fn -> {:ok, _} = Neighbour.list(sock) end) end},
      made(messages, 5, make),
      {"`ip -json neighbour`", fn -> command(2, "ip -n neighbours -json neighbour") end}
    ]
    |> with_rivals(Rivals.rows(bin, :neighbours, messages, 5, "neighbours"))
    |> listed("p. Listing #{messages} neighbours (#{bytes} bytes)", ["`Neighbour.list/1`"])
  end

  defp mac(n), do: %MAC{bytes: <<2, 0, n::32>>}

  # Statistics of all links by ethtool, all groups. A veth has none of the counters: the cost is that of
  # the messages and the structs.
  def ethtool(floor) do
    ns = "ethtool"
    {_, 0} = System.cmd("ip", ["netns", "add", ns])
    {:ok, links} = Rtnl.open({:path, "/run/netns/" <> ns})

    {:ok, results} =
      Batch.run(links, fn batch ->
        for n <- 1..div(@ethtool, 2), do: Link.create_veth(batch, "v#{n}", "w#{n}")
      end)

    [:ok] = Enum.uniq(results)
    {:ok, sock} = Generic.open({:path, "/run/netns/" <> ns})
    {:ok, %{id: id}} = Generic.family(sock, "ethtool")
    {:ok, [stats | _] = all} = Ethtool.list(sock, :stats)

    # ETHTOOL_MSG_STATS_GET with the list of the groups, by their numbers.
    bits =
      for n <- 0..(map_size(stats.groups) - 1), do: {0x8001, Attr.encode([{1, <<n::native-32>>}])}

    groups = Attr.encode([{1, <<>>}, {0x8003, Attr.encode(bits)}])
    attrs = Attr.encode([{0x8002, Attr.encode([])}, {0x8003, groups}])
    request = {16, id, <<32, 1, 0::16, attrs::binary>>}

    {bytes, messages} = size(floor, request, ns)
    true = length(all) == messages

    make = fn n ->
      groups = Map.new(stats.groups, fn {name, group} -> {name, %{group | id: n}} end)
      %{stats | dev: %{stats.dev | index: n, name: <<n::64>>}, groups: groups}
    end

    rows =
      in_turn([
        discard(floor, request, 20, ns),
        {"`Ethtool.list(sock, :stats)`",
         fn -> sample(20, fn -> {:ok, _} = Ethtool.list(sock, :stats) end) end},
        made(messages, 20, make),
        {"`ethtool --json -S '*' --all-groups`",
         fn -> command(20, "ip netns exec #{ns} ethtool --json -S '*' --all-groups") end}
      ])

    rows = rows ++ [bound(rows, @bound, @discard, @made)]

    [
      table("u. Statistics of #{messages} links by ethtool (#{bytes} bytes)", rows),
      multiples(rows, "`Ethtool.list(sock, :stats)`", [@discard, "the bound"])
    ]
  end

  # Routes as BGP installs them: prefixes of many lengths, each with one of a few gateways, so that
  # consecutive routes seldom share values.
  def bgp(floor, bin) do
    {_, 0} = System.cmd("ip", ["netns", "add", "bgp"])
    {:ok, sock} = Rtnl.open({:path, "/run/netns/bgp"})

    for n <- 0..1 do
      :ok = Link.create_veth(sock, "up#{n}", "far#{n}")

      for name <- ["up#{n}", "far#{n}"] do
        # Otherwise a route is added when duplicate address detection ends.
        :ok = Link.set(sock, name, addr_gen_mode: :none)
        :ok = Link.set_up(sock, name)
      end

      :ok = Address.add(sock, "up#{n}", "10.0.#{n}.254", 24)
    end

    routes = Input.bgp_routes(@routes)

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for {dst, len, gateway, opts} <- routes, do: Route.add(batch, dst, len, gateway, opts)
      end)

    [:ok] = Enum.uniq(results)
    ip = "ip -n bgp -json route show table all"
    {bytes, messages, rows} = list_routes(sock, floor, bin, ip, "bgp")

    listed(rows, "m. Listing #{messages} routes through 8 gateways (#{bytes} bytes)", [
      "`Route.list/1`"
    ])
  end
end
