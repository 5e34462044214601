defmodule Linx.Namespace.Rtnl.Reconcile.Loop.FailureLogTest do
  # Log messages of a loop. Not async: the log is that of the whole VM.
  use Linx.Test.NamespaceCase

  import ExUnit.CaptureLog, only: [capture_log: 1, capture_log: 2]

  alias Linx.Netlink.Rtnl.Reconcile.{Loop, Report}

  @bridge %{links: [{"br0", :bridge, up: true}], addresses: [{"br0", "192.0.2.1", 24}]}

  test "each failure and conflict is logged once until a pass has none", context do
    %{ns: ns, path: path} = context
    ip!(ns, "link add br1 mtu 1300 type bridge")
    want = Map.put(@bridge, :routes, [{"198.51.100.0", 24, "203.0.113.9"}])
    want = update_in(want.links, &[{"br1", :bridge, mtu: 1400} | &1])
    opts = [netns: {:path, path}, wake: false, interval: :infinity, backoff: {60_000, 60_000}]
    name = __MODULE__.Logged

    log =
      capture_log(fn ->
        {:ok, loop} = Loop.start_link([name: name, desired: want] ++ opts)
        for _ <- 1..3, do: assert({:ok, %Report{failed: [_]}} = Loop.run(loop))
        # The first failure is not logged again after another failure.
        Loop.update(loop, fn -> {:error, :later} end)
        for _ <- 1..3, do: assert({:error, :later} = Loop.run(loop))
        Loop.update(loop, want)
        assert {:ok, %Report{failed: [_]}} = Loop.run(loop)
        Loop.stop(loop)
      end)

    assert times(log, "[warning]") == 3
    assert times(log, inspect(name)) == 3
    assert log =~ "198.51.100.0/24"
    assert log =~ "Nexthop has invalid gateway"
    assert log =~ "br1"
    assert times(log, ":later") == 1

    log =
      capture_log([level: :info], fn ->
        {:ok, loop} = Loop.start_link([desired: fn -> {:error, :later} end] ++ opts)
        assert {:error, :later} = Loop.run(loop)
        Loop.update(loop, @bridge)
        assert {:ok, %Report{converged?: true}} = Loop.run(loop)
        Loop.update(loop, fn -> {:error, :later} end)
        assert {:error, :later} = Loop.run(loop)

        # The reason of each failure differs.
        Loop.update(loop, fn -> {:error, make_ref()} end)
        for _ <- 1..150, do: assert({:error, _} = Loop.run(loop))
        Loop.stop(loop)
      end)

    assert times(log, ":later") == 2
    assert times(log, "no failures any more") == 1
    assert times(log, "a pass failed: #Reference") == 99
    assert times(log, "further failures are not logged") == 1
  end

  defp times(text, part), do: length(String.split(text, part)) - 1
end
