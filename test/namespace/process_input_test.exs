defmodule Linx.Namespace.ProcessInputTest do
  # Calls each public function of connections and monitors with arguments and options of wrong types,
  # as `Linx.Namespace.InputTest` does with other modules. Not async: strace traces the whole VM.
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
        # `Nfnl.Log` needs a kernel module. Its functions are those of all monitors.
        Nfnl.Log -> Nfnl.Monitor.start_link(netns: netns)
        module -> module.start_link(netns: netns)
      end

    pid
  end

  @tag timeout: 300_000
  test "functions of connections and monitors refuse wrong input and send nothing", context do
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
