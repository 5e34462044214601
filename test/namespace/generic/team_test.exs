defmodule Linx.Namespace.Generic.TeamTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Event, Team}
  alias Linx.Netlink.Generic.Team.Option

  @moduletag :vm

  unless System.find_executable("teamnl"), do: @moduletag(skip: "no teamnl (libteam-utils)")

  setup %{ns: ns, path: path} do
    ip!(ns, "link add team0 type team")
    ip!(ns, "link add va type veth peer name vb")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp teamnl(ns, args), do: exec!(ns, "teamnl", "team0 " <> args)

  # Options as `teamnl` prints them: their name, their port and the text of their value.
  defp shown(ns) do
    # It prints the last one first.
    for line <- ns |> teamnl("options") |> String.split("\n", trim: true) do
      [_, name, info, value] = Regex.run(~r/^ (\w+) (?:\((.*)\) )?(.*?) ?$/, line)
      {name, info, value}
    end
    |> Enum.reverse()
  end

  defp ours(sock, ns) do
    {:ok, options} = Team.options(sock, "team0")
    names = Map.new(ip_json(ns, "link"), &{&1["ifindex"], &1["ifname"]})

    for option <- options do
      port = option.port_ifindex && "port:#{names[option.port_ifindex]}"
      array = option.array_index && "array_index:#{option.array_index}"
      info = [port, array] |> Enum.filter(& &1) |> Enum.join(", ")
      {option.name, info, option |> Option.value() |> text()}
    end
  end

  defp text(value) when is_binary(value), do: value
  defp text(value), do: inspect(value)

  test "options are those that teamnl prints", %{ns: ns, sock: sock} do
    assert ours(sock, ns) == shown(ns)
    teamnl(ns, "setoption mode activebackup")
    ip!(ns, "link set va master team0")
    options = ours(sock, ns)
    assert options == shown(ns)
    assert {"mode", "", "activebackup"} in options
    assert {"enabled", "port:va", "true"} in options
  end

  test "options are set, of each type", %{ns: ns, sock: sock} do
    assert Team.set(sock, "team0", "mode", "activebackup") == :ok
    assert teamnl(ns, "getoption mode") == "activebackup\n"
    assert Team.set(sock, "team0", "notify_peers_count", 7) == :ok
    assert teamnl(ns, "getoption notify_peers_count") == "7\n"

    ip!(ns, "link set va master team0")
    [%{"ifindex" => va}] = ip_json(ns, "link show dev va")

    assert Team.set(sock, "team0", "priority", -99, port: "va") == :ok
    assert teamnl(ns, "-p va getoption priority") == "-99\n"
    assert {:ok, option} = Team.get(sock, "team0", "priority", port: va)
    assert Option.value(option) == -99

    for value <- [false, true] do
      assert Team.set(sock, "team0", "user_linkup_enabled", value, port: va) == :ok
      assert teamnl(ns, "-p va getoption user_linkup_enabled") == "#{value}\n"
    end

    assert Team.set(sock, "team0", "activeport", va) == :ok
    assert teamnl(ns, "getoption activeport") == "#{va}\n"

    assert {:error, %Error{errno: :ebusy}} = Team.set(sock, "team0", "mode", "roundrobin")
    assert {:error, %Error{errno: :enoent}} = Team.set(sock, "team0", "absent", 1)
    assert {:error, %Error{errno: :enoent}} = Team.get(sock, "team0", "priority")
    assert {:error, %Error{errno: :einval}} = Team.options(sock, "vb")
    assert {:error, %Error{errno: :enodev}} = Team.options(sock, "absent")
  end

  test "options have elements and binaries", %{ns: ns, sock: sock} do
    # A program of one instruction, BPF_RET of 0: `struct sock_filter`.
    program = <<6::native-16, 0, 0, 0::native-32>>
    assert Team.set(sock, "team0", "mode", "loadbalance") == :ok
    assert Team.set(sock, "team0", "bpf_hash_func", program) == :ok

    assert {:ok, %Option{type: :binary, data: ^program}} =
             Team.get(sock, "team0", "bpf_hash_func")

    assert teamnl(ns, "getoption bpf_hash_func") == "\\06" <> String.duplicate("\\00", 7) <> "\n"

    # Many options, in several messages.
    ip!(ns, "link set va master team0")
    {:ok, options} = Team.options(sock, "team0")
    assert length(options) > 256
    assert length(options) == length(shown(ns))

    [%{"ifindex" => va}] = ip_json(ns, "link show dev va")
    set = &Team.set(sock, "team0", "lb_tx_hash_to_port_mapping", va, array_index: &1)
    assert set.(5) == :ok and set.(0) == :ok

    assert {:ok, %Option{data: ^va}} =
             Team.get(sock, "team0", "lb_tx_hash_to_port_mapping", array_index: 5)

    assert teamnl(ns, "-a 5 getoption lb_tx_hash_to_port_mapping") == "#{va}\n"
    assert teamnl(ns, "-a 6 getoption lb_tx_hash_to_port_mapping") == "0\n"
  end

  test "ports are those of the link", %{ns: ns, sock: sock} do
    teamnl(ns, "setoption mode roundrobin")
    assert Team.ports(sock, "team0") == {:ok, []}
    ip!(ns, "link set va master team0")
    ip!(ns, "link set va up")
    ip!(ns, "link set vb up")
    carrier(ns, "va")

    [%{"ifindex" => va}] = ip_json(ns, "link show master team0")

    assert becomes(fn -> teamnl(ns, "ports") end, " #{va}: va: up 10000Mbit FD \n") ==
             " #{va}: va: up 10000Mbit FD \n"

    assert {:ok, [%Team.Port{ifindex: ^va, linkup: true, speed: 10_000, duplex: :full}]} =
             Team.ports(sock, "team0")
  end

  test "a monitor receives what changes", %{ns: ns, path: path} do
    {:ok, monitor} = Team.Monitor.start_link(netns: {:path, path})
    teamnl(ns, "setoption mode activebackup")
    eventually(fn -> mode(monitor) == "activebackup" end)

    ip!(ns, "link set va master team0")
    assert_receive {:linx_team, ^monitor, %Event{op: :port_list_get, resource: %Team{} = team}}
    assert [%Team.Port{changed: true}] = team.list_port
  end

  # The mode in the next event, if it has changed.
  defp mode(monitor) do
    assert_receive {:linx_team, ^monitor, %Event{op: :options_get, resource: %Team{} = team}}

    with %Option{changed: true} = mode <- Enum.find(team.list_option, &(&1.name == "mode")),
         do: mode.data
  end

  test "batches set and get options", %{ns: ns, sock: sock} do
    assert {:ok, [:ok, {:ok, %Option{data: 3}}, {:error, %Error{errno: :enoent}}]} =
             Batch.run(sock, fn batch ->
               [
                 Team.set(batch, "team0", "notify_peers_count", 3),
                 Team.get(batch, "team0", "notify_peers_count"),
                 Team.get(batch, "team0", "absent")
               ]
             end)

    assert teamnl(ns, "getoption notify_peers_count") == "3\n"
  end

  test "bad input is found before a change is sent", %{ns: ns, sock: sock} do
    for {name, value} <- [
          {"mode", 1},
          {"mode", String.duplicate("x", 32)},
          {"notify_peers_count", -1},
          {"notify_peers_count", "1"}
        ] do
      assert Team.set(sock, "team0", name, value) == {:error, {:bad_option, :value, value}}
    end

    assert {:error, {:bad_option, :name, :mode}} = Team.get(sock, "team0", :mode)
    assert {:error, {:unknown_option, :x}} = Team.get(sock, "team0", "mode", x: 1)
    assert {:error, {:bad_option, :link, nil}} = Team.options(sock, nil)
    assert {"mode", "", "*NOMODE*"} in shown(ns)
  end
end
