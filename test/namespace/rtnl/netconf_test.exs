defmodule Linx.Namespace.Rtnl.NetconfTest do
  # Forwarding settings of links, judged by `ip -json netconf`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.{Monitor, Netconf, View}
  alias Linx.Netlink.Rtnl.Monitor.Event

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v type veth peer name w")
    ip!(ns, "link set v up")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  @switches [
    :forwarding,
    :mc_forwarding,
    :proxy_neigh,
    :ignore_routes_with_linkdown,
    :bc_forwarding
  ]

  # The switches that are on; `ip` leaves out the others.
  defp theirs(ns) do
    Enum.sort(
      for family <- ["-4", "-6"], netconf <- ip_json(ns, "#{family} netconf show") do
        {netconf["family"], netconf["interface"],
         for(key <- @switches, netconf[to_string(key)] == true, do: key)}
      end
    )
  end

  defp ours(netconfs, names) do
    Enum.sort(
      for %Netconf{family: family} = netconf when family in [:inet, :inet6] <- netconfs do
        {to_string(family), names[netconf.ifindex] || to_string(netconf.ifindex),
         for(key <- @switches, Map.get(netconf, key) == true, do: key)}
      end
    )
  end

  defp names(ns), do: Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

  test "a list equals that of ip", %{ns: ns, sock: sock} do
    sysctl!(ns, [{"net.ipv4.conf.v.forwarding", 1}, {"net.ipv6.conf.v.forwarding", 1}])
    {:ok, netconfs} = Netconf.list(sock)
    theirs = theirs(ns)
    assert length(theirs) >= 10
    assert ours(netconfs, names(ns)) == theirs

    {:ok, inet6} = Netconf.list(sock, family: :inet6)
    assert inet6 == Enum.filter(netconfs, &(&1.family == :inet6))
  end

  test "settings are read for one link, for all links and for new links", %{ns: ns, sock: sock} do
    sysctl!(ns, [{"net.ipv4.conf.v.forwarding", 1}, {"net.ipv4.conf.v.rp_filter", 2}])
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v")
    assert {:ok, %{forwarding: true, rp_filter: :loose, ifindex: ^index}} = Netconf.get(sock, "v")
    assert {:ok, %{forwarding: false, family: :inet6}} = Netconf.get(sock, index, family: :inet6)
    assert {:ok, %{ifindex: :all}} = Netconf.get(sock, :all)
    assert {:ok, %{ifindex: :default}} = Netconf.get(sock, :default, family: :inet6)
    assert {:error, %Error{errno: :enodev}} = Netconf.get(sock, "nope")
    assert {:error, {:bad_option, :family, 2}} = Netconf.list(sock, family: 2)
    assert {:error, {:unknown_option, :link}} = Netconf.get(sock, "v", link: 1)
  end

  test "a change is reported as an event, and is in a view", %{ns: ns, path: path} do
    {:ok, view} = View.start_link(netns: {:path, path}, resources: [:links, :netconfs])
    {:ok, _} = Monitor.start_link(netns: {:path, path}, groups: [:ipv4_netconf])
    [%{"ifindex" => index}] = ip_json(ns, "link show dev v")
    sysctl!(ns, [{"net.ipv4.conf.v.forwarding", 1}])

    assert_receive {:linx_rtnl, :event,
                    %Event{op: :new_netconf, resource: %Netconf{ifindex: ^index} = netconf}}

    assert %{family: :inet, forwarding: true, rp_filter: nil} = netconf
    {:ok, _} = View.await(view, fn view -> ours(View.netconfs(view), names(ns)) == theirs(ns) end)
    ip!(ns, "link delete v")
    assert_receive {:linx_rtnl, :event, %Event{op: :del_netconf, resource: %{ifindex: ^index}}}
    {:ok, _} = View.await(view, fn view -> ours(View.netconfs(view), names(ns)) == theirs(ns) end)
  end
end
