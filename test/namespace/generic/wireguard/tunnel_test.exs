defmodule Linx.Namespace.Generic.WireGuard.TunnelTest do
  # Packets through tunnels between two namespaces. The judges are the packets, and `wg show`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.KeySearch, only: [shows?: 2]

  alias Linx.Netlink.{Connection, Generic, Socket}
  alias Linx.Netlink.Generic.WireGuard
  alias Linx.Netlink.Generic.WireGuard.Key

  @moduletag :vm

  # Two ends, `left` and `right`: a veth pair with 192.0.2.1 and .2, and in each a link wg0 with 10.0.0.1
  # and .2, up and without peers.
  setup %{ns: left} do
    right = netns!()
    ip!(left, "link add va type veth peer name vb netns #{right}")

    ends =
      for {ns, link, n} <- [{left, "va", 1}, {right, "vb", 2}] do
        ip!(ns, "address add 192.0.2.#{n}/24 dev #{link}")
        ip!(ns, "address add fe80::#{n}/64 dev #{link}")
        ip!(ns, "link set #{link} up")
        ip!(ns, "link add wg0 type wireguard")
        ip!(ns, "address add 10.0.0.#{n}/24 dev wg0")
        ip!(ns, "link set wg0 up")
        {:ok, sock} = Generic.open({:path, path(ns)})
        on_exit(fn -> Socket.close(sock) end)
        private = Key.generate()
        :ok = WireGuard.set(sock, "wg0", private_key: private, listen_port: 5000 + n)

        %{
          ns: ns,
          sock: sock,
          private: private,
          public: Key.public(private),
          inner: {10, 0, 0, n},
          outer: "192.0.2.#{n}:#{5000 + n}"
        }
      end

    carrier(left, "va")
    addresses_ready(left)
    addresses_ready(right)
    %{ends: ends}
  end

  defp peer(this, other, opts \\ []) do
    peer = [public_key: other.public, endpoint: other.outer, allowed_ips: [other.inner]]
    assert :ok = WireGuard.set(this.sock, "wg0", peers: [Keyword.merge(peer, opts)])
  end

  # Whether a datagram arrives at the other end, from the inner address of this one. A handshake that was
  # not answered is repeated after 5 seconds (REKEY_TIMEOUT of drivers/net/wireguard/messages.h), and the
  # datagram waits for it.
  defp sends?(this, other, wait \\ 60_000) do
    open = &:gen_udp.open(&1, [:binary, active: true, ip: &2.inner, netns: path(&2.ns)])
    {:ok, from} = open.(0, this)
    {:ok, to} = open.(0, other)
    {:ok, port} = :inet.port(to)
    text = Base.encode16(:crypto.strong_rand_bytes(8))
    :ok = :gen_udp.send(from, other.inner, port, text)
    inner = this.inner

    receive do
      {:udp, ^to, ^inner, _port, ^text} -> true
    after
      wait -> false
    end
  end

  defp shown(this, what, other) do
    this.ns
    |> exec!("wg", "show wg0 #{what}")
    |> String.split("\n", trim: true)
    |> Enum.map(&String.split(&1, "\t"))
    |> Enum.find_value(fn [key, value] -> key == Key.to_string(other.public) && value end)
  end

  defp read(this, other) do
    {:ok, %WireGuard{peers: peers}} = WireGuard.get(this.sock, "wg0")
    Enum.find(peers, &(&1.public_key == other.public))
  end

  test "packets pass both ways, and are counted", %{ends: [left, right]} do
    peer(left, right)
    refute sends?(left, right, 300)
    peer(right, left)
    assert sends?(left, right)
    assert sends?(right, left)

    peer = read(left, right)
    [rx, tx] = left.ns |> exec!("wg", "show wg0 transfer") |> String.split() |> tl()
    assert {to_string(peer.rx_bytes), to_string(peer.tx_bytes)} == {rx, tx}
    assert peer.rx_bytes > 0 and peer.tx_bytes > 0

    assert to_string(DateTime.to_unix(peer.last_handshake_time)) ==
             shown(left, "latest-handshakes", right)

    assert abs(DateTime.diff(DateTime.utc_now(), peer.last_handshake_time)) < 120
  end

  test "a link-local endpoint carries packets", %{ends: [left, right]} do
    peer(left, right, endpoint: "[fe80::2%va]:5002")
    peer(right, left, endpoint: {"fe80::1", 5001, "vb"})
    assert sends?(left, right)
    assert sends?(right, left)
    [%{"ifindex" => index}] = ip_json(left.ns, "link show dev va")
    assert {%{family: :inet6}, 5002, ^index} = read(left, right).endpoint
  end

  test "a peer that moves is shown at its next address", %{ends: [left, right]} do
    peer(left, right)
    peer(right, left)
    assert sends?(right, left)
    assert {ip, 5002} = read(left, right).endpoint
    assert to_string(ip) == "192.0.2.2"

    ip!(right.ns, "address add 192.0.2.77/24 dev vb")
    ip!(right.ns, "address delete 192.0.2.2/24 dev vb")
    assert :ok = WireGuard.set(right.sock, "wg0", listen_port: 7777)
    # The first address was the primary one of the second.
    ip!(right.ns, "address replace 192.0.2.77/24 dev vb")
    assert sends?(right, left)

    assert {ip, 7777} = read(left, right).endpoint
    assert "#{ip}:7777" == "192.0.2.77:7777"
    assert shown(left, "endpoints", right) == "192.0.2.77:7777"
    assert sends?(left, right)
  end

  test "keys are rotated", %{ends: [left, right]} do
    shared = Key.generate_preshared()
    peer(left, right, preshared_key: shared)
    peer(right, left, preshared_key: shared)
    assert sends?(left, right)

    private = Key.generate()
    next = %{right | private: private, public: Key.public(private)}
    assert :ok = WireGuard.set(right.sock, "wg0", private_key: private)
    # The left end does not know the key yet.
    refute sends?(next, left, 300)

    assert :ok =
             WireGuard.set(left.sock, "wg0",
               peers: [
                 [public_key: right.public, remove: true],
                 [
                   public_key: next.public,
                   preshared_key: shared,
                   endpoint: next.outer,
                   allowed_ips: [next.inner]
                 ]
               ]
             )

    assert sends?(left, next)
    assert read(left, right) == nil
    assert read(left, next).preshared_key == shared

    # Another preshared key at one end alone: no handshake succeeds.
    assert :ok = WireGuard.set(left.sock, "wg0", peers: [[public_key: next.public, remove: true]])
    peer(left, next, preshared_key: Key.generate_preshared())
    refute sends?(left, next, 300)
    assert :ok = WireGuard.set(left.sock, "wg0", peers: [[public_key: next.public, remove: true]])
    peer(left, next, preshared_key: shared)
    assert sends?(left, next)
  end

  test "a persistent keepalive sends without being asked", %{ends: [left, right]} do
    peer(left, right)
    peer(right, left)
    assert read(left, right).last_handshake_time == nil
    peer(right, left, persistent_keepalive_interval: 1)
    eventually(fn -> read(left, right).last_handshake_time end)
    before = read(left, right).rx_bytes
    eventually(fn -> read(left, right).rx_bytes > before + 64 end)
    assert shown(right, "persistent-keepalive", left) == "1"
  end

  test "a connection keeps no keys", %{ends: [left, right]} do
    conn = start_supervised!({Connection, protocol: 16, netns: {:path, path(left.ns)}})
    private = Key.generate()
    shared = Key.generate_preshared()
    peers = [[public_key: right.public, preshared_key: shared]]
    :ok = WireGuard.set(conn, "wg0", private_key: private, peers: peers)
    {:ok, %WireGuard{private_key: ^private} = device} = WireGuard.get(conn, "wg0")

    state = :sys.get_state(conn)

    for text <- [inspect(state, structs: false, limit: :infinity), inspect({device, state})],
        key <- [private, shared],
        do: refute(shows?(text, key.bytes))
  end
end
