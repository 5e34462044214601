defmodule Linx.Test.Netns do
  @moduledoc false
  # Named network namespaces for tests, one or more for each test:
  #
  #     use Linx.Test.NamespaceCase, async: true
  #
  #     test "a link is listed", %{ns: ns, path: path} do
  #       ip!(ns, "link add br0 type bridge")
  #       {:ok, sock} = Rtnl.open({:path, path})
  #       [%{"ifname" => "br0"}] = ip_json(ns, "-details link show dev br0")

  import ExUnit.Callbacks, only: [on_exit: 1]

  alias Linx.Netlink.{Nfnl, Socket}
  alias Linx.Test.JSON

  @doc """
  Makes a namespace that lives as long as the test; a `setup` function.

  The context gains its name, `:ns`, and its file, `:path`.
  """
  def with_netns(_context \\ %{}) do
    ns = netns!()
    %{ns: ns, path: path(ns)}
  end

  @doc """
  Opens a socket for nfnetlink in the namespace of the context, which gains it as `:sock`; a
  `setup` function.
  """
  def with_nfnl(%{path: path}) do
    {:ok, sock} = Nfnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  @doc """
  Makes a namespace that lives as long as the test, and returns its name.
  """
  def netns! do
    ns = "linx#{System.unique_integer([:positive])}"
    run!("ip", ["netns", "add", ns])
    on_exit(fn -> run!("ip", ["netns", "delete", ns]) end)
    ns
  end

  @doc "The file of a named namespace."
  def path(ns), do: "/run/netns/" <> ns

  @doc """
  Runs `ip` in a namespace and returns what it prints. `args` is a list or a line.
  """
  def ip!(ns, args), do: run!("ip", ["-n", ns | words(args)])

  @doc """
  The same with `-json`, decoded.
  """
  def ip_json(ns, args) do
    # With nothing to show, some of ip's commands print nothing at all.
    case ip!(ns, ["-json" | words(args)]) do
      "" -> []
      text -> JSON.decode!(text)
    end
  end

  @doc """
  Runs any command in a namespace and returns what it prints.
  """
  def exec!(ns, command, args \\ []), do: run!("ip", ["netns", "exec", ns, command | words(args)])

  defp words(line) when is_binary(line), do: OptionParser.split(line)
  defp words(args) when is_list(args), do: args

  defp run!(command, args) do
    case System.cmd(command, args, stderr_to_stdout: true) do
      {output, 0} ->
        output

      {output, status} ->
        raise "#{Enum.join([command | args], " ")} ended with #{status}: #{output}"
    end
  end

  @doc "Loads what the kernel has as modules, where there is a program for that."
  def modules!(names) do
    if modprobe = System.find_executable("modprobe"),
      do: System.cmd(modprobe, ["-a" | names], stderr_to_stdout: true)

    :ok
  end
end
