defmodule Linx.Netlink.StallTest do
  # Not async: it holds a lock that every namespace of this kernel shares, and looks at the threads
  # of the whole VM.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Batch, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  @callers 200
  @links 1500
  @group 7

  # Looks, until its input ends, how many dirty I/O schedulers of a process are in uninterruptible
  # sleep at once: those that wait for a lock of the kernel. Prints the most that it saw.
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

  # The kernel deletes many links in one go, and holds the rtnl lock meanwhile.
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

  # Calls again and again until the lock is free, so that some of it waits for the lock. With each
  # result, when the call began and ended.
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

  # Whether other work went on while callers waited. Fails if one of them did not get its reply, or
  # they held more schedulers than they may.
  defp goes_on?(path, socks) do
    {{others, calls}, most} =
      with_stall(path, fn stalled? ->
        callers =
          for {sock, n} <- Enum.with_index(socks),
              do: Task.async(fn -> until(stalled?, fn -> ask(sock, rem(n, 2)) end) end)

        {until(stalled?, &other_work/0), callers |> Task.await_many(:infinity) |> Enum.concat()}
      end)

    failed = for {result, _, _} <- calls, not match?({:ok, %Link{name: "lo"}}, result), do: result
    assert failed == []
    assert most in 1..max(div(:erlang.system_info(:dirty_io_schedulers), 2), 1)

    # While the lock was held, which was as long as the longest call at least, some was begun and
    # done. It would all have waited for the lock as well.
    {_, began, ended} = Enum.max_by(calls, fn {_, began, ended} -> ended - began end)
    quarter = div(ended - began, 4)
    Enum.any?(others, fn {_, b, e} -> b > began + quarter and e < ended - quarter end)
  end

  for {name, one?} <- [{"one socket", true}, {"#{@callers} sockets", false}] do
    @tag timeout: 300_000
    test "#{@callers} callers on #{name} that wait for the rtnl lock hold half of the dirty I/O schedulers at most",
         %{path: path} do
      {:ok, shared} = Rtnl.open({:path, path})

      socks =
        for _ <- 1..@callers do
          if unquote(one?), do: shared, else: elem(Rtnl.open({:path, path}), 1)
        end

      # On a busy machine the other work may wait for a processor as long.
      assert Enum.any?(1..10, fn _ -> goes_on?(path, socks) end)
      Enum.each(socks, &Socket.close/1)
    end
  end

  test "a caller that waits for its turn in the kernel does so within its deadline", %{path: path} do
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
    # Nothing is left behind.
    for sock <- socks, do: assert({:ok, [_]} = Link.list(sock))
    assert {:messages, []} = Process.info(self(), :messages)
    Enum.each(socks, &Socket.close/1)
  end
end
