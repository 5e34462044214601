defmodule Linx.Test.ViewComparison do
  @moduledoc false
  # Compares the objects of a view with those that `ip -json` prints:
  #
  #     assert ViewComparison.of_view(view) == ViewComparison.of_ip(ns)
  #
  # Fields that change with time, such as the state of a neighbour, are not compared.

  import ExUnit.Assertions, only: [flunk: 1]

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Link, Nexthop, Route, Rule, View}
  alias Linx.Netlink.Rtnl.Route.Path
  alias Linx.Test.Netns

  @resources [:links, :addresses, :routes, :rules, :neighbours, :nexthops]

  @doc """
  Waits until the view and `ip` agree. Fails after a limit, and shows the difference.
  """
  def agree!(ns, view, resources \\ @resources), do: agree(ns, view, resources, 2000)

  defp agree(ns, view, resources, tries) do
    theirs = of_ip(ns, resources)
    ours = of_view(view, resources)

    cond do
      ours == theirs ->
        :ok

      tries == 0 ->
        differences =
          for resource <- resources, ours[resource] != theirs[resource] do
            {resource,
             only_ours: ours[resource] -- theirs[resource],
             only_theirs: theirs[resource] -- ours[resource]}
          end

        flunk("the view and ip differ: " <> inspect(differences, pretty: true, limit: 40))

      true ->
        Process.sleep(20)
        agree(ns, view, resources, tries - 1)
    end
  end

  @doc "Waits until a view has no objects to list again."
  def await_resync(view) do
    unless MapSet.size(:sys.get_state(view).invalid) == 0 do
      Process.sleep(10)
      await_resync(view)
    end
  end

  @doc "The objects of a view: a sorted list for each resource."
  def of_view(view, resources \\ @resources) do
    {_version, all} = View.all(view)

    Map.new(resources, fn resource ->
      objects = Enum.reject(all[resource], &(resource == :neighbours and &1.lladdr == nil))
      {resource, objects |> Enum.map(&ours(resource, &1)) |> Enum.sort()}
    end)
  end

  @doc "The objects that `ip` prints: a sorted list for each resource."
  def of_ip(ns, resources \\ @resources) do
    links = Netns.ip_json(ns, "-N -details link show")
    index = Map.new(links, &{&1["ifname"], &1["ifindex"]})
    Map.new(resources, &{&1, &1 |> theirs(ns, links, index) |> Enum.sort()})
  end

  # The objects of a view

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
      paths: if(route.nh_id == nil, do: Enum.map(route.multipath || [], &path/1), else: [])
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

  defp path(path) do
    %{
      gateway: with(%IP{} = ip <- Path.gateway(path), do: IP.to_string(ip)),
      oif: path.ifindex,
      weight: Path.weight(path),
      flags: for(flag <- [:dead, :linkdown], flag in path.flags, do: flag)
    }
  end

  defp prefix(nil, _len), do: "default"
  defp prefix(ip, len) when len == bit_size(ip.bytes), do: IP.to_string(ip)
  defp prefix(ip, len), do: "#{IP.to_string(ip)}/#{len}"

  # The objects that `ip` prints

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
        paths: for(path <- route["nexthops"] || [], route["nhid"] == nil, do: path(path, index))
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

  defp path(path, index) do
    %{
      gateway: path["gateway"] || path["via"]["host"],
      oif: index[path["dev"]],
      weight: path["weight"],
      flags: flags(path)
    }
  end

  defp flags(object),
    do: for(flag <- [:dead, :linkdown], to_string(flag) in (object["flags"] || []), do: flag)
end
