defmodule Linx.Namespace.Generic.MptcpTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Event, Mptcp}
  alias Linx.Test.Tcp

  # IPPROTO_MPTCP of include/uapi/linux/in.h.
  @mptcp 262

  setup %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp shown(ns), do: ip_json(ns, "mptcp endpoint show")

  # An endpoint as `ip mptcp` shows it.
  defp plain(endpoint, ns) do
    links = for %{"ifindex" => index, "ifname" => name} <- ip_json(ns, "link"), do: {index, name}

    [
      {"address", to_string(Mptcp.Endpoint.address(endpoint))},
      {"id", endpoint.id},
      {"port", if(endpoint.port != 0, do: endpoint.port)},
      {"dev", Map.new(links)[endpoint.if_idx]}
      | for(flag <- endpoint.flags, do: {to_string(flag), true})
    ]
    |> Enum.reject(fn {_, value} -> value == nil end)
    |> Map.new()
  end

  describe "endpoints" do
    setup %{ns: ns} do
      ip!(ns, "link set lo up")
      ip!(ns, "link add va type veth peer name vb")
      ip!(ns, "link set va up")
      ip!(ns, "address add 192.0.2.1/24 dev va")
      :ok
    end

    test "are those that ip mptcp shows", %{sock: sock, ns: ns} do
      assert Mptcp.list(sock) == {:ok, []}
      assert Mptcp.add(sock, "192.0.2.1", flags: [:subflow, :backup], dev: "va") == :ok
      assert Mptcp.add(sock, "2001:db8::1", id: 7, flags: [:subflow, :fullmesh]) == :ok
      assert Mptcp.add(sock, {127, 0, 0, 1}, flags: [:signal], port: 7001) == :ok

      assert [
               %{"address" => "192.0.2.1", "id" => 1, "subflow" => true, "backup" => true} =
                 first,
               %{"address" => "2001:db8::1", "id" => 7, "subflow" => true, "fullmesh" => true},
               %{"address" => "127.0.0.1", "id" => 8, "signal" => true, "port" => 7001}
             ] = shown(ns)

      assert first["dev"] == "va"

      {:ok, endpoints} = Mptcp.list(sock)
      assert Enum.map(endpoints, &plain(&1, ns)) == shown(ns)
      assert Enum.map(endpoints, & &1.family) == [:inet, :inet6, :inet]

      for endpoint <- endpoints,
          do: assert(Mptcp.get(sock, endpoint.id) == {:ok, endpoint})
    end

    test "are changed and deleted", %{sock: sock, ns: ns} do
      :ok = Mptcp.add(sock, "192.0.2.1", flags: [:subflow], id: 3)
      assert Mptcp.set(sock, 3, flags: [:backup]) == :ok
      assert [%{"id" => 3, "backup" => true, "subflow" => true}] = shown(ns)
      assert Mptcp.set(sock, 3, flags: []) == :ok
      assert [%{"id" => 3, "subflow" => true} = endpoint] = shown(ns)
      refute endpoint["backup"]

      assert {:ok, [:ok, {:ok, %Mptcp.Endpoint{id: 4}}, :ok, {:error, %Error{errno: :einval}}]} =
               Batch.run(sock, fn batch ->
                 [
                   Mptcp.add(batch, "192.0.2.4", id: 4),
                   Mptcp.get(batch, 4),
                   Mptcp.delete(batch, 3),
                   Mptcp.delete(batch, 3)
                 ]
               end)

      assert [%{"id" => 4}] = shown(ns)
      assert Mptcp.flush(sock) == :ok
      assert shown(ns) == []
    end

    test "a refusal has the kernel's message and the path of the attribute", %{sock: sock} do
      assert {:error, %Error{errno: :einval, message: message, attribute: [:addr]}} =
               Mptcp.add(sock, "192.0.2.1", flags: [:subflow], port: 7000)

      assert message =~ "signal"
      assert {:error, %Error{errno: :einval}} = Mptcp.get(sock, 200)
      assert {:error, %Error{errno: :enodev}} = Mptcp.add(sock, "192.0.2.1", dev: "absent")
      assert {:error, %Error{}} = Mptcp.set_limits(sock, subflows: 9)
    end
  end

  test "limits are those that ip mptcp shows", %{sock: sock, ns: ns} do
    assert Mptcp.set_limits(sock, subflows: 5, rcv_add_addrs: 3) == :ok
    assert ip!(ns, "mptcp limits") =~ "add_addr_accepted 3 subflows 5"
    assert Mptcp.set_limits(sock, rcv_add_addrs: 4) == :ok
    assert ip!(ns, "mptcp limits") =~ "add_addr_accepted 4 subflows 5"
    assert {:ok, %Mptcp.Limits{subflows: 5, rcv_add_addrs: 4}} = Mptcp.limits(sock)
  end

  describe "connections" do
    # Two namespaces with two links between them, a server in the second.
    setup %{ns: ns} do
      other = netns!()

      for {a, b, net} <- [{"va", "vb", "192.0.2"}, {"wa", "wb", "198.51.100"}] do
        ip!(ns, "link add #{a} type veth peer name #{b} netns #{other}")

        for {ns, link, host} <- [{ns, a, 1}, {other, b, 2}] do
          ip!(ns, "link set #{link} up")
          ip!(ns, "address add #{net}.#{host}/24 dev #{link}")
        end

        for {ns, link} <- [{ns, a}, {other, b}], do: carrier(ns, link)
      end

      %{other: other}
    end

    # The subflows that `ss` shows: local and peer address, without those of the server's side.
    defp subflows(ns) do
      for line <- String.split(exec!(ns, "ss", "-Htn"), "\n", trim: true),
          ["ESTAB", _, _, local, peer] <- [String.split(line)],
          do: {local, peer}
    end

    test "their subflows are notified, by the kernel's path manager", context do
      %{sock: sock, ns: ns, other: other, path: path} = context
      {:ok, monitor} = Mptcp.Monitor.start_link(netns: {:path, path})
      {:ok, peer} = Mptcp.Monitor.start_link(netns: {:path, path(other)})

      :ok = Mptcp.set_limits(sock, subflows: 2)
      :ok = Mptcp.add(sock, "198.51.100.1", flags: [:subflow, :backup], dev: "wa", id: 9)
      ip!(other, "mptcp limits set subflows 2 add_addr_accepted 2")

      Tcp.serve!(other, "192.0.2.2", 7000, @mptcp)
      client = Tcp.connect!(ns, "192.0.2.2", 7000, @mptcp)

      assert_receive {:linx_mptcp, ^monitor, %Event{op: :created, resource: created}}
      assert_receive {:linx_mptcp, ^monitor, %Event{op: :established, resource: established}}
      assert_receive {:linx_mptcp, ^monitor, %Event{op: :sub_established, resource: subflow}}

      assert established.token == created.token
      assert {created.family, created.sport, created.dport} == {:inet, client.port, 7000}
      assert to_string(Mptcp.Connection.source(created)) == "192.0.2.1"
      assert to_string(Mptcp.Connection.destination(created)) == "192.0.2.2"

      [%{"ifindex" => index}] = ip_json(ns, "link show dev wa")
      assert {subflow.token, subflow.loc_id, subflow.if_idx} == {created.token, 9, index}
      assert {subflow.backup, subflow.rem_id, subflow.dport} == {false, 0, 7000}

      assert_receive {:linx_mptcp, ^peer, %Event{op: :sub_established, resource: theirs}}
      assert {theirs.backup, theirs.loc_id, theirs.rem_id} == {true, 0, 9}
      assert_receive {:linx_mptcp, ^peer, %Event{op: :created, resource: accepted}}
      assert accepted.server_side == true
      refute created.server_side

      assert {"198.51.100.1%wa:#{subflow.sport}", "192.0.2.2:7000"} in subflows(ns) or
               {"198.51.100.1:#{subflow.sport}", "192.0.2.2:7000"} in subflows(ns)

      Tcp.close!(client)
      assert_receive {:linx_mptcp, ^monitor, %Event{op: :closed, resource: closed}}
      assert closed.token == created.token
      for pid <- [monitor, peer], do: Mptcp.Monitor.stop(pid)
    end

    test "are managed by a program", %{sock: sock, ns: ns, other: other, path: path} do
      for ns <- [ns, other], do: sysctl!(ns, "net/mptcp/pm_type": 1)
      {:ok, monitor} = Mptcp.Monitor.start_link(netns: {:path, path})
      {:ok, peer} = Mptcp.Monitor.start_link(netns: {:path, path(other)})

      Tcp.serve!(other, "192.0.2.2", 7000, @mptcp)
      client = Tcp.connect!(ns, "192.0.2.2", 7000, @mptcp)
      assert_receive {:linx_mptcp, ^monitor, %Event{op: :established, resource: connection}}
      token = connection.token

      # The peer learns of an announced address, and of its end.
      assert Mptcp.announce(sock, token, "198.51.100.1", 7, port: 7001) == :ok
      assert_receive {:linx_mptcp, ^peer, %Event{op: :announced, resource: announced}}
      assert {announced.rem_id, announced.dport} == {7, 7001}
      assert to_string(Mptcp.Connection.destination(announced)) == "198.51.100.1"
      assert Mptcp.remove(sock, token, 7) == :ok
      assert_receive {:linx_mptcp, ^peer, %Event{op: :removed, resource: %{rem_id: 7}}}

      assert Mptcp.create_subflow(sock, token, "198.51.100.1", {"192.0.2.2", 7000},
               id: 3,
               dev: "wa",
               flags: [:backup]
             ) == :ok

      assert_receive {:linx_mptcp, ^monitor, %Event{op: :sub_established, resource: subflow}}
      assert {subflow.token, subflow.loc_id} == {token, 3}
      assert_receive {:linx_mptcp, ^peer, %Event{op: :sub_established, resource: theirs}}
      assert {theirs.backup, theirs.rem_id} == {true, 3}
      assert length(subflows(ns)) == 2

      assert {:ok, addresses} = Mptcp.list(sock, token: token)
      assert %{flags: flags} = Enum.find(addresses, &(&1.id == 3))
      assert :subflow in flags and :backup in flags
      assert {:ok, %{id: 3}} = Mptcp.get(sock, 3, token: token)

      local = {"198.51.100.1", subflow.sport}
      remote = {"192.0.2.2", 7000}
      assert Mptcp.set_subflow(sock, token, local, remote, flags: []) == :ok
      assert_receive {:linx_mptcp, ^peer, %Event{op: :sub_priority, resource: %{backup: false}}}

      assert Mptcp.destroy_subflow(sock, token, local, remote) == :ok
      assert_receive {:linx_mptcp, ^monitor, %Event{op: :sub_closed, resource: closed}}
      assert closed.sport == subflow.sport
      assert [{_, "192.0.2.2:7000"}] = subflows(ns)

      assert {:error, %Error{errno: :esrch}} = Mptcp.destroy_subflow(sock, token, local, remote)

      assert {:error, %Error{errno: :einval, attribute: [:token]}} =
               Mptcp.remove(sock, 0xFFFFFFFF, 3)

      Tcp.close!(client)
      for pid <- [monitor, peer], do: Mptcp.Monitor.stop(pid)
    end
  end
end
