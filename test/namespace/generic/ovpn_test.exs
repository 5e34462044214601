defmodule Linx.Namespace.Generic.OvpnTest do
  # The judge is a peer in the test, which decrypts and encrypts by :crypto what the kernel sends and
  # receives, in the format of OpenVPN's P_DATA_V2.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Generic, Rtnl, Socket}
  alias Linx.Netlink.Generic.{Event, Ovpn}
  alias Linx.Netlink.Generic.Ovpn.{Keyconf, Peer}

  @moduletag :vm

  @encrypt {"0123456789abcdef", "encnonce"}
  @decrypt {"fedcba9876543210", "decnonce"}
  @key [
    slot: :primary,
    key_id: 3,
    cipher_alg: :aes_gcm,
    encrypt_key: elem(@encrypt, 0),
    encrypt_nonce: elem(@encrypt, 1),
    decrypt_key: elem(@decrypt, 0),
    decrypt_nonce: elem(@decrypt, 1)
  ]

  # The link, its UDP socket at port 1194, and the peer's at 1195.
  setup %{ns: ns, path: path} do
    ip!(ns, "link set lo up")
    # This `ip` has no option for the mode.
    {:ok, rtnl} = Rtnl.open({:path, path})
    :ok = Rtnl.Link.create(rtnl, "ovpn0", :ovpn, mode: :mp)
    Socket.close(rtnl)
    ip!(ns, "address add 10.8.0.1/24 dev ovpn0")
    ip!(ns, "link set ovpn0 up")
    {:ok, sock} = Generic.open({:path, path})
    {socket, fd} = udp(path, 1194)
    {peer, _fd} = udp(path, 1195)

    on_exit(fn ->
      Socket.close(sock)
      Enum.each([socket, peer], &:socket.close/1)
    end)

    %{sock: sock, fd: fd, peer: peer}
  end

  defp udp(path, port) do
    {:ok, socket} = :socket.open(:inet, :dgram, :udp, %{netns: path})
    :ok = :socket.bind(socket, %{family: :inet, addr: {127, 0, 0, 1}, port: port})
    {:ok, fd} = :socket.getopt(socket, {:otp, :fd})
    {socket, fd}
  end

  @remote {"127.0.0.1", 1195}

  test "peers are added, changed, listed and deleted", %{sock: sock, fd: fd} do
    opts = [socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2", vpn_ipv6: "fd00::2"]
    assert Ovpn.add_peer(sock, "ovpn0", 5, opts) == :ok

    assert {:ok, [%Peer{id: 5} = peer]} = Ovpn.peers(sock, "ovpn0")
    assert Ovpn.peer(sock, "ovpn0", 5) == {:ok, peer}
    assert {peer.remote_ipv4, peer.remote_port} == {IP.parse!("127.0.0.1"), 1195}
    assert {peer.vpn_ipv4, peer.vpn_ipv6} == {IP.parse!("10.8.0.2"), IP.parse!("fd00::2")}
    assert peer.local_port == 1194

    keepalive = [keepalive_interval: 10, keepalive_timeout: 60]
    assert Ovpn.set_peer(sock, "ovpn0", 5, keepalive) == :ok
    local = [local: "127.0.0.1", remote: {"127.0.0.1", 1196}, vpn_ipv4: "10.8.0.3"]
    assert Ovpn.set_peer(sock, "ovpn0", 5, local) == :ok
    assert {:ok, peer} = Ovpn.peer(sock, "ovpn0", 5)
    assert {peer.keepalive_interval, peer.keepalive_timeout} == {10, 60}
    assert {peer.remote_port, peer.local_ipv4} == {1196, IP.parse!("127.0.0.1")}
    assert peer.vpn_ipv4 == IP.parse!("10.8.0.3")

    assert {:error, %Error{errno: :enoent}} = Ovpn.peer(sock, "ovpn0", 6)
    assert {:error, %Error{}} = Ovpn.peers(sock, "lo")
    assert Ovpn.delete_peer(sock, "ovpn0", 5) == :ok
    assert Ovpn.peers(sock, "ovpn0") == {:ok, []}
    assert {:error, %Error{errno: :enoent}} = Ovpn.delete_peer(sock, "ovpn0", 5)
  end

  test "packets to a peer have its number and the key", %{ns: ns, sock: sock, fd: fd, peer: peer} do
    :ok = Ovpn.add_peer(sock, "ovpn0", 5, socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2")
    assert Ovpn.add_key(sock, "ovpn0", 5, @key) == :ok
    exec!(ns, "bash", ["-c", "echo hello >/dev/udp/10.8.0.2/9"])

    {:ok, packet} = :socket.recv(peer, 0, 10_000)
    assert {3, 5, ip} = decrypted(packet, :aes_128_gcm, @encrypt)
    assert <<0x45, _::64, 17, _::16, 10, 8, 0, 1, 10, 8, 0, 2, _::binary>> = ip
    assert String.ends_with?(ip, "hello\n")

    # The answer: the same packet with the addresses exchanged, which leaves the checksums correct.
    <<start::binary-12, source::binary-4, target::binary-4, rest::binary>> = ip
    answer = encrypted(start <> target <> source <> rest, 3, 5, 1, :aes_128_gcm, @decrypt)
    :ok = :socket.sendto(peer, answer, %{family: :inet, addr: {127, 0, 0, 1}, port: 1194})

    received = fn ->
      [%{"stats64" => %{"rx" => %{"packets" => n}}}] = ip_json(ns, "-statistics link show ovpn0")
      n
    end

    eventually(fn -> received.() == 1 end)
    assert {:ok, %{vpn_rx_packets: 1} = counted} = Ovpn.peer(sock, "ovpn0", 5)
    assert {counted.vpn_rx_bytes, counted.link_rx_packets} == {byte_size(ip), 1}
    assert counted.link_rx_bytes == byte_size(answer)

    # The kernel may have sent an ICMP message, too. Each packet gets a head of 24 bytes.
    assert counted.vpn_tx_packets >= 1 and counted.link_tx_packets == counted.vpn_tx_packets
    assert counted.link_tx_bytes == counted.vpn_tx_bytes + 24 * counted.vpn_tx_packets
  end

  test "a peer may have another number in sent packets, and another cipher",
       %{ns: ns, sock: sock, fd: fd, peer: peer} do
    opts = [socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2", tx_id: 77]
    :ok = Ovpn.add_peer(sock, "ovpn0", 5, opts)
    key = {String.duplicate("0123", 8), "encnonce"}

    opts =
      Keyword.merge(@key, cipher_alg: :chacha20_poly1305, encrypt_key: elem(key, 0), key_id: 0)

    opts = Keyword.put(opts, :decrypt_key, String.duplicate("x", 32))
    assert Ovpn.add_key(sock, "ovpn0", 5, opts) == :ok
    exec!(ns, "bash", ["-c", "echo hello >/dev/udp/10.8.0.2/9"])
    {:ok, packet} = :socket.recv(peer, 0, 10_000)
    assert {0, 77, ip} = decrypted(packet, :chacha20_poly1305, key)
    assert String.ends_with?(ip, "hello\n")
  end

  # Opcode 9 and key id in a byte, peer id, packet id, tag, ciphertext; the additional data are what is in
  # front of the tag.
  defp decrypted(packet, cipher, {key, nonce}) do
    <<head::binary-8, tag::binary-16, encrypted::binary>> = packet
    <<9::5, key_id::3, peer_id::24, packet_id::binary-4>> = head

    plain =
      :crypto.crypto_one_time_aead(cipher, key, packet_id <> nonce, encrypted, head, tag, false)

    {key_id, peer_id, plain}
  end

  defp encrypted(plain, key_id, peer_id, packet_id, cipher, {key, nonce}) do
    head = <<9::5, key_id::3, peer_id::24, packet_id::32>>
    nonce = <<packet_id::32>> <> nonce
    {encrypted, tag} = :crypto.crypto_one_time_aead(cipher, key, nonce, plain, head, true)
    head <> tag <> encrypted
  end

  test "keys are read without their secrets, swapped and deleted",
       %{ns: ns, sock: sock, fd: fd, peer: peer} do
    :ok = Ovpn.add_peer(sock, "ovpn0", 5, socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2")
    :ok = Ovpn.add_key(sock, "ovpn0", 5, @key)

    second = Keyword.merge(@key, slot: :secondary, key_id: 4, encrypt_key: "second key 16 by")
    :ok = Ovpn.add_key(sock, "ovpn0", 5, second)

    assert {:ok, %Keyconf{key_id: 3, cipher_alg: :aes_gcm, slot: :primary} = key} =
             Ovpn.key(sock, "ovpn0", 5, :primary)

    assert {key.peer_id, key.encrypt_dir, key.decrypt_dir} == {5, nil, nil}
    assert {:ok, %Keyconf{key_id: 4}} = Ovpn.key(sock, "ovpn0", 5, :secondary)

    assert Ovpn.swap_keys(sock, "ovpn0", 5) == :ok
    assert {:ok, %Keyconf{key_id: 4}} = Ovpn.key(sock, "ovpn0", 5, :primary)
    exec!(ns, "bash", ["-c", "echo hello >/dev/udp/10.8.0.2/9"])
    {:ok, packet} = :socket.recv(peer, 0, 10_000)
    assert {4, 5, ip} = decrypted(packet, :aes_128_gcm, {"second key 16 by", elem(@encrypt, 1)})
    assert String.ends_with?(ip, "hello\n")

    assert Ovpn.delete_key(sock, "ovpn0", 5, :secondary) == :ok
    assert {:error, %Error{errno: :enoent}} = Ovpn.key(sock, "ovpn0", 5, :secondary)
  end

  test "a link of two ends has one peer", %{ns: ns, sock: sock, fd: fd, peer: peer} do
    ip!(ns, "link add ovpn1 type ovpn")
    ip!(ns, "address add 10.9.0.1/24 dev ovpn1")
    ip!(ns, "link set ovpn1 up")
    :ok = Ovpn.add_peer(sock, "ovpn1", 6, socket: fd, remote: @remote)
    :ok = Ovpn.add_key(sock, "ovpn1", 6, @key)
    exec!(ns, "bash", ["-c", "echo hello >/dev/udp/10.9.0.77/9"])
    {:ok, packet} = :socket.recv(peer, 0, 10_000)
    assert {3, 6, _ip} = decrypted(packet, :aes_128_gcm, @encrypt)

    assert {:error, %Error{message: "ovpn: unexpected VPN IP" <> _}} =
             Ovpn.add_peer(sock, "ovpn1", 7, socket: fd, remote: @remote, vpn_ipv4: "10.9.0.2")
  end

  test "a monitor receives deleted peers", %{sock: sock, path: path, ns: ns, fd: fd} do
    {:ok, monitor} = Ovpn.Monitor.start_link(netns: {:path, path})
    [%{"ifindex" => index}] = ip_json(ns, "link show dev ovpn0")
    :ok = Ovpn.add_peer(sock, "ovpn0", 5, socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2")
    :ok = Ovpn.delete_peer(sock, "ovpn0", 5)

    assert_receive {:linx_ovpn, ^monitor, %Event{op: :peer_del_ntf, resource: ovpn}}
    assert %Ovpn{ifindex: ^index, peer: %Peer{id: 5, del_reason: :userspace}} = ovpn
  end

  test "batches change and read", %{sock: sock, fd: fd} do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        [
          Ovpn.add_peer(batch, "ovpn0", 5, socket: fd, remote: @remote, vpn_ipv4: "10.8.0.2"),
          Ovpn.peer(batch, "ovpn0", 5),
          Ovpn.add_key(batch, "ovpn0", 5, @key),
          Ovpn.key(batch, "ovpn0", 5, :primary),
          Ovpn.key(batch, "ovpn0", 5, :secondary)
        ]
      end)

    assert [:ok, {:ok, %Peer{id: 5}}, :ok, {:ok, %Keyconf{key_id: 3}}, refused] = results
    assert {:error, %Error{errno: :enoent}} = refused
  end

  test "bad input is found before anything is sent, and shows no key", %{sock: sock} do
    {:ok, []} = Ovpn.peers(sock, "ovpn0")
    before = :atomics.get(sock.seq, 1)
    peer = &Ovpn.add_peer(sock, "ovpn0", 5, [socket: 3] ++ &1)

    assert Ovpn.add_peer(sock, "ovpn0", 5, []) == {:error, {:missing_option, :socket}}
    assert Ovpn.set_peer(sock, "ovpn0", 5, socket: 3) == {:error, {:unknown_option, :socket}}
    assert Ovpn.peer(sock, "ovpn0", 0x1000000) == {:error, {:bad_option, :id, 0x1000000}}
    assert peer.(vpn_ipv4: "::1") == {:error, {:bad_option, :vpn_ipv4, "::1"}}
    assert peer.(local: "x") == {:error, {:bad_option, :local, "x"}}

    for bad <- ["127.0.0.1", {"x", 1}, {"127.0.0.1", 0}, {"fe80::1", 1, "ovpn0"}],
        do: assert(peer.(remote: bad) == {:error, {:bad_option, :remote, bad}})

    for key <- [:encrypt_key, :encrypt_nonce, :decrypt_key, :decrypt_nonce] do
      opts = Keyword.put(@key, key, "secret")
      assert Ovpn.add_key(sock, "ovpn0", 5, opts) == {:error, {:bad_option, key, :redacted}}
      opts = Keyword.delete(@key, key)
      assert Ovpn.add_key(sock, "ovpn0", 5, opts) == {:error, {:missing_option, key}}
    end

    assert Ovpn.key(sock, "ovpn0", 5, :third) == {:error, {:bad_option, :slot, :third}}
    assert :atomics.get(sock.seq, 1) == before

    assert {:error, %Error{errno: :enoent} = error} = Ovpn.add_key(sock, "ovpn0", 5, @key)
    refute inspect(error) =~ "0123456789abcdef"

    # A request that was collected for a batch.
    assert {:ok, message} = Ovpn.add_key(%Batch{sock: sock}, "ovpn0", 5, @key)
    refute inspect(message, limit: :infinity) =~ "0123456789abcdef"
    refute inspect(message, limit: :infinity, binaries: :as_binaries) =~ "49, 50, 51"
  end
end
