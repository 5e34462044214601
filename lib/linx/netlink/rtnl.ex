defmodule Linx.Netlink.Rtnl do
  @moduledoc """
  Routing netlink: links, addresses, routes, neighbours, rules and what belongs to them.

  Kernel side: `NETLINK_ROUTE` of `include/uapi/linux/netlink.h`; its messages are those
  of `include/uapi/linux/rtnetlink.h`.

      {:ok, sock} = Linx.Netlink.Rtnl.open()
      {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
      :ok = Linx.Netlink.Socket.close(sock)

  Each kind of object has a module, and all of them take the socket first:

  | objects | module | as `ip` knows them |
  |---|---|---|
  | network interfaces | `Linx.Netlink.Rtnl.Link` | `ip link` |
  | IP addresses | `Linx.Netlink.Rtnl.Address` | `ip address` |
  | routes | `Linx.Netlink.Rtnl.Route` | `ip route` |
  | nexthop objects | `Linx.Netlink.Rtnl.Nexthop` | `ip nexthop` |
  | policy rules | `Linx.Netlink.Rtnl.Rule` | `ip rule` |
  | neighbours | `Linx.Netlink.Rtnl.Neighbour` | `ip neighbour` |
  | how neighbours are kept | `Linx.Netlink.Rtnl.NeighbourTable` | `ip ntable` |
  | counters | `Linx.Netlink.Rtnl.Stats` | `ip stats` |
  | changes, as they happen | `Linx.Netlink.Rtnl.Monitor` | `ip monitor` |

  A socket stays in the namespace it was opened in, wherever the process that uses it
  may be.
  """

  alias Linx.Netlink.Socket

  @netlink_route 0

  @doc """
  Opens a routing netlink socket in a network namespace, by default that of the VM.

      {:ok, sock} = Linx.Netlink.Rtnl.open({:path, "/run/netns/box"})

  Needs no privilege in one's own namespace, and `CAP_SYS_ADMIN` to enter another.
  Errors are those of `Linx.Netlink.Socket.open/2`.
  """
  @spec open(Socket.netns()) :: {:ok, Socket.t()} | {:error, term()}
  def open(netns \\ :host), do: Socket.open(@netlink_route, netns)
end
