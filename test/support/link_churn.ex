defmodule Linx.Test.LinkChurn do
  @moduledoc false
  # `ip` creates and deletes pairs of veths in a namespace, while a view is read and lists are
  # requested through a connection. Each read is checked without another one:
  #
  #   * the permanent objects are in every read, unchanged;
  #   * pair `k` has the names c`k` and d`k`, the indices 10000 + k and 20000 + k, and the address
  #     10.`k`.0.1. A read must have it some time after its creation, and must not have it some time
  #     after its deletion;
  #   * in one read of a view, the link of each address exists, and versions of reads only grow.

  alias Linx.Netlink.Connection
  alias Linx.Netlink.Rtnl.{Address, Link, Route, View}
  alias Linx.Test.{Netns, ViewComparison}

  @pairs 120
  @permanent 100
  # Number of pairs that are created in a second.
  @rate 20

  @doc """
  Creates and deletes links for `seconds`, and returns counters. A read may be `grace` milliseconds
  behind a change.
  """
  def run(ns, seconds, grace \\ 2000) do
    permanent(ns)
    path = Netns.path(ns)
    {:ok, view} = View.start_link(netns: {:path, path})
    {:ok, conn} = Connection.start_link(netns: {:path, path})
    times = :ets.new(__MODULE__, [:public])
    :ets.insert(times, {:grace, grace})
    run = %{view: view, conn: conn, times: times, until: now() + seconds * 1000}

    tasks =
      for work <- [&reads/1, &reads/1, &reads/1, &lists/1], do: Task.async(fn -> work.(run) end)

    {pairs, refused} = churn(ns, times, run.until)
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

  @doc "The counters of violated guarantees, of those that `run/3` returned."
  def violations(counts) do
    guaranteed = [:refused, :failed, :wrong, :lists_failed, :lists_wrong, :differs]
    for key <- guaranteed, counts[key] not in [0, nil], do: {key, counts[key]}
  end

  defp differs(ns, view) do
    ViewComparison.agree!(ns, view)
    nil
  rescue
    error -> Exception.message(error)
  end

  defp now, do: System.monotonic_time(:millisecond)

  # Changes by ip

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

  # `ip` executes each line when it arrives.
  defp ip(ns) do
    args = ["-n", ns, "-force", "-batch", "-"]
    opts = [:binary, :stderr_to_stdout, :exit_status, args: args]
    Port.open({:spawn_executable, System.find_executable("ip")}, opts)
  end

  # The input of a port cannot be closed alone: the end is a line whose refusal `ip` prints. Returns the
  # lines about other refusals.
  defp done(port, ns) do
    Port.command(port, "link show dev end-of-input\n")
    output = output(port, "")
    Port.close(port)

    for line <- String.split(output, "\n", trim: true),
        not (line =~ "end-of-input" or line =~ "Command failed -" or line =~ ns),
        do: line
  end

  defp output(port, output) do
    receive do
      {^port, {:data, data}} ->
        output = output <> data
        if output =~ "end-of-input", do: output, else: output(port, output)

      {^port, {:exit_status, status}} ->
        output <> "ip ended with #{status}"
    end
  end

  # Creates a pair every 1/@rate seconds, and deletes each after its lifetime, the remaining ones at the
  # end.
  defp churn(ns, times, until) do
    port = ip(ns)
    start = now()

    {count, alive} =
      Stream.iterate(0, &(&1 + 1))
      |> Enum.reduce_while({0, []}, fn n, {count, alive} ->
        Process.sleep(max(start + div(n * 1000, @rate) - now(), 0))
        {gone, alive} = Enum.split_with(alive, fn {_k, ends} -> ends <= now() end)
        for {k, _ends} <- gone, do: delete(port, times, k)
        k = rem(n, @pairs)

        cond do
          now() >= until -> {:halt, {count, alive}}
          List.keymember?(alive, k, 0) -> {:cont, {count, alive}}
          true -> {:cont, {count + 1, [create(port, times, k, n) | alive]}}
        end
      end)

    for {k, _ends} <- alive, do: delete(port, times, k)
    {count, length(done(port, ns))}
  end

  defp create(port, times, k, n) do
    :ets.insert(times, {k, :alive, now()})

    Port.command(port, """
    link add c#{k} index #{10_000 + k} type veth peer name d#{k} index #{20_000 + k}
    link set c#{k} up
    address add 10.#{k}.0.1/24 dev c#{k}
    link set d#{k} up
    route add 10.#{k}.128.0/24 via 10.#{k}.0.2
    """)

    # Most pairs live shortly. Some live so long that a read without them is wrong.
    {k, now() + if(rem(n, 20) == 0, do: 2 * grace(times), else: Enum.random(0..400))}
  end

  defp delete(port, times, k) do
    Port.command(port, "link delete c#{k}\n")
    :ets.insert(times, {k, :gone, now()})
  end

  # Reading

  defp reads(run), do: read(run, 0, %{})

  defp read(run, version, counts) do
    if now() < run.until do
      {outcome, version} = outcome(fn -> one_read(run, version) end, version)
      Process.sleep(1)
      read(run, version, count(counts, outcome))
    else
      counts
    end
  end

  defp outcome(fun, version) do
    fun.()
  catch
    kind, reason ->
      report({kind, reason})
      {:failed, version}
  end

  defp one_read(%{view: view} = run, version) do
    began = now()

    case Enum.random([:all, :all, :get, :index, :route]) do
      :all ->
        {next, all} = View.all(view)
        indices = MapSet.new(all.links, & &1.index)
        without_link = for a <- all.addresses, a.index not in indices, do: a

        wrong =
          wrong_links(all.links, run.times, began) ++
            wrong_addresses(all.addresses) ++
            wrong_routes(all.routes) ++
            without_link ++ if(next < version, do: [{:version, version, next}], else: [])

        {verdict(wrong), max(version, next)}

      :get ->
        n = Enum.random(1..@permanent)
        {:ok, link} = View.get(view, "p#{n}")
        {verdict(if(permanent?(link), do: [], else: [link])), version}

      :index ->
        k = Enum.random(0..(@pairs - 1))

        wrong =
          case View.get(view, 10_000 + k) do
            {:ok, link} -> wrong_pairs([link], run.times, began)
            :error -> if(expected?(run.times, k, began), do: [{:absent, k}], else: [])
          end

        {verdict(wrong), version}

      :route ->
        n = Enum.random(1..@permanent)
        [route | _] = View.routes_to(view, "192.168.#{n}.7")
        {verdict(if(route.oif == 1000 + n, do: [], else: [route])), version}
    end
  end

  defp lists(run), do: list(run, %{})

  defp list(run, counts) do
    if now() < run.until do
      {outcome, nil} = outcome(fn -> {one_list(run), nil} end, nil)
      Process.sleep(1)
      list(run, count(counts, outcome))
    else
      counts
    end
  end

  defp one_list(%{conn: conn} = run) do
    began = now()

    {result, check} =
      case Enum.random([:links, :addresses, :routes]) do
        :links -> {Link.list(conn, dump_retries: 0), &wrong_links(&1, run.times, began)}
        :addresses -> {Address.list(conn, dump_retries: 0), &wrong_addresses/1}
        :routes -> {Route.list(conn, dump_retries: 0), &wrong_routes/1}
      end

    case result do
      {:ok, objects} ->
        verdict(check.(objects))

      {:error, :dump_interrupted} ->
        :interrupted

      {:error, reason} ->
        report(reason)
        :failed
    end
  end

  defp count(counts, outcome), do: Map.update(counts, outcome, 1, &(&1 + 1))

  defp verdict([]), do: :right

  defp verdict(wrong) do
    report(wrong)
    :wrong
  end

  # Prints the first three errors of a process.
  defp report(error) do
    shown = Process.get(:shown, 0)
    Process.put(:shown, shown + 1)
    if shown < 3, do: IO.puts(:stderr, inspect(error, limit: 20))
  end

  # Checks: each returns the wrong objects.

  defp wrong_links(links, times, began) do
    duplicates =
      if duplicates?(links, & &1.index) or duplicates?(links, & &1.name),
        do: [:duplicate],
        else: []

    permanent = Enum.count(links, &permanent?/1)
    indices = MapSet.new(links, & &1.index)

    absent =
      for k <- 0..(@pairs - 1),
          not MapSet.member?(indices, 10_000 + k),
          expected?(times, k, began),
          do: {:absent, k}

    lost = if permanent == 2 * @permanent + 1, do: [], else: [{:permanent, permanent}]
    duplicates ++ lost ++ absent ++ wrong_pairs(links, times, began)
  end

  defp permanent?(%{name: "lo", index: 1}), do: true
  defp permanent?(%{name: "p" <> n} = p), do: pair?(p, 1000, 2000, n) and p.mtu == 1400 + int(n)
  defp permanent?(%{name: "q" <> n} = q), do: pair?(q, 2000, 1000, n)
  defp permanent?(_link), do: false

  defp pair?(link, own, other, n),
    do: link.index == own + int(n) and link.link == other + int(n) and Link.up?(link)

  defp int(text), do: String.to_integer(text)

  # The namespace may also have fallback devices of tunnels: links with other names are not checked.
  defp wrong_pairs(links, times, began) do
    for link <- links,
        link.index > 9999 or link.name =~ ~r/^[cd]\d+$/,
        not pair(link, times, began),
        do: link
  end

  defp pair(%{name: <<side, n::binary>>, index: index}, times, began) when side in [?c, ?d] do
    base = if side == ?c, do: 10_000, else: 20_000

    case :ets.lookup(times, int(n)) do
      [{k, :alive, _since}] -> index == base + k
      [{k, :gone, since}] -> index == base + k and began - since < grace(times)
      [] -> false
    end
  end

  defp pair(_link, _times, _began), do: false

  # Whether a pair had existed for long when the read began, and still exists.
  defp expected?(times, k, began) do
    case :ets.lookup(times, k) do
      [{_k, :alive, since}] -> began - since > grace(times) * 3 / 4
      _ -> false
    end
  end

  defp grace(times), do: :ets.lookup_element(times, :grace, 2)

  defp wrong_addresses(addresses) do
    mine = for %{family: 2} = a <- addresses, do: {:binary.bin_to_list(a.local.bytes), a.index}
    permanent = for {[172, 16, n, 1], index} <- mine, index == 1000 + n, do: n

    lost = if length(permanent) == @permanent, do: [], else: [{:permanent, length(permanent)}]
    duplicates = if duplicates?(mine, & &1), do: [:duplicate], else: []
    lost ++ duplicates ++ for({[10, k, 0, 1], index} <- mine, index != 10_000 + k, do: {k, index})
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

  defp duplicates?(list, key), do: length(list) != length(Enum.uniq_by(list, key))
end
