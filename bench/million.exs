defmodule Bench.Million do
  @moduledoc false
  # How costs grow with the number of objects, up to a million.
  #
  # A cost that grows as a power of the number has a constant exponent: 1 for a cost per object. It is
  # the slope of the logarithm of the cost over that of the number, from a count to the next.

  import Bench.Measure

  alias Bench.{Guest, Input}
  alias Linx.Netlink.{Batch, Nfnl, Request, Rtnl, Socket}
  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Rtnl.{Link, Reconcile, Route, View}

  @links [200, 2000, 20_000]
  @counts [10_000, 100_000, 1_000_000]
  # Each added route is a request of its own.
  @added [1000, 10_000, 100_000]

  # IPCTNL_MSG_CT_GET of NFNL_SUBSYS_CTNETLINK.
  @get_conntrack 0x101

  def run do
    {connections, note} = connections()
    results = Enum.concat([links(), routes(), added_routes(), connections])
    [growth("q. Growth up to a million objects", results), note]
  end

  defp links do
    {sock, _path} = namespace("links")

    # The loopback device is one of them.
    grown(@links, fn from, to ->
      {:ok, results} =
        Batch.run(sock, fn batch ->
          for n <- max(from, 2)..(to - 2)//2, do: Link.create_veth(batch, "a#{n}", "b#{n}")
        end)

      [:ok] = Enum.uniq(results)
      [{"`Link.list/1`", fn -> {:ok, _} = Link.list(sock) end}]
    end)
  after
    forget("links")
  end

  # They have the protocol of the default reconciler.
  defp routes do
    {sock, path} = namespace("routes")

    grown(@counts, fn from, to ->
      for chunk <- Enum.chunk_every(from..(to - 1), 100_000),
          do: Input.add_routes(sock, chunk, protocol: Reconcile.default_protocol())

      desired = desired(to)

      [
        {"`Route.list/1`", fn -> {:ok, _} = Route.list(sock) end},
        {"`Route.stream!/1`, counted", fn -> sock |> Route.stream!() |> Enum.count() end},
        {"`View.start_link/1` of routes",
         fn -> with({:ok, view} <- start_view(path), do: View.stop(view)) end},
        {nil, fn -> {:ok, _} = start_view(path, name: __MODULE__) end},
        {"`View.routes/1`, read from the table", fn -> View.routes(__MODULE__) end},
        {"`View.refresh/1`, nothing changed", fn -> :ok = View.refresh(__MODULE__) end},
        {nil, fn -> View.stop(__MODULE__) end},
        {"`Reconcile.reconcile/2`, nothing to change",
         fn -> {:ok, %{converged?: true, applied: []}} = Reconcile.reconcile(sock, desired) end}
      ]
    end)
  after
    forget("routes")
  end

  defp start_view(path, opts \\ []),
    do: View.start_link([netns: {:path, path}, resources: [:routes]] ++ opts)

  defp desired(count),
    do: %{routes: for(n <- 0..(count - 1), do: {Input.dst(n), 24, nil, [dev: "lo"]})}

  defp added_routes do
    {sock, _path} = namespace("routes")

    for count <- @added do
      desired = desired(count)
      add = fn -> {:ok, %{converged?: true}} = Reconcile.reconcile(sock, desired) end
      result = measured("`Reconcile.reconcile/2`, which adds all routes", count, add, 1)
      {:ok, ^count} = Route.flush(sock, protocol: Reconcile.default_protocol())
      result
    end
  after
    forget("routes")
  end

  # Here as many as the kernel allows. If that is less than a million, and $RUN_IN_VM is a program that
  # runs a command under another kernel, whose limit can be raised, a million are measured there.
  defp connections do
    {sock, _path} = namespace("connections", Nfnl)
    {:ok, %{max_entries: most}} = Conntrack.count(sock)
    streamed = connections(sock, Enum.uniq(Enum.map(@counts, &min(&1, most))), "")
    limit = "\nThis kernel tracks #{most} connections at most."

    cond do
      most >= List.last(@counts) -> {streamed, ""}
      true -> in_vm(streamed, limit)
    end
  after
    forget("connections")
  end

  defp connections(sock, counts, place) do
    name = "`Request.stream!/3` of tracked connections, counted#{place}"

    grown(counts, fn from, to ->
      Input.add_connections(sock, from..(to - 1))
      [{name, fn -> sock |> Request.stream!(@get_conntrack, %Conntrack{}) |> Enum.count() end}]
    end)
  end

  defp in_vm(streamed, limit) do
    case Guest.run("million_in_vm.exs") do
      {:ok, results} ->
        {streamed ++ results,
         limit <> " More were tracked by another kernel, in a virtual machine.\n"}

      {:error, reason} ->
        {streamed, limit <> " For more, #{reason}.\n"}
    end
  end

  # For million_in_vm.exs, where the limit of connections belongs to the guest.
  def print_connections do
    for {name, value} <- [nf_conntrack_max: 2_000_000, nf_conntrack_buckets: 262_144],
        do: File.write!("/proc/sys/net/netfilter/#{name}", "#{value}")

    {:ok, sock} = Nfnl.open()
    Guest.print(connections(sock, @counts, ", in a virtual machine"))
  end

  # Namespaces

  defp namespace(name, protocol \\ Rtnl) do
    {_, 0} = System.cmd("ip", ["netns", "add", name])
    path = "/run/netns/#{name}"
    {:ok, rtnl} = Rtnl.open({:path, path})
    :ok = Link.set_up(rtnl, "lo")
    :ok = Socket.close(rtnl)
    {:ok, sock} = protocol.open({:path, path})
    {sock, path}
  end

  defp forget(name), do: System.cmd("ip", ["netns", "delete", name])

  # Measurement

  # The results of the jobs that a function returns, which first adds the objects with the numbers from
  # its first argument up to its second. A job without a name is a step that is not measured.
  defp grown(counts, prepare) do
    for {from, to} <- Enum.zip([0 | counts], counts),
        {name, job} <- prepare.(from, to),
        result <- List.wrap(result(name, to, job)),
        do: result
  end

  defp result(nil, _count, job), do: job.() && nil
  defp result(name, count, job), do: measured(name, count, job, 5)

  # The medians of several rounds. Each begins with a process of its own, and a swept heap.
  defp measured(name, count, job, rounds) do
    IO.puts(:stderr, "measuring: q, #{name}, #{count}")
    samples = rounds(job, rounds)
    median = &(&1 |> Enum.sort() |> Enum.at(div(length(samples), 2)))
    [wall, cpu, memory] = samples |> Enum.zip_with(& &1) |> Enum.map(median)
    %{name: name, count: count, wall: wall, cpu: cpu, memory: memory}
  end

  # A job that takes longer is not repeated, microseconds.
  @long 3_000_000

  defp rounds(_job, 0), do: []

  defp rounds(job, rounds) do
    [wall, _, _] = sample = measure(job)
    [sample | if(wall > @long, do: [], else: rounds(job, rounds - 1))]
  end

  defp measure(job) do
    Enum.each(Process.list(), &:erlang.garbage_collect/1)
    parent = self()
    memory = peak(fn -> send(parent, {:cost, once(job)}) end)
    receive do: ({:cost, {wall, cpu, _count}} -> [wall, cpu, memory])
  end

  # The text of the results, in order of their names.
  defp growth(title, results) do
    lines =
      for name <- results |> Enum.map(& &1.name) |> Enum.uniq(),
          group = Enum.filter(results, &(&1.name == name)),
          {result, before} <- Enum.zip(group, [nil | group]),
          do: line(result, before)

    """

    ## #{title}

    Medians of five rounds; what took longer than three seconds was measured once. Memory is the
    most by which the VM grew. Exponents are those of the growth from the count in the line above: 1 is a constant cost of
    each object.

    | | objects | wall, ms | CPU, ms | CPU of one, µs | exponent | memory, MiB | exponent |
    |---|---:|---:|---:|---:|---:|---:|---:|
    #{lines}
    """
  end

  defp line(result, before) do
    "| #{result.name} | #{result.count} | #{us(result.wall / 1000)} | #{us(result.cpu / 1000)} | " <>
      "#{us(result.cpu / result.count)} | #{exponent(result, before, :cpu)} | " <>
      "#{mib(result.memory)} | #{exponent(result, before, :memory)} |\n"
  end

  defp exponent(_result, nil, _key), do: ""

  # Memory that is no more than that of some processes has no exponent.
  defp exponent(%{memory: memory}, _before, :memory) when memory < 1_048_576, do: "–"

  defp exponent(result, before, key),
    do: ratio(log(result, before, key), log(result, before, :count))

  defp log(result, before, key),
    do: :math.log(max(Map.fetch!(result, key), 1) / max(Map.fetch!(before, key), 1))
end
