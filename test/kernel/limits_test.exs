defmodule Linx.Kernel.LimitsTest do
  # Not async: it lowers a limit of the whole VM, and reloads the native library.
  use ExUnit.Case

  import Linx.Test.Descriptors, only: [list: 0, sockets: 0]
  import Linx.Test.Wait, only: [asleep: 1]

  alias Linx.Netlink.{Connection, Native, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  # Runs `work` while this VM cannot open another descriptor.
  defp without_descriptors(work) do
    # The shell is started before the limit is lowered: at the limit no process can be started.
    limit = "prlimit --pid #{System.pid()} --nofile"

    port =
      Port.open({:spawn_executable, System.find_executable("sh")}, [
        :binary,
        args: ["-c", "read to; #{limit}=$to: && echo low; read to; #{limit}=$to: && echo high"]
      ])

    {soft, _hard} = limit("Max open files")
    {highest, _} = Enum.max(list())
    Port.command(port, "#{highest + 1}\n")
    assert_receive {^port, {:data, "low\n"}}, 60_000

    try do
      # Files take the unused numbers below the highest descriptor.
      files = fill([])
      assert {:error, :emfile} = File.open("/dev/null", [:raw])
      result = work.()
      Enum.each(files, &File.close/1)
      result
    after
      Port.command(port, "#{soft}\n")
      assert_receive {^port, {:data, "high\n"}}, 60_000
    end
  end

  defp fill(files) do
    case File.open("/dev/null", [:raw]) do
      {:ok, file} -> fill([file | files])
      {:error, :emfile} -> files
    end
  end

  defp limit(name) do
    [soft, hard] =
      Regex.run(~r/#{name} +(\d+) +(\d+)/, File.read!("/proc/self/limits"),
        capture: :all_but_first
      )

    {String.to_integer(soft), String.to_integer(hard)}
  end

  test "open sockets and connections work at the limit of descriptors" do
    {:ok, sock} = Rtnl.open()
    conn = start_supervised!(Connection)
    before = sockets()
    {:ok, _} = Link.get(sock, 1)

    work = fn ->
      rounds =
        for target <- [sock, conn], _ <- 1..20 do
          {:ok, %Link{name: "lo"}} = Link.get(target, 1)
          {:ok, [_ | _]} = Link.list(target)
          [_ | _] = Enum.to_list(Request.stream!(target, 18, %Link{}))
          :ok = Socket.add_membership(sock, 1)
        end

      callers = for _ <- 1..100, do: Task.async(fn -> Link.get(sock, 1) end)
      opened = with {:ok, sock} <- Rtnl.open(), do: Socket.close(sock)
      {rounds, Task.await_many(callers, :infinity), opened}
    end

    # No module can be loaded at the limit.
    Enum.each(Application.spec(:linx, :modules), &Code.ensure_loaded!/1)
    {_, _, :ok} = work.()
    {rounds, results, opened} = without_descriptors(work)
    assert Enum.all?(rounds, &(&1 == :ok))
    assert Enum.all?(results, &match?({:ok, %Link{}}, &1))
    assert opened == {:error, {:socket, :emfile}}

    assert {:ok, %{reopened: 0}} = Connection.info(conn)
    :ok = Socket.close(sock)
    assert sockets() == before - 1
  end

  for purge? <- [false, true] do
    test "sockets work after a reload of the native library, with old code purged: #{purge?}" do
      {:ok, sock} = Rtnl.open()
      {:ok, _} = Link.get(sock, 1)

      for _ <- 1..3 do
        true = :code.delete(Native)
        if unquote(purge?), do: :code.purge(Native)
        # The resources that the collector frees belong to the library that was loaded first.
        :erlang.garbage_collect()
        assert {:ok, %Link{name: "lo"}} = Link.get(sock, 1)
        assert {:ok, [_ | _]} = Link.list(sock)
        {:ok, other} = Rtnl.open()
        assert {:ok, %Link{name: "lo"}} = Link.get(other, 1)
        :ok = Socket.close(other)
        :code.purge(Native)
      end

      # The reloaded library also detects the death of a waiting caller.
      caller = Task.async(fn -> Request.talk(sock, 1, 0x300, <<>>, timeout: :infinity) end)
      asleep([caller])
      Process.unlink(caller.pid)
      Process.exit(caller.pid, :kill)
      assert {:ok, [_ | _]} = Link.list(sock)
      :ok = Socket.close(sock)
    end
  end

  test "the thread that wakes callers when another caller dies runs from the start" do
    names =
      for task <- File.ls!("/proc/self/task"),
          {:ok, name} <- [File.read("/proc/self/task/#{task}/comm")],
          do: String.trim(name)

    assert "linx-wake" in names
  end
end
