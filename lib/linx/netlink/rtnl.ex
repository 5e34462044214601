defmodule Linx.Netlink.Rtnl do
  @moduledoc """
  Routing netlink: links, addresses, routes, neighbours, rules and what belongs to them.

  Kernel side: `NETLINK_ROUTE` of `include/uapi/linux/netlink.h`; its messages are those
  of `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
      :ok = Linx.Netlink.Socket.close(sock)

  Each class of kernel objects has a module, whose functions take the socket first:

  | objects | module | command |
  |---|---|---|
  | network interfaces | `Linx.Netlink.Rtnl.Link` | `ip link` |
  | VLANs of bridges and ports | `Linx.Netlink.Rtnl.Vlan` | `bridge vlan` |
  | multicast databases of bridges | `Linx.Netlink.Rtnl.Mdb` | `bridge mdb` |
  | IP addresses | `Linx.Netlink.Rtnl.Address` | `ip address` |
  | neighbours | `Linx.Netlink.Rtnl.Neighbour` | `ip neighbour` |
  | nexthop objects | `Linx.Netlink.Rtnl.Nexthop` | `ip nexthop` |
  | forwarding tables of bridges and VXLANs | `Linx.Netlink.Rtnl.Fdb` | `bridge fdb` |
  | routes | `Linx.Netlink.Rtnl.Route` | `ip route` |
  | policy rules | `Linx.Netlink.Rtnl.Rule` | `ip rule` |
  | limits and timing of neighbours | `Linx.Netlink.Rtnl.NeighbourTable` | `ip ntable` |
  | labels of IPv6 addresses | `Linx.Netlink.Rtnl.AddressLabel` | `ip addrlabel` |
  | forwarding settings | `Linx.Netlink.Rtnl.Netconf` | `ip netconf` |
  | counters | `Linx.Netlink.Rtnl.Stats` | `ip stats` |
  | traffic control | `Linx.Netlink.Rtnl.Tc` | `tc` |

  `Linx.Netlink.Rtnl.Monitor` sends changes as they happen (`ip monitor`),
  `Linx.Netlink.Rtnl.View` holds the current state of a namespace,
  `Linx.Netlink.Rtnl.Reconcile` brings one to a desired state.

  A socket stays in the namespace it was opened in, wherever the process that uses it
  runs.
  """

  alias Linx.Netlink.{Resource, Socket}

  alias Linx.Netlink.Rtnl.{
    Address,
    AddressLabel,
    Fdb,
    Link,
    Mdb,
    Neighbour,
    NeighbourTable,
    Netconf,
    Nexthop,
    Route,
    Rule,
    Tc,
    Vlan
  }

  @netlink_route 0

  @doc """
  Opens a routing netlink socket in a network namespace, by default that of the VM.

      {:ok, sock} = Linx.Netlink.Rtnl.open({:path, "/run/netns/box"})

  Needs no privilege in one's own namespace, and `CAP_SYS_ADMIN` to enter another.
  Errors are those of `Linx.Netlink.Socket.open/2`.
  """
  @spec open(Socket.netns()) :: {:ok, Socket.t()} | {:error, term()}
  def open(netns \\ :host), do: Socket.open(@netlink_route, netns)

  @doc """
  Descriptors of the resources of this protocol, those first on which others depend.

      iex> [%Linx.Netlink.Resource{plural: :links} | _] = Linx.Netlink.Rtnl.resources()
  """
  @spec resources() :: [Resource.t()]
  def resources do
    [
      Link.__resource__(),
      Tc.Qdisc.__resource__(),
      Tc.Class.__resource__(),
      Tc.Chain.__resource__(),
      Tc.Action.__resource__(),
      Tc.Filter.__resource__(),
      Vlan.__resource__(),
      Mdb.__resource__(),
      Address.__resource__(),
      Neighbour.__resource__(),
      Nexthop.__resource__(),
      Fdb.__resource__(),
      Route.__resource__(),
      Rule.__resource__(),
      NeighbourTable.__resource__(),
      AddressLabel.__resource__(),
      Netconf.__resource__()
    ]
  end

  @doc """
  The descriptor of a resource by the name of a list of them; a `KeyError` if there is none.

      iex> Linx.Netlink.Rtnl.resource!(:nexthops).messages.new
      104
  """
  @spec resource!(atom()) :: Resource.t()
  def resource!(plural) do
    Enum.find(resources(), &(&1.plural == plural)) ||
      raise KeyError, key: plural, term: Enum.map(resources(), & &1.plural)
  end
end
