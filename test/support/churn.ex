defmodule Linx.Test.Churn do
  @moduledoc false
  # Pairs of veths come and go in a namespace, by the hand of `ip`, while a view is read and
  # lists are taken through a connection. Whoever reads can tell right from wrong alone:
  #
  #   * what is permanent is in every read, as it was made;
  #   * pair `k` has the names c`k` and d`k`, the indices 10000 + k and 20000 + k, the
  #     address 10.`k`.0.1 and, if it is not too fresh or too long gone, must or must not be
  #     there;
  #   * in one state, an address has its link, and versions only grow.

  alias Linx.Netlink.Connection
  alias Linx.Netlink.Rtnl.{Address, Link, Route, View}
  alias Linx.Test.{Netns, Picture}

  @pairs 120
  @permanent 100
  # How many pairs are made in a second.
  @rate 20

  @doc """
  Runs it for `seconds`, and counts. News may take `grace` milliseconds.
  """
  def run(ns, seconds, grace \\ 2000) do
    permanent(ns)
    path = Netns.path(ns)
    {:ok, view} = View.start_link(netns: {:path, path})
    {:ok, conn} = Connection.start_link(netns: {:path, path})
    born = :ets.new(__MODULE__, [:public])
    :ets.insert(born, {:grace, grace})
    known = %{view: view, conn: conn, born: born, until: now() + seconds * 1000}

    tasks =
      for work <- [&reads/1, &reads/1, &reads/1, &lists/1], do: Task.async(fn -> work.(known) end)

    {pairs, refused} = churn(ns, born, known.until)
    [one, two, three, lists] = Task.await_many(tasks, :infinity)
    reads = [one, two, three] |> Enum.reduce(&Map.merge(&1, &2, fn _key, a, b -> a + b end))
    info = View.info(view)
    differs = differs(ns, view)
    View.stop(view)
    Connection.stop(conn)

    %{
      pairs: pairs,
      refused: refused,
      reads: reads[:right] || 0,
      failed: reads[:failed] || 0,
      wrong: reads[:wrong] || 0,
      lists: lists[:right] || 0,
      interrupted: lists[:interrupted] || 0,
      lists_failed: lists[:failed] || 0,
      lists_wrong: lists[:wrong] || 0,
      resyncs: info.resyncs,
      overruns: info.overruns,
      differs: differs
    }
  end

  @doc "What is promised and does not hold, of what `run/3` returned."
  def broken(counts) do
    kept = [:refused, :failed, :wrong, :lists_failed, :lists_wrong, :differs]
    for key <- kept, counts[key] not in [0, nil], do: {key, counts[key]}
  end

  defp differs(ns, view) do
    Picture.agree!(ns, view)
    nil
  rescue
    error -> Exception.message(error)
  end

  defp now, do: System.monotonic_time(:millisecond)

  # By the hand of ip

  defp permanent(ns) do
    Netns.exec!(ns, "sysctl", "-q -w net.ipv6.conf.default.accept_dad=0")

    lines =
      for n <- 1..@permanent,
          line <- [
            "link add p#{n} index #{1000 + n} mtu #{1400 + n} type veth peer name q#{n} " <>
              "index #{2000 + n}",
            "link set p#{n} up",
            "address add 172.16.#{n}.1/24 dev p#{n}",
            "address add fd00:#{n}::1/64 dev p#{n} nodad",
            "link set q#{n} up",
            "route add 192.168.#{n}.0/24 via 172.16.#{n}.2"
          ],
          do: line

    Netns.ip!(ns, "link set lo up")
    port = ip(ns)
    Port.command(port, Enum.map(lines, &[&1, ?\n]))
    [] = done(port, ns)
  end

  # `ip` obeys line by line, as they come.
  defp ip(ns) do
    args = ["-n", ns, "-force", "-batch", "-"]
    opts = [:binary, :stderr_to_stdout, :exit_status, args: args]
    Port.open({:spawn_executable, System.find_executable("ip")}, opts)
  end

  # There is no way to close a port's input alone: a line that is refused ends the rest.
  defp done(port, ns) do
    Port.command(port, "link show dev the-end-of-it\n")
    output = said(port, "")
    Port.close(port)

    for line <- String.split(output, "\n", trim: true),
        not (line =~ "the-end-of-it" or line =~ "Command failed -" or line =~ ns),
        do: line
  end

  defp said(port, output) do
    receive do
      {^port, {:data, data}} ->
        output = output <> data
        if output =~ "the-end-of-it", do: output, else: said(port, output)

      {^port, {:exit_status, status}} ->
        output <> "ip ended with #{status}"
    end
  end

  # Pair by pair, at the times that the rate says; then the rest go.
  defp churn(ns, born, until) do
    port = ip(ns)
    start = now()

    {count, alive} =
      Stream.iterate(0, &(&1 + 1))
      |> Enum.reduce_while({0, []}, fn n, {count, alive} ->
        Process.sleep(max(start + div(n * 1000, @rate) - now(), 0))
        {gone, alive} = Enum.split_with(alive, fn {_k, ends} -> ends <= now() end)
        for {k, _ends} <- gone, do: delete(port, born, k)
        k = rem(n, @pairs)

        cond do
          now() >= until -> {:halt, {count, alive}}
          List.keymember?(alive, k, 0) -> {:cont, {count, alive}}
          true -> {:cont, {count + 1, [create(port, born, k, n) | alive]}}
        end
      end)

    for {k, _ends} <- alive, do: delete(port, born, k)
    {count, length(done(port, ns))}
  end

  defp create(port, born, k, n) do
    :ets.insert(born, {k, :alive, now()})

    Port.command(port, """
    link add c#{k} index #{10_000 + k} type veth peer name d#{k} index #{20_000 + k}
    link set c#{k} up
    address add 10.#{k}.0.1/24 dev c#{k}
    link set d#{k} up
    route add 10.#{k}.128.0/24 via 10.#{k}.0.2
    """)

    # Most live shortly, some long enough to be missed.
    {k, now() + if(rem(n, 20) == 0, do: 2 * grace(born), else: Enum.random(0..400))}
  end

  defp delete(port, born, k) do
    Port.command(port, "link delete c#{k}\n")
    :ets.insert(born, {k, :gone, now()})
  end

  # Reading

  defp reads(known), do: read(known, 0, %{})

  defp read(known, version, counts) do
    if now() < known.until do
      {outcome, version} = outcome(fn -> one_read(known, version) end, version)
      Process.sleep(1)
      read(known, version, count(counts, outcome))
    else
      counts
    end
  end

  defp outcome(fun, version) do
    fun.()
  catch
    kind, reason ->
      complain({kind, reason})
      {:failed, version}
  end

  defp one_read(%{view: view} = known, version) do
    asked = now()

    case Enum.random([:all, :all, :get, :index, :route]) do
      :all ->
        {next, all} = View.all(view)
        indices = MapSet.new(all.links, & &1.index)
        homeless = for a <- all.addresses, a.index not in indices, do: a

        wrong =
          wrong_links(all.links, known.born, asked) ++
            wrong_addresses(all.addresses) ++
            wrong_routes(all.routes) ++
            homeless ++ if(next < version, do: [{:version, version, next}], else: [])

        {verdict(wrong), max(version, next)}

      :get ->
        n = Enum.random(1..@permanent)
        {:ok, link} = View.get(view, "p#{n}")
        {verdict(if(permanent?(link), do: [], else: [link])), version}

      :index ->
        k = Enum.random(0..(@pairs - 1))

        wrong =
          case View.get(view, 10_000 + k) do
            {:ok, link} -> wrong_pairs([link], known.born, asked)
            :error -> if(surely?(known.born, k, asked), do: [{:absent, k}], else: [])
          end

        {verdict(wrong), version}

      :route ->
        n = Enum.random(1..@permanent)
        [route | _] = View.routes_to(view, "192.168.#{n}.7")
        {verdict(if(route.oif == 1000 + n, do: [], else: [route])), version}
    end
  end

  defp lists(known), do: list(known, %{})

  defp list(known, counts) do
    if now() < known.until do
      {outcome, nil} = outcome(fn -> {one_list(known), nil} end, nil)
      Process.sleep(1)
      list(known, count(counts, outcome))
    else
      counts
    end
  end

  defp one_list(%{conn: conn} = known) do
    asked = now()

    {result, judge} =
      case Enum.random([:links, :addresses, :routes]) do
        :links -> {Link.list(conn, dump_retries: 0), &wrong_links(&1, known.born, asked)}
        :addresses -> {Address.list(conn, dump_retries: 0), &wrong_addresses/1}
        :routes -> {Route.list(conn, dump_retries: 0), &wrong_routes/1}
      end

    case result do
      {:ok, objects} ->
        verdict(judge.(objects))

      {:error, :dump_interrupted} ->
        :interrupted

      {:error, reason} ->
        complain(reason)
        :failed
    end
  end

  defp count(counts, outcome), do: Map.update(counts, outcome, 1, &(&1 + 1))

  defp verdict([]), do: :right

  defp verdict(wrong) do
    complain(wrong)
    :wrong
  end

  # The first few of what is wrong are shown.
  defp complain(what) do
    shown = Process.get(:shown, 0)
    Process.put(:shown, shown + 1)
    if shown < 3, do: IO.puts(:stderr, inspect(what, limit: 20))
  end

  # Judging: each returns what is wrong.

  defp wrong_links(links, born, asked) do
    twice = if twice?(links, & &1.index) or twice?(links, & &1.name), do: [:twice], else: []
    permanent = Enum.count(links, &permanent?/1)
    there = MapSet.new(links, & &1.index)

    absent =
      for k <- 0..(@pairs - 1),
          not MapSet.member?(there, 10_000 + k),
          surely?(born, k, asked),
          do: {:absent, k}

    lost = if permanent == 2 * @permanent + 1, do: [], else: [{:permanent, permanent}]
    twice ++ lost ++ absent ++ wrong_pairs(links, born, asked)
  end

  defp permanent?(%{name: "lo", index: 1}), do: true
  defp permanent?(%{name: "p" <> n} = p), do: pair?(p, 1000, 2000, n) and p.mtu == 1400 + int(n)
  defp permanent?(%{name: "q" <> n} = q), do: pair?(q, 2000, 1000, n)
  defp permanent?(_link), do: false

  defp pair?(link, own, other, n),
    do: link.index == own + int(n) and link.link == other + int(n) and Link.up?(link)

  defp int(text), do: String.to_integer(text)

  # Of others than these the namespace may have some tunnels' fallbacks.
  defp wrong_pairs(links, born, asked) do
    for link <- links,
        link.index > 9999 or link.name =~ ~r/^[cd]\d+$/,
        not pair(link, born, asked),
        do: link
  end

  defp pair(%{name: <<side, n::binary>>, index: index}, born, asked) when side in [?c, ?d] do
    base = if side == ?c, do: 10_000, else: 20_000

    case :ets.lookup(born, int(n)) do
      [{k, :alive, _since}] -> index == base + k
      [{k, :gone, since}] -> index == base + k and asked - since < grace(born)
      [] -> false
    end
  end

  defp pair(_link, _born, _asked), do: false

  # It had been alive for long when it was asked for, and is.
  defp surely?(born, k, asked) do
    case :ets.lookup(born, k) do
      [{_k, :alive, since}] -> asked - since > grace(born) * 3 / 4
      _ -> false
    end
  end

  defp grace(born), do: :ets.lookup_element(born, :grace, 2)

  defp wrong_addresses(addresses) do
    mine = for %{family: 2} = a <- addresses, do: {:binary.bin_to_list(a.local.bytes), a.index}
    permanent = for {[172, 16, n, 1], index} <- mine, index == 1000 + n, do: n

    lost = if length(permanent) == @permanent, do: [], else: [{:permanent, length(permanent)}]
    twice = if twice?(mine, & &1), do: [:twice], else: []
    lost ++ twice ++ for({[10, k, 0, 1], index} <- mine, index != 10_000 + k, do: {k, index})
  end

  defp wrong_routes(routes) do
    mine =
      for %{family: 2, dst_len: 24, dst: dst, oif: oif, gateway: gateway} <- routes,
          gateway != nil,
          do: {:binary.bin_to_list(dst.bytes), oif}

    permanent = for {[192, 168, n, 0], oif} <- mine, oif == 1000 + n, do: n
    lost = if length(permanent) == @permanent, do: [], else: [{:permanent, length(permanent)}]
    lost ++ for({[10, k, 128, 0], oif} <- mine, oif != 10_000 + k, do: {k, oif})
  end

  defp twice?(list, key), do: length(list) != length(Enum.uniq_by(list, key))
end
