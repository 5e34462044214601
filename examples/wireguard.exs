# Makes two network namespaces, connects them by a WireGuard tunnel, sends a packet through it, and
# removes both; needs root, and a kernel with WireGuard:
#
#     mix run examples/wireguard.exs

alias Linx.Netlink.{Generic, Rtnl, Socket}
alias Linx.Netlink.Generic.WireGuard
alias Linx.Netlink.Generic.WireGuard.Key
alias Linx.Netlink.Rtnl.{Address, Link}

defmodule Tunnel do
  # One end: a namespace with a link of the pair `left` and `right`, which stands for the network
  # between two machines, and the WireGuard link.
  def make(name, outer, inner) do
    path = "/run/netns/" <> name
    {:ok, rtnl} = Rtnl.open({:path, path})
    {:ok, generic} = Generic.open({:path, path})

    :ok = Address.add(rtnl, name, outer, 24)
    :ok = Link.set_up(rtnl, name)

    private = Key.generate()
    :ok = Link.create(rtnl, "wg0", :wireguard)
    :ok = WireGuard.set(generic, "wg0", private_key: private, listen_port: 51_820)
    :ok = Address.add(rtnl, "wg0", inner, 24)
    :ok = Link.set_up(rtnl, "wg0")

    %{
      path: path,
      rtnl: rtnl,
      generic: generic,
      outer: outer,
      inner: inner,
      public: Key.public(private)
    }
  end

  # Makes the other end a peer of this one.
  def connect(this, other, preshared) do
    peer = [
      public_key: other.public,
      preshared_key: preshared,
      endpoint: {other.outer, 51_820},
      allowed_ips: [other.inner]
    ]

    :ok = WireGuard.set(this.generic, "wg0", peers: [peer])
  end

  # A UDP socket in the namespace of an end.
  def udp(this) do
    {:ok, ip} = :inet.parse_address(String.to_charlist(this.inner))
    {:ok, socket} = :gen_udp.open(0, [:binary, active: false, ip: ip, netns: this.path])
    {:ok, port} = :inet.port(socket)
    {socket, ip, port}
  end
end

names = ["left", "right"]
for name <- names, do: {_, 0} = System.cmd("ip", ["netns", "add", name])

try do
  {:ok, sock} = Rtnl.open({:path, "/run/netns/left"})
  :ok = Link.create_veth(sock, "left", "right", peer: [netns: {:path, "/run/netns/right"}])
  :ok = Socket.close(sock)

  left = Tunnel.make("left", "192.0.2.1", "10.0.0.1")
  right = Tunnel.make("right", "192.0.2.2", "10.0.0.2")
  preshared = Key.generate_preshared()
  Tunnel.connect(left, right, preshared)
  Tunnel.connect(right, left, preshared)

  {from, _ip, _port} = Tunnel.udp(left)
  {to, ip, port} = Tunnel.udp(right)
  :ok = :gen_udp.send(from, ip, port, "hello")
  {:ok, {sender, _port, text}} = :gen_udp.recv(to, 0, 10_000)
  IO.puts("right received #{inspect(text)} from #{:inet.ntoa(sender)}")

  {:ok, %WireGuard{peers: [peer]} = device} = WireGuard.get(right.generic, "wg0")
  IO.inspect(device)
  {endpoint, port} = peer.endpoint
  IO.puts("peer #{Key.to_string(peer.public_key)} at #{endpoint}:#{port}")
  IO.puts("#{peer.rx_bytes} bytes received, last handshake at #{peer.last_handshake_time}")
after
  for name <- names, do: System.cmd("ip", ["netns", "delete", name])
end
