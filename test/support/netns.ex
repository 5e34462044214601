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

  Its links get no link-local IPv6 addresses, and IPv6 addresses are usable at once, without duplicate
  address detection: otherwise both would change at any time during the test. Tests of these features
  set the sysctls of their links.
  """
  def netns! do
    ns = "linx#{System.unique_integer([:positive])}"
    run!("ip", ["netns", "add", ns])
    on_exit(fn -> run!("ip", ["netns", "delete", ns]) end)

    sysctl!(ns, "net/ipv6/conf/default/addr_gen_mode": 1, "net/ipv6/conf/default/accept_dad": 0)

    ns
  end

  @doc "Sets sysctls of a namespace: a list of their files and values."
  def sysctl!(ns, values),
    do: exec!(ns, "sysctl", ["-qw" | for({name, value} <- values, do: "#{name}=#{value}")])

  @doc "The file of a named namespace."
  def path(ns), do: "/run/netns/" <> ns

  @doc """
  Runs `ip` in a namespace and returns what it prints. `args` is a list or a line.
  """
  def ip!(ns, args), do: run!("ip", ["-n", ns | words(args)])

  @doc """
  Runs `ip -json` in a namespace and returns the decoded output.
  """
  def ip_json(ns, args) do
    # Some commands of ip print nothing instead of an empty list.
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

  # The longest time of a command, in seconds: one that hangs fails its test.
  @longest "240"

  defp run!(command, args) do
    case System.cmd("timeout", [@longest, command | args], stderr_to_stdout: true) do
      {output, 0} ->
        output

      {output, status} ->
        raise "#{Enum.join([command | args], " ")} ended with #{status}: #{output}"
    end
  end

  @doc """
  Waits until the IPv6 addresses of links that are up can be used and have their routes. The kernel
  completes an address in the background, also without duplicate address detection
  (net/ipv6/addrconf.c, addrconf_dad_work).
  """
  def addresses_ready(ns) do
    Linx.Test.Wait.eventually(fn ->
      local = MapSet.new(ip_json(ns, "-6 route show table local"), & &1["dst"])

      for %{"flags" => flags, "addr_info" => infos} <- ip_json(ns, "-6 address show"),
          "UP" in flags,
          info <- infos do
        info["tentative"] != true and info["local"] in local
      end
      |> Enum.all?()
    end)
  end

  @doc "Waits until the kernel has processed a link's carrier."
  def carrier(ns, link) do
    Linx.Test.Wait.eventually(fn ->
      match?([%{"operstate" => "UP"}], ip_json(ns, "link show dev #{link}"))
    end)
  end

  @doc "Waits until a bridge port forwards."
  def forwarding(ns, port) do
    carrier(ns, port)

    Linx.Test.Wait.eventually(fn ->
      exec!(ns, "cat", "/sys/class/net/#{port}/brport/state") == "3\n"
    end)
  end

  @doc "Loads kernel modules, if modprobe is installed."
  def modules!(names) do
    if modprobe = System.find_executable("modprobe"),
      do: System.cmd(modprobe, ["-a" | names], stderr_to_stdout: true)

    :ok
  end
end
