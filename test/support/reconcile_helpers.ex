defmodule Linx.Test.ReconcileHelpers do
  @moduledoc false
  # For tests of `Linx.Netlink.Rtnl.Reconcile`: a namespace with a pair of links, passes on it, and its
  # objects as `ip` shows them.

  import ExUnit.Callbacks, only: [on_exit: 1]
  import Linx.Test.Netns

  alias Linx.Netlink.{Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Reconcile

  @doc "A `setup` function: creates a pair of links that are up, `v0` and `v1`, and opens a socket."
  def with_pair(%{ns: ns, path: path}) do
    # With duplicate address detection, the kernel would change addresses during the test.
    exec!(ns, "sh", ["-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"])
    ip!(ns, "link set lo up")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link set v0 up")
    ip!(ns, "link set v1 up")
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  @doc "Runs one pass and returns its report."
  def reconcile!(sock, desired, last \\ %{}, opts \\ []) do
    {:ok, report} = Reconcile.reconcile(sock, desired, last, opts)
    report
  end

  @doc "The global addresses of a link, with their prefixes."
  def addresses(ns, link) do
    for %{"addr_info" => infos} <- ip_json(ns, "address show dev #{link} scope global"),
        %{"local" => ip, "prefixlen" => len} <- infos,
        do: "#{ip}/#{len}"
  end

  @doc "Destination, gateway, table and metric of the routes of both families that `ip` shows."
  def routes(ns, which) do
    for family <- ["-4", "-6"],
        route <- ip_json(ns, "#{family} route show table all #{which}") do
      {route["dst"], route["gateway"], route["table"], route["metric"]}
    end
  end

  @doc """
  All objects that `ip` shows, without those fields, local addresses and IPv6 routes that the kernel
  sets itself, and without running timers.
  """
  def ip_state(ns) do
    links =
      for link <- ip_json(ns, "-details link show"),
          do: Map.drop(link, ~w(ifindex link_index operstate flags promiscuity allmulti event))

    addresses =
      for %{"ifname" => name, "addr_info" => infos} <- ip_json(ns, "address show"),
          %{"scope" => "global"} = info <- infos,
          do: {name, without_timers(Map.delete(info, "tentative"))}

    others =
      for args <- ["neighbour show nud permanent", "nexthop show", "-4 rule show", "-6 rule show"],
          do: ip_json(ns, "-details " <> args)

    routes =
      for flag <- ["-4", "-6"],
          do:
            for(
              %{"protocol" => protocol} = route <-
                ip_json(ns, "#{flag} -details route show table all"),
              flag == "-4" or protocol != "kernel",
              do: without_timers(route)
            )

    [{:links, Enum.map(links, &without_info_data/1)}, {:addresses, addresses} | others ++ routes]
  end

  # `info_data` of a bridge has running timers.
  defp without_info_data(%{"linkinfo" => info} = link),
    do: %{link | "linkinfo" => Map.take(info, ["info_kind"])}

  defp without_info_data(link), do: link

  @doc "An object that `ip` shows, with each remaining time replaced by `:forever`, `:some` or 0."
  def without_timers(shown) do
    for {key, value} <- shown,
        into: %{},
        do: {key, if(key =~ "life_time" or key == "expires", do: remaining(value), else: value)}
  end

  defp remaining(forever) when forever > 0x7FFFFFFF, do: :forever
  defp remaining(0), do: 0
  defp remaining(_seconds), do: :some
end
