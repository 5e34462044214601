defmodule Linx.Netlink.ProcessInputTest do
  # Every public function of connections and monitors, with arguments and options of wrong types;
  # see `Linx.Netlink.InputTest`. Not async: strace looks at the whole VM.
  use Linx.Test.NamespaceCase

  import Linx.Test.Input

  alias Linx.Netlink.{Connection, Monitor, Nfnl, Rtnl}

  @processes [Connection, Monitor, Rtnl.Monitor, Nfnl.Monitor, Nfnl.Log]

  # The process that the functions of a module are called on.
  defp process(module, context) do
    netns = {:path, context.path}

    {:ok, pid} =
      case module do
        Monitor -> Monitor.start_link(groups: [1], netns: netns)
        # A log needs a module of the kernel; its functions are those of all monitors.
        Nfnl.Log -> Nfnl.Monitor.start_link(netns: netns)
        module -> module.start_link(netns: netns)
      end

    pid
  end

  @tag timeout: 300_000
  test "functions of processes refuse wrong input, and nothing is sent", context do
    calls =
      for module <- @processes,
          all = functions([module]),
          process = process(module, context),
          call <- all,
          call <- junk_calls(call, process) ++ option_calls(call, process),
          do: call

    assert length(calls) > 1000
    {refused, sent} = sent(fn -> refused(calls) end)
    assert {length(refused), Enum.take(refused, 10)} == {0, []}
    assert sent == []
    refute_received {:EXIT, _, _}
  end
end
