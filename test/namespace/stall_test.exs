defmodule Linx.Namespace.StallTest do
  # Callers that wait for the rtnl lock. Not async: the tests hold a lock that all namespaces of this
  # kernel share, and read the states of all threads of the VM.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Batch, Rtnl, Socket}
  alias Linx.Netlink.Request.Lockless
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour, Route}

  @callers 200
  @links 1500
  @group 7

  # Counts the dirty I/O schedulers of a process that are in uninterruptible sleep, which are those
  # that wait for a lock of the kernel, until its input has a line. Prints the highest count.
  @sampler """
  import glob, select, sys
  def waiting(task):
      try:
          comm = open(task + "/comm").read()
          state = open(task + "/stat").read().rpartition(")")[2].split()[0]
      except OSError:
          return False
      return ("dirty_io" in comm or "dios" in comm) and state == "D"
  most = 0
  print("ready", end="", flush=True)
  while not select.select([sys.stdin], [], [], 0.001)[0]:
      most = max(most, sum(map(waiting, glob.glob("/proc/%s/task/*" % sys.argv[1]))))
  print(most, end="")
  """

  # Calls `work` while the kernel deletes many links for one request, and holds the rtnl lock. Returns
  # its value, and the highest number of waiting schedulers.
  defp with_stall(path, work) do
    ns = netns!()
    {:ok, other} = Rtnl.open({:path, path(ns)})

    {:ok, results} =
      Batch.run(other, fn batch ->
        for n <- 1..@links,
            do: Link.create(batch, "v#{n}", :veth, group: @group, peer: [name: "w#{n}"])
      end)

    assert Enum.all?(results, &(&1 == :ok))
    {:ok, probe} = Rtnl.open({:path, path})
    {:ok, _} = Link.get(probe, "lo")
    sampler = sampler()
    over = :atomics.new(1, [])

    stall =
      Task.async(fn ->
        ip!(ns, "link delete group #{@group}")
        :atomics.put(over, 1, 1)
      end)

    result = work.(fn -> :atomics.get(over, 1) == 0 end)
    Task.await(stall, :infinity)
    {result, sampled(sampler)}
  end

  defp sampler do
    port =
      Port.open({:spawn_executable, System.find_executable("sh")}, [
        :binary,
        args: ["-c", "exec python3 -c \"$0\" #{System.pid()} 2>&1", @sampler]
      ])

    assert_receive {^port, {:data, "ready"}}, 60_000
    port
  end

  defp sampled(port) do
    Port.command(port, "\n")
    assert_receive {^port, {:data, number}}, 60_000
    String.to_integer(number)
  end

  # Repeats `call` until the lock is free, so that some of the calls wait for the lock. Returns each
  # result with the times at which its call began and ended.
  defp until(stalled?, call, results \\ []) do
    began = System.monotonic_time()
    result = call.()
    results = [{result, began, System.monotonic_time()} | results]
    if stalled?.(), do: until(stalled?, call, results), else: results
  end

  # A dump waits for the lock while it is read, any other request while it is sent.
  defp ask(sock, 0), do: Link.get(sock, 1, timeout: 60_000)

  defp ask(sock, 1) do
    with {:ok, [link]} <- Link.list(sock, timeout: 60_000), do: {:ok, link}
  end

  # Other work of the dirty I/O schedulers.
  defp other_work do
    File.read!("/proc/uptime")
    {:ok, sock} = Rtnl.open()
    :ok = Socket.close(sock)
  end

  # Whether other work was done while callers were seen to wait. Fails if a caller did not get its reply, or if
  # the callers held more schedulers than permitted.
  defp other_work_done?(path, socks) do
    {{others, calls}, most} =
      with_stall(path, fn stalled? ->
        callers =
          for {sock, n} <- Enum.with_index(socks),
              do: Task.async(fn -> until(stalled?, fn -> ask(sock, rem(n, 2)) end) end)

        {until(stalled?, &other_work/0), callers |> Task.await_many(:infinity) |> Enum.concat()}
      end)

    failed = for {result, _, _} <- calls, not match?({:ok, %Link{name: "lo"}}, result), do: result
    assert failed == []
    assert most <= max(div(:erlang.system_info(:dirty_io_schedulers), 2), 1)

    # On a busy machine the sampler may not run while the lock is held: then nothing was seen.
    #
    # The lock was held for as long as the longest call took, at least. Some other work began and
    # ended in the middle half of that time. Without a free scheduler, none would have ended before
    # the lock was released.
    {_, began, ended} = Enum.max_by(calls, fn {_, began, ended} -> ended - began end)
    quarter = div(ended - began, 4)

    most > 0 and
      Enum.any?(others, fn {_, b, e} -> b > began + quarter and e < ended - quarter end)
  end

  for {name, one?} <- [{"one socket", true}, {"#{@callers} sockets", false}] do
    @tag timeout: 300_000
    test "#{@callers} blocked callers on #{name} hold at most half of the dirty I/O schedulers",
         %{path: path} do
      {:ok, shared} = Rtnl.open({:path, path})

      socks =
        for _ <- 1..@callers do
          if unquote(one?), do: shared, else: elem(Rtnl.open({:path, path}), 1)
        end

      # On a busy machine, other work may wait for a processor for as long as the lock is held.
      assert Enum.any?(1..10, fn _ -> other_work_done?(path, socks) end)
      Enum.each(socks, &Socket.close/1)
    end
  end

  test "routes and neighbours are looked up on normal schedulers while the lock is held",
       %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    :ok = Link.set_up(sock, "lo")
    :ok = Address.add(sock, "lo", "10.0.0.1", 24)
    :ok = Link.create_veth(sock, "n0", "n1", up: true)
    {:ok, %Link{index: index}} = Link.get(sock, "n0")
    :ok = Neighbour.add(sock, "n0", "10.9.0.1", "02:00:00:00:00:09")
    {:ok, waiting} = Rtnl.open({:path, path})

    {{lookups, links}, most} =
      with_stall(path, fn stalled? ->
        link =
          Task.async(fn -> until(stalled?, fn -> Link.get(waiting, 1, timeout: 60_000) end) end)

        lookups = until(stalled?, fn -> look_up(sock, index) end)
        {lookups, Task.await(link, :infinity)}
      end)

    assert Enum.all?(lookups, &match?({{:ok, %Route{oif: 1}}, _, _}, &1))
    assert most <= 1
    # Lookups began and ended while one request waited for the lock.
    {_, began, ended} = Enum.max_by(links, fn {_, began, ended} -> ended - began end)
    during = Enum.count(lookups, fn {_, b, e} -> b > began and e < ended end)
    assert during > 10 * length(links)
  end

  # Before Linux 6.18, a neighbour is looked up under the lock.
  defp look_up(sock, index) do
    with true <- Lockless.request?(0, 30, %Neighbour{family: 2}),
         {:error, reason} <- Neighbour.get(sock, index, "10.9.0.1") do
      {:error, reason}
    else
      _ -> Route.get(sock, "10.0.0.1")
    end
  end

  test "the deadline of a request includes the wait for a permit", %{path: path} do
    socks = for _ <- 1..@callers, do: elem(Rtnl.open({:path, path}), 1)

    {results, _most} =
      with_stall(path, fn stalled? ->
        callers =
          for sock <- socks,
              do: Task.async(fn -> until(stalled?, fn -> Link.list(sock, timeout: 20) end) end)

        callers |> Task.await_many(:infinity) |> Enum.concat()
      end)

    results = Enum.map(results, &elem(&1, 0))

    for result <- results,
        do: assert(match?({:ok, [_]}, result) or result == {:error, {:recv, :timeout}})

    assert {:error, {:recv, :timeout}} in results
    # Later requests succeed, and no message remains.
    for sock <- socks, do: assert({:ok, [_]} = Link.list(sock))
    assert {:messages, []} = Process.info(self(), :messages)
    Enum.each(socks, &Socket.close/1)
  end
end
