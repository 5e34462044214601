defmodule Linx.Namespace.Generic.WireGuardTest do
  # The judge is `wg show wg0 dump`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Connection, Error, Generic, Message, Socket}
  alias Linx.Netlink.Generic.WireGuard
  alias Linx.Netlink.Generic.WireGuard.{Key, Peer}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    ip!(ns, "link add wg0 type wireguard")
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # The link, and the peers in their order: `wg` prints a line for each with tabs between the columns.
  defp dump(ns, link \\ "wg0") do
    [device | peers] =
      ns
      |> exec!("wg", "show #{link} dump")
      |> String.split("\n", trim: true)
      |> Enum.map(fn line ->
        line |> String.split("\t") |> Enum.map(&if(&1 in ["(none)", "off"], do: nil, else: &1))
      end)

    {device, Enum.map(peers, &List.to_tuple/1)}
  end

  # What `wg` prints of a link as we read it.
  defp printed(%WireGuard{} = device) do
    {[
       device.private_key && Key.to_string(device.private_key),
       device.public_key && Key.to_string(device.public_key),
       to_string(device.listen_port),
       if(device.fwmark != 0,
         do: "0x" <> (device.fwmark |> Integer.to_string(16) |> String.downcase())
       )
     ], Enum.map(device.peers, &printed_peer/1)}
  end

  defp printed_peer(peer) do
    {
      Key.to_string(peer.public_key),
      peer.preshared_key && Key.to_string(peer.preshared_key),
      endpoint(peer.endpoint),
      if(peer.allowed_ips != [], do: Enum.join(peer.allowed_ips, ",")),
      if(peer.last_handshake_time,
        do: to_string(DateTime.to_unix(peer.last_handshake_time)),
        else: "0"
      ),
      to_string(peer.rx_bytes),
      to_string(peer.tx_bytes),
      if(peer.persistent_keepalive_interval != 0,
        do: to_string(peer.persistent_keepalive_interval)
      )
    }
  end

  defp endpoint(nil), do: nil
  defp endpoint({%{family: :inet} = ip, port}), do: "#{ip}:#{port}"
  defp endpoint({ip, port}), do: "[#{ip}]:#{port}"
  defp endpoint({ip, port, index}), do: "[#{ip}%#{index}]:#{port}"

  defp public, do: Key.public(Key.generate())
  defp text(key), do: Key.to_string(key)

  defp peers(ns), do: ns |> dump() |> elem(1)

  test "the settings of a link are set, and those not given stay", %{sock: sock, ns: ns} do
    private = Key.generate()
    assert :ok = WireGuard.set(sock, "wg0", private_key: private, listen_port: 4711, fwmark: 0x2A)
    device = [text(private), text(Key.public(private)), "4711", "0x2a"]
    assert dump(ns) == {device, []}

    for {opts, at, value} <- [
          {[listen_port: 4712], 2, "4712"},
          {[fwmark: 0xFFFFFFFF], 3, "0xffffffff"},
          {[fwmark: 0], 3, nil},
          {[private_key: nil], 0, nil}
        ] do
      {before, []} = dump(ns)
      assert :ok = WireGuard.set(sock, "wg0", opts)
      expected = List.replace_at(before, at, value)

      expected =
        if opts[:private_key] || at != 0, do: expected, else: List.replace_at(expected, 1, nil)

      assert {opts, dump(ns)} == {opts, {expected, []}}
    end

    # As text, and by the index.
    {:ok, %{ifindex: index}} = WireGuard.get(sock, "wg0")
    assert :ok = WireGuard.set(sock, index, private_key: text(private))
    assert {[_, public | _], []} = dump(ns)
    assert public == text(Key.public(private))
  end

  test "every option of a peer is set, and those not given stay", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")
    [%{"ifindex" => index}] = ip_json(ns, "link show dev va")
    key = public()
    set = &assert(:ok = WireGuard.set(sock, "wg0", peers: [[public_key: key] ++ &1]))
    peer = fn -> ns |> peers() |> List.keyfind(text(key), 0) end

    set.([])
    assert peer.() == {text(key), nil, nil, nil, "0", "0", "0", nil}

    shared = Key.generate_preshared()

    for {opts, at, value} <- [
          {[preshared_key: shared], 1, text(shared)},
          {[endpoint: "192.0.2.1:51820"], 2, "192.0.2.1:51820"},
          {[endpoint: {{192, 0, 2, 2}, 1}], 2, "192.0.2.2:1"},
          {[endpoint: "[2001:db8::1]:51820"], 2, "[2001:db8::1]:51820"},
          {[endpoint: {"2001:db8::2", 2}], 2, "[2001:db8::2]:2"},
          {[endpoint: "[fe80::1%va]:3"], 2, "[fe80::1%va]:3"},
          {[endpoint: {"fe80::2", 4, "vb"}], 2, "[fe80::2%vb]:4"},
          {[endpoint: {"fe80::3", 5, index}], 2, "[fe80::3%va]:5"},
          {[endpoint: "[fe80::4%#{index}]:6"], 2, "[fe80::4%va]:6"},
          {[persistent_keepalive_interval: 25], 7, "25"},
          {[persistent_keepalive_interval: 65_535], 7, "65535"},
          {[persistent_keepalive_interval: 0], 7, nil},
          {[allowed_ips: ["10.0.0.0/24"]], 3, "10.0.0.0/24"},
          {[allowed_ips: ["fd00::/64", {{10, 0, 1, 0}, 24}]], 3,
           "10.0.0.0/24,fd00::/64,10.0.1.0/24"},
          {[allowed_ips: [{:remove, "fd00::/64"}]], 3, "10.0.0.0/24,10.0.1.0/24"},
          {[allowed_ips: [Subnet.parse!("::1/128")], replace_allowed_ips: true], 3, "::1/128"},
          {[replace_allowed_ips: true], 3, nil},
          {[preshared_key: nil], 1, nil}
        ] do
      before = peer.()
      set.(opts)
      assert {opts, sorted(peer.())} == {opts, sorted(put_elem(before, at, value))}
    end

    assert {:ok, %{peers: [%Peer{endpoint: {ip, 6, ^index}}]}} = WireGuard.get(sock, "wg0")
    assert to_string(ip) == "fe80::4"

    set.(remove: true)
    assert peer.() == nil
    set.(update_only: true)
    assert peer.() == nil
    set.(remove: true)
    set.([])
    set.(update_only: true, persistent_keepalive_interval: 7)
    assert elem(peer.(), 7) == "7"
  end

  # The kernel chooses the order of the subnets.
  defp sorted(peer) do
    ips = peer |> elem(3) |> to_string() |> String.split(",") |> Enum.sort()
    put_elem(peer, 3, ips)
  end

  test "other peers stay, or are replaced", %{sock: sock, ns: ns} do
    [one, two, three] = for _ <- 1..3, do: public()
    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: one], [public_key: two]])
    assert Enum.map(peers(ns), &elem(&1, 0)) == [text(one), text(two)]
    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: text(three)]])
    assert Enum.map(peers(ns), &elem(&1, 0)) == [text(one), text(two), text(three)]
    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: two]], replace_peers: true)
    assert Enum.map(peers(ns), &elem(&1, 0)) == [text(two)]
    :ok = WireGuard.set(sock, "wg0", replace_peers: true)
    assert peers(ns) == []

    # A subnet moves from one peer to another.
    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: one, allowed_ips: ["10.0.0.0/8"]]])
    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: two, allowed_ips: ["10.0.0.0/8"]]])
    assert Enum.map(peers(ns), &elem(&1, 3)) == [nil, "10.0.0.0/8"]
  end

  test "a link that wg has set is read", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")

    assert {:ok, %WireGuard{private_key: nil, public_key: nil, peers: []}} =
             WireGuard.get(sock, "wg0")

    configure(ns, [
      "[Interface]\nPrivateKey = #{text(Key.generate())}\nListenPort = 99\nFwMark = 0x11\n",
      "[Peer]\nPublicKey = #{text(public())}\n",
      "[Peer]\nPublicKey = #{text(public())}\nPresharedKey = #{text(Key.generate())}\n",
      "Endpoint = 192.0.2.1:7\nPersistentKeepalive = 3\nAllowedIPs = 10.0.0.0/8, fd00::/8, ::/0\n"
    ])

    {:ok, device} = WireGuard.get(sock, "wg0")
    assert printed(device) == dump(ns)
    [%{"ifindex" => index}] = ip_json(ns, "link show dev wg0")
    assert {device.ifindex, device.ifname} == {index, "wg0"}
    assert [%{protocol_version: 1}, %{protocol_version: 1}] = device.peers

    # By its other names, its index, a connection, and in a batch.
    long = String.duplicate("n", 40)
    ip!(ns, "link property add dev wg0 altname #{long}")
    for link <- [index, long], do: assert(WireGuard.get(sock, link) == {:ok, device})
    conn = start_supervised!({Connection, protocol: 16, netns: {:path, path(ns)}})
    assert WireGuard.get(conn, "wg0") == {:ok, device}

    assert {:ok, [{:ok, ^device}]} =
             Batch.run(sock, fn batch -> [WireGuard.get(batch, "wg0")] end)
  end

  defp configure(ns, text) do
    file = Path.join(System.tmp_dir!(), "linx-wg-#{System.unique_integer([:positive])}")
    on_exit(fn -> File.rm!(file) end)
    File.write!(file, text)
    exec!(ns, "wg", "setconf wg0 #{file}")
  end

  test "a link of another kind, and one that does not exist, are refused", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")

    for {link, errno} <- [
          {"va", :eopnotsupp},
          {"lo", :eopnotsupp},
          {"absent", :enodev},
          {9999, :enodev}
        ] do
      assert {:error, %Error{errno: ^errno}} = WireGuard.get(sock, link)
      assert {:error, %Error{errno: ^errno}} = WireGuard.set(sock, link, listen_port: 1)
    end

    assert {:error, %Error{errno: :enodev}} =
             WireGuard.set(sock, "wg0", peers: [[public_key: public(), endpoint: "[fe80::1%x]:1"]])

    assert peers(ns) == []
  end

  test "all WireGuard links of the namespace are listed, and no other", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")
    ip!(ns, "link add wg7 type wireguard")
    :ok = WireGuard.set(sock, "wg7", listen_port: 7)

    assert {:ok, [%WireGuard{ifname: "wg0"}, %WireGuard{ifname: "wg7", listen_port: 7}]} =
             WireGuard.list(sock)

    for link <- ~w(wg0 wg7), do: ip!(ns, "link delete #{link}")
    assert WireGuard.list(sock) == {:ok, []}
    # In a batch at once, as every list.
    assert {:ok, []} =
             Batch.run(sock, fn batch ->
               {:ok, []} = WireGuard.list(batch)
               []
             end)
  end

  test "a refusal names the attribute", %{sock: sock} do
    {:ok, %{ifindex: index}} = WireGuard.get(sock, "wg0")
    peers = for _ <- 1..2, do: %WireGuard.Request.Peer{public_key: public(), flags: [0x100]}
    body = %WireGuard.Request{ifindex: index, peers: peers}

    assert {:error, %Error{attribute: [:peers, 0, :flags]}} =
             Generic.run(sock, WireGuard, :set_device, body)
  end

  @tag timeout: 240_000
  test "1,000 peers are written and read", %{sock: sock, ns: ns} do
    peers =
      for n <- 1..1000 do
        [
          public_key: public(),
          preshared_key: Key.generate_preshared(),
          endpoint: {{192, 0, div(n, 256), rem(n, 256)}, n},
          persistent_keepalive_interval: n,
          allowed_ips: [{{10, div(n, 256), rem(n, 256), 0}, 24}, "fd00:#{n}::/32"]
        ]
      end

    :ok = WireGuard.set(sock, "wg0", peers: [[public_key: public()]])
    :ok = WireGuard.set(sock, "wg0", listen_port: 5, peers: peers, replace_peers: true)
    {[_, _, "5", _], shown} = dump(ns)

    assert Enum.map(shown, &{elem(&1, 0), elem(&1, 1), elem(&1, 2), elem(&1, 7)}) ==
             for(
               peer <- peers,
               {ip, port} = peer[:endpoint],
               do: {
                 text(peer[:public_key]),
                 text(peer[:preshared_key]),
                 "#{:inet.ntoa(ip)}:#{port}",
                 "#{port}"
               }
             )

    {:ok, device} = WireGuard.get(sock, "wg0")
    assert printed(device) == dump(ns)
  end

  @tag timeout: 240_000
  test "10,000 subnets of one peer are written and read, between other peers", %{
    sock: sock,
    ns: ns
  } do
    [first, key, last] = for _ <- 1..3, do: public()
    ips = for n <- 1..10_000, do: {{10, div(n, 65_536), rem(div(n, 256), 256), rem(n, 256)}, 32}
    write = [public_key: key, allowed_ips: ["192.0.2.0/24"]]
    :ok = WireGuard.set(sock, "wg0", peers: [write])

    :ok =
      WireGuard.set(sock, "wg0",
        peers: [
          [public_key: first, allowed_ips: ["fd00::/64"]],
          [public_key: key, allowed_ips: ips, replace_allowed_ips: true],
          [public_key: last, allowed_ips: ["::/0"]]
        ]
      )

    shown = Map.new(peers(ns), &{elem(&1, 0), String.split(elem(&1, 3), ",")})
    assert Map.fetch!(shown, text(first)) == ["fd00::/64"]
    assert Map.fetch!(shown, text(last)) == ["::/0"]
    expected = for {ip, 32} <- ips, do: "#{:inet.ntoa(ip)}/32"
    assert shown |> Map.fetch!(text(key)) |> Enum.sort() == Enum.sort(expected)

    {:ok, device} = WireGuard.get(sock, "wg0")
    assert printed(device) == dump(ns)
    assert length(device.peers) == 3
  end

  test "a batch takes what fits one message", %{sock: sock, ns: ns} do
    key = public()
    ips = for n <- 1..3000, do: {{10, 0, div(n, 256), rem(n, 256)}, 32}

    assert {:ok,
            [
              :ok,
              {:error, :too_large},
              {:error, {:bad_option, :fwmark, -1}},
              :ok,
              {:error, refused}
            ]} =
             Batch.run(sock, fn batch ->
               assert {:ok, %Message{}} = change = WireGuard.set(batch, "wg0", listen_port: 12)

               [
                 change,
                 WireGuard.set(batch, "wg0", peers: [[public_key: key, allowed_ips: ips]]),
                 WireGuard.set(batch, "wg0", fwmark: -1),
                 WireGuard.set(batch, "wg0",
                   peers: [[public_key: key, allowed_ips: Enum.take(ips, 2000)]]
                 ),
                 WireGuard.set(batch, "lo", listen_port: 12)
               ]
             end)

    assert %Error{errno: :eopnotsupp} = refused
    {[_, _, "12", _], [peer]} = dump(ns)
    assert peer |> elem(3) |> String.split(",") |> length() == 2000
  end
end
