defmodule Linx.Netlink.Request.Lockless do
  @moduledoc false
  # Requests for one object that the kernel answers without waiting for a lock, such as the rtnl lock,
  # which another program may hold for seconds. They may be made on a normal scheduler.
  #
  # Not among them: gets of connections, which take the mutex of their subsystem (`NFNL_CB_MUTEX` of
  # net/netfilter/nf_conntrack_netlink.c), under which another program may flush millions of entries; and
  # other gets of rtnetlink, which take the rtnl lock.

  # NETLINK_ROUTE and NETLINK_NETFILTER of include/uapi/linux/netlink.h.
  @route 0
  @netfilter 12

  # By protocol and message type: the address families, or all, and the version from which on the
  # handler takes no lock. Versions before those named here have not been tested.
  #
  # With RTNL_FLAG_DOIT_UNLOCKED: RTM_GETROUTE of net/ipv4/route.c (`ip_rt_init`) and net/ipv6/route.c
  # (`ip6_route_init`), RTM_GETNEIGH of net/core/neighbour.c (`neigh_rtnl_msg_handlers`). With NFNL_CB_RCU,
  # `call_rcu` before Linux 5.14: NFT_MSG_GETSET and NFT_MSG_GETGEN of net/netfilter/nf_tables_api.c
  # (`nf_tables_cb`).
  @unlocked %{
    {@route, 26} => {[2, 10], {5, 10, 0}},
    {@route, 30} => {[2, 10], {6, 18, 0}},
    {@netfilter, 0x0A0A} => {:all, {5, 10, 0}},
    {@netfilter, 0x0A10} => {:all, {5, 10, 0}}
  }

  @doc """
  Whether a request is one of them, on the running kernel.
  """
  @spec request?(non_neg_integer(), 0..0xFFFF, struct()) :: boolean()
  def request?(protocol, type, query) do
    case @unlocked do
      %{{^protocol, ^type} => {families, version}} ->
        (families == :all or Map.get(query, :family) in families) and kernel() >= version and
          loaded?(protocol, type)

      %{} ->
        false
    end
  end

  # nfnetlink waits for `modprobe` where the module of a subsystem is not loaded (`request_module` in
  # `nfnetlink_rcv_msg`): the first request to it, in this VM, is made on a dirty scheduler.
  defp loaded?(@netfilter, type), do: :persistent_term.get(subsystem(type), false)
  defp loaded?(@route, _type), do: true

  defp subsystem(type), do: {__MODULE__, div(type, 256)}

  @doc """
  Notes that the kernel has answered a request of a protocol and a type.
  """
  @spec answered(non_neg_integer(), 0..0xFFFF) :: :ok
  def answered(@netfilter, type) do
    unless loaded?(@netfilter, type), do: :persistent_term.put(subsystem(type), true)
    :ok
  end

  def answered(_protocol, _type), do: :ok

  defp kernel do
    with nil <- :persistent_term.get(__MODULE__, nil) do
      version = :os.version()
      :persistent_term.put(__MODULE__, version)
      version
    end
  end
end
