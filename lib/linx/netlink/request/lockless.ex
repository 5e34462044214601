defmodule Linx.Netlink.Request.Lockless do
  @moduledoc false
  # Requests for one object that the kernel answers without waiting for a lock, such as the rtnl lock,
  # which another program may hold for seconds. They may be made on a normal scheduler.

  # By protocol and message type: the address families, and the version from which on the handler has
  # RTNL_FLAG_DOIT_UNLOCKED: RTM_GETROUTE of net/ipv4/route.c (`ip_rt_init`) and net/ipv6/route.c
  # (`ip6_route_init`), RTM_GETNEIGH of net/core/neighbour.c (`neigh_rtnl_msg_handlers`). Versions
  # before those named here have not been tested.
  @unlocked %{
    {0, 26} => {[2, 10], {5, 10, 0}},
    {0, 30} => {[2, 10], {6, 18, 0}}
  }

  @doc """
  Whether a request is one of them, on the running kernel.
  """
  @spec request?(non_neg_integer(), 0..0xFFFF, struct()) :: boolean()
  def request?(protocol, type, query) do
    case @unlocked do
      %{{^protocol, ^type} => {families, version}} ->
        Map.get(query, :family) in families and kernel() >= version

      %{} ->
        false
    end
  end

  defp kernel do
    with nil <- :persistent_term.get(__MODULE__, nil) do
      version = :os.version()
      :persistent_term.put(__MODULE__, version)
      version
    end
  end
end
