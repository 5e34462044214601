defmodule Linx.Test.Picture do
  @moduledoc false
  # The same picture of a namespace twice: as a view has it, and as `ip -json` prints it.
  #
  #     assert Picture.of_view(view) == Picture.of_ip(ns)
  #
  # What ages by itself, such as the state of a neighbour, is not in it.

  import ExUnit.Assertions, only: [flunk: 1]

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Link, Nexthop, Route, Rule, View}
  alias Linx.Netlink.Rtnl.Route.Path
  alias Linx.Test.Netns

  @kinds [:links, :addresses, :routes, :rules, :neighbours, :nexthops]

  @doc """
  Waits until both are the same; not for ever, so that the difference is shown.
  """
  def agree!(ns, view, kinds \\ @kinds), do: agree(ns, view, kinds, 2000)

  defp agree(ns, view, kinds, tries) do
    theirs = of_ip(ns, kinds)
    ours = of_view(view, kinds)

    cond do
      ours == theirs ->
        :ok

      tries == 0 ->
        differences =
          for kind <- kinds, ours[kind] != theirs[kind] do
            {kind, only_ours: ours[kind] -- theirs[kind], only_theirs: theirs[kind] -- ours[kind]}
          end

        flunk("the view and ip differ: " <> inspect(differences, pretty: true, limit: 40))

      true ->
        Process.sleep(20)
        agree(ns, view, kinds, tries - 1)
    end
  end

  @doc "Waits until a view has nothing to list again."
  def quiet(view) do
    unless MapSet.size(:sys.get_state(view).invalid) == 0 do
      Process.sleep(10)
      quiet(view)
    end
  end

  @doc "As the view has it: a sorted list for each kind."
  def of_view(view, kinds \\ @kinds) do
    {_version, all} = View.all(view)

    Map.new(kinds, fn kind ->
      objects = Enum.reject(all[kind], &(kind == :neighbours and &1.lladdr == nil))
      {kind, objects |> Enum.map(&ours(kind, &1)) |> Enum.sort()}
    end)
  end

  @doc "As `ip` prints it."
  def of_ip(ns, kinds \\ @kinds) do
    links = Netns.ip_json(ns, "-N -details link show")
    index = Map.new(links, &{&1["ifname"], &1["ifindex"]})
    Map.new(kinds, &{&1, &1 |> theirs(ns, links, index) |> Enum.sort()})
  end

  # Links

  @link_flags [up: "UP", lower_up: "LOWER_UP", promisc: "PROMISC", allmulti: "ALLMULTI"]

  defp ours(:links, link) do
    %{
      index: link.index,
      name: link.name,
      mtu: link.mtu,
      master: link.master,
      address: link.address && to_string(link.address),
      state: link.operstate |> to_string() |> String.upcase(),
      flags: for({flag, _} <- @link_flags, flag in Link.flags(link), do: flag),
      alias: link.ifalias,
      altnames: Enum.sort(Link.alt_names(link)),
      group: link.group,
      promiscuity: link.status && link.status.promiscuity,
      linkmode: link.status && link.status.linkmode
    }
  end

  defp ours(:addresses, address) do
    %{
      index: address.index,
      local: IP.to_string(address.local || address.address),
      prefixlen: address.prefixlen,
      scope: address.scope,
      tentative: :tentative in Linx.Netlink.Rtnl.Address.flags(address)
    }
  end

  defp ours(:routes, route) do
    %{
      type: route.type,
      dst: prefix(route.dst, route.dst_len),
      gateway: with(%IP{} = ip <- Route.gateway(route), do: IP.to_string(ip)),
      oif: route.oif,
      table: Route.target_table(route),
      protocol: route.protocol,
      scope: route.scope,
      prefsrc: route.prefsrc && IP.to_string(route.prefsrc),
      metric: route.priority,
      mtu: route.metrics && route.metrics.mtu,
      nh_id: route.nh_id,
      flags: for(flag <- [:dead, :linkdown], flag in Route.flags(route), do: flag),
      legs: if(route.nh_id == nil, do: Enum.map(route.multipath || [], &leg/1), else: [])
    }
  end

  defp ours(:rules, rule) do
    %{
      priority: rule.priority || 0,
      src: if(rule.src, do: IP.to_string(rule.src), else: "all"),
      iif: rule.iifname,
      oif: rule.oifname,
      detached: for(flag <- [:iif_detached, :oif_detached], flag in Rule.flags(rule), do: flag),
      table: rule.table_ext || rule.table
    }
  end

  defp ours(:neighbours, n),
    do: %{index: n.ifindex, dst: IP.to_string(n.dst), lladdr: to_string(n.lladdr)}

  defp ours(:nexthops, %Nexthop{} = nexthop) do
    %{
      id: nexthop.id,
      gateway: nexthop.gateway && IP.to_string(nexthop.gateway),
      oif: nexthop.oif,
      group: Enum.map(nexthop.group || [], & &1.id),
      flags: for(flag <- [:dead, :linkdown], flag in (nexthop.flags || []), do: flag)
    }
  end

  defp leg(leg) do
    %{
      gateway: with(%IP{} = ip <- Path.gateway(leg), do: IP.to_string(ip)),
      oif: leg.ifindex,
      weight: Path.weight(leg),
      flags: for(flag <- [:dead, :linkdown], flag in leg.flags, do: flag)
    }
  end

  defp prefix(nil, _len), do: "default"
  defp prefix(ip, len) when len == bit_size(ip.bytes), do: IP.to_string(ip)
  defp prefix(ip, len), do: "#{IP.to_string(ip)}/#{len}"

  # The same of ip's.

  defp theirs(:links, _ns, links, index) do
    for link <- links do
      %{
        index: link["ifindex"],
        name: link["ifname"],
        mtu: link["mtu"],
        master: index[link["master"]],
        address: link["address"],
        state: link["operstate"],
        flags: for({flag, name} <- @link_flags, name in link["flags"], do: flag),
        alias: link["ifalias"],
        altnames: Enum.sort(link["altnames"] || []),
        group: String.to_integer(link["group"]),
        promiscuity: link["promiscuity"],
        linkmode:
          link["linkmode"] && link["linkmode"] |> String.downcase() |> String.to_existing_atom()
      }
    end
  end

  defp theirs(:addresses, ns, _links, _index) do
    for link <- Netns.ip_json(ns, "-N address show"), address <- link["addr_info"] || [] do
      %{
        index: link["ifindex"],
        local: address["local"],
        prefixlen: address["prefixlen"],
        scope: String.to_integer(address["scope"]),
        tentative: address["tentative"] == true
      }
    end
  end

  defp theirs(:routes, ns, _links, index) do
    for route <- Netns.ip_json(ns, "-N -details route show table all") do
      %{
        type: String.to_integer(route["type"]),
        dst: route["dst"],
        gateway: route["gateway"] || route["via"]["host"],
        oif: index[route["dev"]],
        table: String.to_integer(route["table"]),
        protocol: String.to_integer(route["protocol"]),
        scope: String.to_integer(route["scope"]),
        prefsrc: route["prefsrc"],
        metric: route["metric"],
        mtu: Enum.find_value(route["metrics"] || [], & &1["mtu"]),
        nh_id: route["nhid"],
        flags: flags(route),
        legs: for(leg <- route["nexthops"] || [], route["nhid"] == nil, do: leg(leg, index))
      }
    end
  end

  defp theirs(:rules, ns, _links, _index) do
    for rule <- Netns.ip_json(ns, "-N rule show") ++ Netns.ip_json(ns, "-N -6 rule show") do
      %{
        priority: rule["priority"],
        src: rule["src"],
        iif: rule["iif"],
        oif: rule["oif"],
        detached:
          for(
            {flag, key} <- [iif_detached: "iif_detached", oif_detached: "oif_detached"],
            is_map_key(rule, key),
            do: flag
          ),
        table: String.to_integer(rule["table"])
      }
    end
  end

  defp theirs(:neighbours, ns, _links, index) do
    for n <- Netns.ip_json(ns, "neighbour show"), n["lladdr"] != nil do
      %{index: index[n["dev"]], dst: n["dst"], lladdr: n["lladdr"]}
    end
  end

  defp theirs(:nexthops, ns, _links, index) do
    for nexthop <- Netns.ip_json(ns, "-N nexthop show") do
      %{
        id: nexthop["id"],
        gateway: nexthop["gateway"],
        oif: index[nexthop["dev"]],
        group: Enum.map(nexthop["group"] || [], & &1["id"]),
        flags: flags(nexthop)
      }
    end
  end

  defp leg(leg, index) do
    %{
      gateway: leg["gateway"] || leg["via"]["host"],
      oif: index[leg["dev"]],
      weight: leg["weight"],
      flags: flags(leg)
    }
  end

  defp flags(object),
    do: for(flag <- [:dead, :linkdown], to_string(flag) in (object["flags"] || []), do: flag)
end
