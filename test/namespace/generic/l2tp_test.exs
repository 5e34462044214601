defmodule Linx.Namespace.Generic.L2tpTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.{Event, L2tp}
  alias Linx.Netlink.Generic.L2tp.{Session, Tunnel}

  @moduletag :vm

  setup %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  @local [local: "127.0.0.1", remote: "127.0.0.1"]

  defp tunnel!(sock, id, opts \\ []) do
    opts = opts ++ [peer_conn_id: id + 1, udp_sport: 1700 + id, udp_dport: 2700 + id] ++ @local
    :ok = L2tp.create_tunnel(sock, id, opts)
  end

  test "tunnels and sessions are those that ip shows", %{ns: ns, sock: sock} do
    ip!(ns, ~w(l2tp add tunnel remote 127.0.0.1 local 127.0.0.1 tunnel_id 1 peer_tunnel_id 2
      encap udp udp_sport 1701 udp_dport 1702 udp_csum on))

    ip!(ns, ~w(l2tp add tunnel remote ::1 local ::1 tunnel_id 3 peer_tunnel_id 4 encap ip))

    ip!(ns, ~w(l2tp add session name l2tp0 tunnel_id 1 session_id 10 peer_session_id 20
      cookie 01020304 peer_cookie 0102030405060708 seq both))

    {:ok, tunnels} = L2tp.tunnels(sock)
    assert Enum.map(tunnels, &shown/1) == ip_json(ns, "l2tp show tunnel")
    for tunnel <- tunnels, do: assert(L2tp.tunnel(sock, tunnel.conn_id) == {:ok, tunnel})

    {:ok, sessions} = L2tp.sessions(sock)
    assert Enum.map(sessions, &shown/1) == ip_json(ns, "l2tp show session")
    assert [session] = sessions
    assert L2tp.session(sock, 1, 10) == {:ok, session}
    assert session.pw_type == :eth and session.stats.tx_packets == 0

    assert {:error, %Error{errno: :enodev}} = L2tp.tunnel(sock, 9)
    assert {:error, %Error{errno: :enodev}} = L2tp.session(sock, 1, 9)
  end

  defp shown(%Tunnel{} = tunnel) do
    ports =
      if tunnel.encap_type == :udp,
        do: %{
          "local_port" => tunnel.udp_sport,
          "peer_port" => tunnel.udp_dport,
          "checksum" => tunnel.udp_csum == true
        },
        else: %{}

    Map.merge(ports, %{
      "tunnel_id" => tunnel.conn_id,
      "peer_tunnel" => tunnel.peer_conn_id,
      "encap" => tunnel.encap_type |> to_string() |> String.upcase(),
      "local" => to_string(tunnel.ip_saddr || tunnel.ip6_saddr),
      "peer" => to_string(tunnel.ip_daddr || tunnel.ip6_daddr)
    })
  end

  defp shown(%Session{} = session) do
    for {key, value} <- [
          {"session_id", session.session_id},
          {"tunnel_id", session.conn_id},
          {"peer_session_id", session.peer_session_id},
          {"peer_tunnel_id", session.peer_conn_id},
          {"interface", session.ifname},
          {"cookie", session.cookie && Base.encode16(session.cookie, case: :lower)},
          {"peer_cookie", session.peer_cookie && Base.encode16(session.peer_cookie, case: :lower)}
        ],
        value != nil,
        into: sequence(session),
        do: {key, value}
  end

  # `ip` prints null for a sequence number that is on.
  defp sequence(session) do
    for {key, true} <- [{"send_seq", session.send_seq}, {"recv_seq", session.recv_seq}],
        into: %{},
        do: {key, nil}
  end

  test "tunnels are created and deleted", %{ns: ns, sock: sock} do
    tunnel!(sock, 1, udp_csum: true)

    expected = %{
      "tunnel_id" => 1,
      "peer_tunnel" => 2,
      "encap" => "UDP",
      "local" => "127.0.0.1",
      "peer" => "127.0.0.1",
      "local_port" => 1701,
      "peer_port" => 2701,
      "checksum" => true
    }

    assert [expected] == ip_json(ns, "l2tp show tunnel")

    assert {:error, %Error{errno: :eexist}} =
             L2tp.create_tunnel(sock, 1, [peer_conn_id: 5] ++ @local)

    assert L2tp.delete_tunnel(sock, 1) == :ok
    assert becomes(fn -> ip_json(ns, "l2tp show tunnel") end, []) == []

    six = [local: "::1", remote: "::1", peer_conn_id: 4]
    assert L2tp.create_tunnel(sock, 3, [encap_type: :ip] ++ six) == :ok

    assert [%{"encap" => "IP", "local" => "::1", "peer_tunnel" => 4}] =
             ip_json(ns, "l2tp show tunnel")

    assert L2tp.delete_tunnel(sock, 3) == :ok

    zero = [udp_zero_csum6_tx: true, udp_zero_csum6_rx: true, udp_sport: 9, udp_dport: 8]
    assert L2tp.create_tunnel(sock, 5, zero ++ six) == :ok
    text = ip!(ns, "l2tp show tunnel tunnel_id 5")
    assert text =~ "127.0.0.1" or text =~ "::1"
    assert {:ok, %{udp_zero_csum6_tx: true, udp_zero_csum6_rx: true}} = L2tp.tunnel(sock, 5)
    assert [%{"checksum_tx" => false, "checksum_rx" => false}] = ip_json(ns, "l2tp show tunnel")
  end

  test "a tunnel uses a socket of the caller", %{ns: ns, path: path, sock: sock} do
    {:ok, socket} = :socket.open(:inet, :dgram, :udp, %{netns: path})
    :ok = :socket.bind(socket, %{family: :inet, addr: {127, 0, 0, 1}, port: 4701})
    :ok = :socket.connect(socket, %{family: :inet, addr: {127, 0, 0, 1}, port: 4702})
    {:ok, fd} = :socket.getopt(socket, {:otp, :fd})

    assert L2tp.create_tunnel(sock, 7, fd: fd, peer_conn_id: 8, proto_version: 2) == :ok
    assert {:ok, %{proto_version: 2, udp_sport: 4701, udp_dport: 4702}} = L2tp.tunnel(sock, 7)
    assert [%{"local_port" => 4701, "peer_port" => 4702}] = ip_json(ns, "l2tp show tunnel")
    :ok = L2tp.delete_tunnel(sock, 7)
    :socket.close(socket)
  end

  test "sessions are created, changed and deleted", %{ns: ns, sock: sock} do
    tunnel!(sock, 1)

    opts = [peer_session_id: 20, ifname: "sess0", cookie: "abcd", peer_cookie: "efghijkl"]
    assert L2tp.create_session(sock, 1, 10, [recv_timeout: 30, lns_mode: true] ++ opts) == :ok

    shown = fn -> ip_json(ns, "l2tp show session") end

    assert [%{"interface" => "sess0", "cookie" => "61626364"} = session] = shown.()
    assert session["peer_cookie"] == Base.encode16("efghijkl", case: :lower)
    refute Map.has_key?(session, "send_seq")
    assert [%{"ifname" => "sess0"}] = ip_json(ns, "link show dev sess0")

    # The reorder timeout is in jiffies of 10 ms, and `ip` prints it in text.
    assert ip!(ns, "l2tp show session") =~ "reorder timeout: 30"
    assert {:ok, %{recv_timeout: 30, lns_mode: true}} = L2tp.session(sock, 1, 10)

    assert L2tp.modify_session(sock, 1, 10, send_seq: true, recv_seq: true) == :ok
    assert [%{"send_seq" => nil, "recv_seq" => nil}] = shown.()
    assert L2tp.modify_session(sock, 1, 10, send_seq: false, recv_timeout: 50) == :ok
    assert [%{"recv_seq" => nil} = session] = shown.()
    refute Map.has_key?(session, "send_seq")
    assert ip!(ns, "l2tp show session") =~ "reorder timeout: 50"
    assert L2tp.modify_session(sock, 1, 10, lns_mode: false) == :ok
    assert {:ok, %{lns_mode: false, recv_seq: true}} = L2tp.session(sock, 1, 10)

    assert L2tp.delete_session(sock, 1, 10) == :ok
    assert becomes(shown, []) == []
    assert {:error, %Error{errno: :enodev}} = L2tp.delete_session(sock, 1, 10)
  end

  # The bytes of a packet, RFC 3931, sections 4.1.2 and 4.6.
  test "packets have the numbers, the cookie and the sublayer of the session",
       %{ns: ns, path: path, sock: sock} do
    {:ok, peer} = :socket.open(:inet, :dgram, :udp, %{netns: path})
    :ok = :socket.bind(peer, %{family: :inet, addr: {127, 0, 0, 1}, port: 2701})
    tunnel!(sock, 1)

    packet = fn name, session, opts ->
      :ok =
        L2tp.create_session(
          sock,
          1,
          session,
          [ifname: name, peer_session_id: session + 100] ++ opts
        )

      ip!(ns, "link set #{name} up")
      ip!(ns, "address add 192.0.2.#{session}/24 dev #{name}")
      ip!(ns, "neighbour add 192.0.2.200 lladdr 02:00:00:00:00:07 dev #{name}")
      exec!(ns, "bash", ["-c", "echo hello >/dev/udp/192.0.2.200/9"])

      packet = receive_frame(peer)
      :ok = L2tp.delete_session(sock, 1, session)
      packet
    end

    assert <<0x0003::16, 0::16, 110::32, "efghijkl", 0::32, frame::binary>> =
             packet.("s0", 10, cookie: "efghijkl")

    assert <<2, 0, 0, 0, 0, 7, _::binary>> = frame

    assert <<0x0003::16, 0::16, 111::32, frame::binary>> = packet.("s1", 11, l2spec_type: :none)

    assert <<2, 0, 0, 0, 0, 7, _::binary>> = frame

    assert <<0x0003::16, 0::16, 112::32, 0x40, _sequence::24, 2, 0, 0, 0, 0, 7, _::binary>> =
             packet.("s2", 12, send_seq: true)

    :socket.close(peer)
  end

  # The first packet with the frame of our datagram.
  defp receive_frame(peer) do
    {:ok, packet} = :socket.recv(peer, 0, 10_000)
    if :binary.match(packet, "hello\n") == :nomatch, do: receive_frame(peer), else: packet
  end

  test "packets are counted", %{ns: ns, sock: sock} do
    tunnel!(sock, 1)
    :ok = L2tp.create_session(sock, 1, 10, ifname: "s0", peer_session_id: 20)
    ip!(ns, "link set s0 up")
    ip!(ns, "address add 192.0.2.1/24 dev s0")
    ip!(ns, "neighbour add 192.0.2.2 lladdr 02:00:00:00:00:07 dev s0")
    for _ <- 1..3, do: exec!(ns, "bash", ["-c", "echo hello >/dev/udp/192.0.2.2/9"])

    sent = fn ->
      [%{"stats64" => %{"tx" => %{"packets" => packets}}}] =
        ip_json(ns, "-statistics link show dev s0")

      packets
    end

    {{:ok, session}, packets} = unchanged(sent, fn -> L2tp.session(sock, 1, 10) end)
    assert session.stats.tx_packets == packets and packets >= 3
  end

  test "a monitor receives what is created and deleted", %{ns: ns, path: path} do
    {:ok, monitor} = L2tp.Monitor.start_link(netns: {:path, path})

    ip!(ns, ~w(l2tp add tunnel remote 127.0.0.1 local 127.0.0.1 tunnel_id 1 peer_tunnel_id 2
      encap udp udp_sport 1701 udp_dport 1702))

    assert_receive {:linx_l2tp, ^monitor, %Event{op: :tunnel_create, resource: tunnel}}
    assert %Tunnel{conn_id: 1, peer_conn_id: 2, udp_sport: 1701} = tunnel
    ip!(ns, "l2tp add session name l2tp0 tunnel_id 1 session_id 10 peer_session_id 20")
    assert_receive {:linx_l2tp, ^monitor, %Event{op: :session_create, resource: session}}
    assert %Session{session_id: 10, ifname: "l2tp0"} = session
    ip!(ns, "l2tp del session tunnel_id 1 session_id 10")
    assert_receive {:linx_l2tp, ^monitor, %Event{op: :session_delete, resource: %Session{}}}
    ip!(ns, "l2tp del tunnel tunnel_id 1")

    assert_receive {:linx_l2tp, ^monitor,
                    %Event{op: :tunnel_delete, resource: %Tunnel{conn_id: 1}}}
  end

  test "batches create and read", %{sock: sock} do
    {:ok, [:ok, {:ok, %Tunnel{peer_conn_id: 2}}, :ok, {:ok, %Session{}}, refused]} =
      Batch.run(sock, fn batch ->
        [
          L2tp.create_tunnel(batch, 1, [peer_conn_id: 2, udp_sport: 1, udp_dport: 2] ++ @local),
          L2tp.tunnel(batch, 1),
          L2tp.create_session(batch, 1, 10, peer_session_id: 20),
          L2tp.session(batch, 1, 10),
          L2tp.delete_session(batch, 2, 10)
        ]
      end)

    assert {:error, %Error{errno: :enodev}} = refused
  end

  test "bad input is found before anything is sent", %{sock: sock} do
    {:ok, _} = L2tp.tunnels(sock)
    before = :atomics.get(sock.seq, 1)
    create = &L2tp.create_tunnel(sock, 1, [peer_conn_id: 1] ++ &1)

    assert L2tp.create_tunnel(sock, 1, []) == {:error, {:missing_option, :peer_conn_id}}
    assert L2tp.create_tunnel(sock, 0, []) == {:error, {:bad_option, :conn_id, 0}}
    assert create.(local: "x") == {:error, {:bad_address, "x"}}
    assert create.(encap_type: :tcp) == {:error, {:bad_option, :encap_type, :tcp}}
    assert create.(nope: 1) == {:error, {:unknown_option, :nope}}
    assert L2tp.create_session(sock, 1, 1, []) == {:error, {:missing_option, :peer_session_id}}

    assert L2tp.create_session(sock, 1, 1, peer_session_id: 1, cookie: "abc") ==
             {:error, {:bad_option, :cookie, "abc"}}

    assert L2tp.modify_session(sock, 1, 1, cookie: "abcd") == {:error, {:unknown_option, :cookie}}
    assert L2tp.session(sock, 1, -1) == {:error, {:bad_option, :session_id, -1}}
    assert :atomics.get(sock.seq, 1) == before
  end
end
