defmodule Linx.Namespace.Rtnl.View.PartialNotificationsTest do
  # Changes that the kernel notifies too early, in part, or as changes of another object.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Rtnl.{Address, Link, View}
  alias Linx.Test.ViewComparison

  setup %{ns: ns, path: path} do
    for line <- ["link add name v type veth peer name w", "link set v up", "link set w up"],
        do: ip!(ns, line)

    {:ok, view} = View.start_link(netns: {:path, path})
    {:ok, %{index: v}} = View.get(view, "v")
    %{view: view, v: v}
  end

  # Waits without a limit.
  defp await(view, predicate), do: View.await(view, predicate, :infinity)

  # Waits until the view has the value that `ip` shows, and returns it.
  defp agree(ns, view, name, ours, theirs) do
    [link] = ip_json(ns, "-details link show dev #{name}")
    expected = theirs.(link)

    assert {:ok, true} =
             await(view, fn view ->
               with {:ok, link} <- View.get(view, name), do: ours.(link) == expected
             end)

    expected
  end

  defp peer(ns, view, name) do
    index = Map.new(ip_json(ns, "link show"), &{&1["ifname"], &1["ifindex"]})

    agree(ns, view, name, &{&1.link, &1.link_netnsid}, fn link ->
      {index[link["link"]] || link["link_index"], link["link_netnsid"]}
    end)
  end

  test "each link of a veth pair has the index of its peer", %{ns: ns, view: view} do
    for n <- 1..5 do
      ip!(ns, "link add name a#{n} type veth peer name b#{n}")
      {:ok, true} = await(view, &(View.get(&1, "a#{n}") != :error))
      {a, nil} = peer(ns, view, "b#{n}")
      {b, nil} = peer(ns, view, "a#{n}")
      assert {:ok, %Link{index: ^a}} = View.get(view, "a#{n}")
      assert {:ok, %Link{index: ^b}} = View.get(view, "b#{n}")
    end
  end

  test "a link has the right peer after that is created in or moved to another namespace",
       %{ns: ns, view: view} do
    other = netns!()
    ip!(ns, "link set w netns #{other}")
    assert {_index, id} = peer(ns, view, "v")
    assert is_integer(id)
    ip!(other, "link set w netns #{ns}")
    {:ok, true} = await(view, &(View.get(&1, "w") != :error))
    assert {_index, nil} = peer(ns, view, "v")

    ip!(other, "link add name c type veth peer name d netns #{ns}")
    {:ok, true} = await(view, &(View.get(&1, "d") != :error))
    assert {_index, ^id} = peer(ns, view, "d")
  end

  test "a view has the state of a bridge port that only the bridge notifies",
       %{ns: ns, view: view} do
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link set br0 up")
    ip!(ns, "link set v master br0")
    port = &(&1["linkinfo"]["info_slave_data"] || %{})
    cost = fn link -> link.linkinfo.slave_data && link.linkinfo.slave_data.cost end
    agree(ns, view, "v", cost, &port.(&1)["cost"])

    for n <- 1..3 do
      exec!(ns, "bridge", "link set dev v cost #{70 + n}")
      assert agree(ns, view, "v", cost, &port.(&1)["cost"]) == 70 + n
    end

    # A change of the bridge that changes its ports, too.
    ip!(ns, "link set br0 type bridge priority 77")
    status = fn link -> link.linkinfo.slave_data.status end

    id = fn link ->
      "004d." <> _mac = port.(link)["bridge_id"]
      77
    end

    assert agree(ns, view, "v", &status.(&1).bridge_id.priority, id) == 77
  end

  test "a view has the changed settings of IPv4 and IPv6 of a link", %{ns: ns, view: view} do
    ip!(ns, "token set ::7 dev v")
    [%{"token" => "::7"}] = ip_json(ns, "token get dev v")
    {:ok, token} = Linx.IP.parse("::7")

    assert {:ok, true} =
             await(view, fn view ->
               with {:ok, link} <- View.get(view, "v"), do: link.af_spec.inet6.token == token
             end)

    setting = fn family, name ->
      file = "/proc/sys/net/#{family}/conf/v/#{name}"
      ns |> exec!("cat", [file]) |> String.trim() |> String.to_integer()
    end

    for {family, module, name} <- [
          {"ipv4", Link.Inet, :forwarding},
          {"ipv4", Link.Inet, :proxy_arp},
          {"ipv4", Link.Inet, :rp_filter},
          {"ipv6", Link.Inet6, :forwarding},
          {"ipv6", Link.Inet6, :proxy_ndp}
        ] do
      wanted = 1 - min(setting.(family, name), 1)
      exec!(ns, "sysctl", "-q -w net.#{family}.conf.v.#{name}=#{wanted}")
      assert setting.(family, name) == wanted
      key = if family == "ipv4", do: :inet, else: :inet6

      assert {:ok, true} =
               await(view, fn view ->
                 {:ok, link} = View.get(view, "v")
                 module.settings(Map.fetch!(link.af_spec, key))[name] == wanted
               end)
    end
  end

  test "an IPv6 address whose peer is replaced remains one address",
       %{ns: ns, view: view, v: v} do
    ip!(ns, "address add fd00::3 peer fd00::4 dev v nodad")

    peers = fn view ->
      for %Address{index: ^v, local: %{}} = a <- View.addresses(view), do: to_string(a.address)
    end

    assert {:ok, true} = await(view, &(peers.(&1) == ["fd00::4"]))
    ip!(ns, "address replace fd00::3 peer fd00::5 dev v")
    assert {:ok, true} = await(view, &(peers.(&1) == ["fd00::5"]))
    ip!(ns, "address delete fd00::3 peer fd00::5 dev v")
    assert {:ok, true} = await(view, &(peers.(&1) == []))
  end

  # Neither `ip` nor /sys shows the carrier of a link that is down; a list has it.
  test "a view has the carrier of a link that is down", %{ns: ns, path: path, view: view} do
    {:ok, sock} = Linx.Netlink.Rtnl.open({:path, path})
    ip!(ns, "link add name e type veth peer name f")
    carriers = fn links -> links |> Enum.map(&{&1.name, &1.carrier}) |> Enum.sort() end

    follows = fn line, expected ->
      ip!(ns, line)
      {:ok, links} = Link.list(sock)
      listed = carriers.(links)
      assert {"f", expected} in listed
      assert {:ok, true} = await(view, &(carriers.(View.links(&1)) == listed))
    end

    follows.("link set e up", false)
    follows.("link set f up", true)
    follows.("link set f down", false)
    ip!(ns, "link add link w name m type macvlan")
    {:ok, true} = await(view, &(View.get(&1, "m") != :error))

    for line <- ["link set v down", "link set v up"] do
      ip!(ns, line)

      assert {:ok, true} =
               await(view, fn view ->
                 {:ok, links} = Link.list(sock)
                 carriers.(View.links(view)) == carriers.(links)
               end)
    end

    Linx.Netlink.Socket.close(sock)
  end

  test "refresh/1 makes a list and reports the changes", %{ns: ns, view: view} do
    ip!(ns, "link add name g type veth peer name h")
    {:ok, true} = await(view, &(View.get(&1, "g") != :error))
    ViewComparison.await_resync(view)
    {:ok, ref} = View.subscribe(view, self(), resources: [:links])
    # The kernel does not notify of the alias of a link that is down.
    ip!(ns, "link set g alias uplink")
    assert :ok = View.refresh(view)
    assert {:ok, %Link{ifalias: "uplink"}} = View.get(view, "g")
    assert_received {:linx_view, ^ref, {_, [update: %Link{name: "g", ifalias: "uplink"}]}}
  end
end
