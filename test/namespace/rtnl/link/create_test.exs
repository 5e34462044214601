defmodule Linx.Namespace.Rtnl.Link.CreateTest do
  # The functions that create and delete a link, judged by `ip -json -details`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  test "a link has the options that it was created with", %{ns: ns, sock: sock} do
    :ok = Link.create_bridge(sock, "br0")

    opts = [
      index: 99,
      address: "02:00:00:00:00:0a",
      broadcast: "ff:ff:ff:ff:ff:fe",
      mtu: 1400,
      txqlen: 7,
      group: 8,
      master: "br0",
      num_tx_queues: 3,
      num_rx_queues: 4,
      up: true,
      multicast: false,
      arp: false,
      promisc: true,
      allmulticast: true,
      dynamic: true,
      gso_max_size: 9000,
      gso_max_segs: 10,
      gro_max_size: 9001,
      peer: [name: "x1", address: "02:00:00:00:00:0b", mtu: 1300]
    ]

    assert Link.create(sock, "x0", :veth, opts) == :ok

    assert %{
             "ifindex" => 99,
             "address" => "02:00:00:00:00:0a",
             "broadcast" => "ff:ff:ff:ff:ff:fe",
             "mtu" => 1400,
             "txqlen" => 7,
             "group" => "8",
             "master" => "br0",
             "num_tx_queues" => 3,
             "gso_max_size" => 9000,
             "gso_max_segs" => 10,
             "gro_max_size" => 9001,
             "link" => "x1",
             "flags" => flags
           } = shown = show(ns, "x0")

    # A kernel without CONFIG_RPS, such as one for one processor, does not report the number.
    assert Map.get(shown, "num_rx_queues", 4) == 4

    for flag <- ["UP", "NOARP", "PROMISC", "ALLMULTI", "DYNAMIC"], do: assert(flag in flags)
    refute "MULTICAST" in flags
    assert %{"address" => "02:00:00:00:00:0b", "mtu" => 1300} = show(ns, "x1")
  end

  test "each end of a veth is created in a namespace of its own", %{ns: ns, sock: sock} do
    [left, right] = [netns!(), netns!()]

    assert Link.create_veth(sock, "left", "right",
             netns: {:path, path(left)},
             mtu: 1400,
             peer: [netns: {:path, path(right)}, address: "02:00:00:00:00:0b", mtu: 1300]
           ) == :ok

    assert show(left, "left")["mtu"] == 1400
    assert %{"mtu" => 1300, "address" => "02:00:00:00:00:0b"} = show(right, "right")
    assert names(ns, "link show") -- ["lo", "v0", "v1"] == []
  end

  test "a link in another namespace has a parent in the socket's namespace", %{sock: sock} do
    there = netns!()
    assert Link.create_macvlan(sock, "mv0", "v0", :bridge, netns: {:path, path(there)}) == :ok
    assert %{"link_index" => _, "link_netnsid" => _} = show(there, "mv0")
  end

  test "the modes of a macvlan have names", %{ns: ns, sock: sock} do
    assert Link.create_macvlan(sock, "mv0", "v0") == :ok
    assert show(ns, "mv0")["linkinfo"]["info_data"]["mode"] == "bridge"
    assert Link.create_macvlan(sock, "mv1", "v0", :private) == :ok
    assert show(ns, "mv1")["linkinfo"]["info_data"]["mode"] == "private"
    assert Link.create_macvtap(sock, "mt0", "v0", :vepa) == :ok
    assert show(ns, "mt0")["linkinfo"]["info_data"]["mode"] == "vepa"

    {:ok, mv} = Link.get(sock, "mv0")
    assert {mv.linkinfo.kind, mv.linkinfo.info_data.mode} == {"macvlan", 4}
  end

  test "the functions for a kind create it", %{ns: ns, sock: sock} do
    assert Link.create_ifb(sock, "a") == :ok
    assert Link.create_vxlan(sock, "b", 42, port: 4789) == :ok
    assert kind(ns, "a") == "ifb"
    assert kind(ns, "b") == "vxlan"
  end

  @tag :vm
  test "the functions for less common kinds create them", %{ns: ns, sock: sock} do
    v4 = [local: "192.0.2.1", remote: "192.0.2.2"]
    v6 = [local: "2001:db8::1", remote: "2001:db8::2"]
    assert Link.create_dummy(sock, "a") == :ok
    assert Link.create_vlan(sock, "b", "a", 7) == :ok
    assert Link.create_ipvlan(sock, "c", "v0", :l2) == :ok
    assert Link.create_bond(sock, "d") == :ok
    assert Link.create_vrf(sock, "e", 100) == :ok
    assert Link.create_geneve(sock, "f", id: 7, remote: "192.0.2.1") == :ok
    assert Link.create_gre(sock, "g", v4) == :ok
    assert Link.create_gretap(sock, "h", v4) == :ok
    assert Link.create_ip6gre(sock, "i", v6) == :ok
    assert Link.create_ipip(sock, "j", v4) == :ok
    assert Link.create_sit(sock, "k", v4) == :ok

    kinds = ~w(dummy vlan ipvlan bond vrf geneve gre gretap ip6gre ipip sit)
    assert Enum.map(~w(a b c d e f g h i j k), &kind(ns, &1)) == kinds

    case Link.create_wireguard(sock, "l") do
      :ok -> assert kind(ns, "l") == "wireguard"
      {:error, %Error{errno: :eopnotsupp}} -> IO.puts(:stderr, "\nNot tested: no wireguard.")
    end
  end

  @tag :initial_users
  test "a tun and a tap link are created with their options", %{ns: ns, sock: sock} do
    assert Link.create_tun(sock, "tun0") == :ok

    assert Link.create(sock, "tap0", :tap,
             owner: 1000,
             group: 100,
             vnet_hdr: true,
             multi_queue: true,
             mtu: 1400
           ) == :ok

    tun = show(ns, "tun0")["linkinfo"]

    assert %{"type" => "tun", "pi" => false, "vnet_hdr" => false, "persist" => true} =
             tun["info_data"]

    assert %{"mtu" => 1400, "linkinfo" => %{"info_kind" => "tun", "info_data" => tap}} =
             show(ns, "tap0")

    assert %{"type" => "tap", "pi" => false, "vnet_hdr" => true, "multi_queue" => true} = tap

    {:ok, %{linkinfo: %{info_data: %{owner: 1000, group: 100}}}} = Link.get(sock, "tap0")
    assert Link.create_tap(sock, "tap1", pi: true) == :ok
    assert show(ns, "tap1")["linkinfo"]["info_data"]["pi"] == true

    # No device remains after a name in use or an option is refused.
    assert {:error, %Error{errno: :ebusy}} = Link.create_tun(sock, "tap0")
    assert {:error, %Error{}} = Link.create_tun(sock, "tun1", mtu: 1_000_000)

    assert Link.create_tun(sock, "tun1", master: "none") ==
             {:error, enodev(~s(no such interface "none"))}

    assert Link.create_tun(sock, "tun1", colour: 1) == {:error, {:unknown_option, :colour}}
    assert Link.create_tun(sock, "tun%d", mtu: 1400) == {:error, {:bad_name, "tun%d"}}
    refute "tun1" in names(ns, "link show")
    assert Link.delete(sock, "tun0") == :ok
  end

  test "a link that is created or changed is returned with :echo", %{ns: ns, sock: sock} do
    assert {:ok, %Link{name: "x0", index: index}} = Link.create_bridge(sock, "x%d", echo: true)
    assert show(ns, "x0")["ifindex"] == index
    assert {:ok, %Link{name: "x0", mtu: 1400}} = Link.set(sock, "x0", mtu: 1400, echo: true)
  end

  @tag :initial_users
  test "a tun or tap link that is created is returned with :echo", %{sock: sock} do
    assert {:ok, %Link{name: "t0", mtu: 1300}} =
             Link.create_tap(sock, "t0", mtu: 1300, echo: true)

    assert {:ok, %Link{name: "t1"}} = Link.create_tun(sock, "t1", echo: true)
  end

  test "a batch creates many links", %{ns: ns, sock: sock} do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        [
          Link.create_bridge(batch, "b0"),
          Link.create_macvlan(batch, "m0", "v0"),
          Link.create_macvlan(batch, "m1", "none"),
          Link.set(batch, "v0", mtu: 1400),
          Link.create_bridge(batch, "v1"),
          Link.add_alt_name(batch, "v0", "other"),
          Link.create_tun(batch, "t0"),
          Link.create_veth(batch, "x", "y", peer: [netns: {:path, path(ns)}])
        ]
      end)

    assert [
             :ok,
             :ok,
             {:error, %Error{errno: :enodev}},
             :ok,
             {:error, %Error{errno: :eexist}},
             :ok | refused
           ] = results

    assert refused == [
             error: {:bad_option, :kind, "tun"},
             error: {:bad_option, :netns, {:path, path(ns)}}
           ]

    assert Enum.sort(names(ns, "link show")) == ["b0", "lo", "m0", "v0", "v1"]
    assert %{"mtu" => 1400, "altnames" => ["other"]} = show(ns, "v0")
  end

  test "the kernel replaces %d in a name by a number", %{ns: ns, sock: sock} do
    for _ <- 1..2, do: assert(Link.create_bridge(sock, "lan%d") == :ok)
    assert Enum.filter(names(ns, "link show"), &(&1 =~ "lan")) == ["lan0", "lan1"]
  end

  test "a link is deleted, a veth with its peer", %{ns: ns, sock: sock} do
    assert Link.delete(sock, "v1") == :ok
    assert names(ns, "link show") == ["lo"]
  end

  defp show(ns, name) do
    [link] = ip_json(ns, ["-details", "link", "show", "dev", name])
    link
  end

  defp names(ns, args), do: ns |> ip_json(args) |> Enum.map(& &1["ifname"])
  defp kind(ns, name), do: show(ns, name)["linkinfo"]["info_kind"]
  defp enodev(message), do: %Error{errno: :enodev, code: 19, message: message}
end
