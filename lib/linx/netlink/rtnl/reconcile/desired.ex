defmodule Linx.Netlink.Rtnl.Reconcile.Desired do
  @moduledoc false
  # From what a caller writes down to the structs that the kernel would hold. Pure; links
  # are found in a map of names to indices.

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.{Address, Neighbour, Nexthop, Route, Rule}
  alias Linx.Netlink.Rtnl.Reconcile.Links

  # The sections, each with what an error calls one of its items.
  @sections [
    links: :link,
    addresses: :address,
    neighbours: :neighbour,
    nexthops: :nexthop,
    routes: :route,
    rules: :rule
  ]

  # AF_INET, AF_INET6; NUD_PERMANENT; RTN_UNICAST.
  @inet 2
  @inet6 10
  @permanent 0x80
  @unicast 1

  # With `:any`, every link is taken to exist.
  @type indices :: %{optional(String.t()) => pos_integer()} | :any

  # An item, and whether it may take the place of one of another owner.
  @type wanted :: {item :: struct() | Links.spec(), takeover :: boolean()}
  @type sections :: %{
          :addresses => [wanted()],
          :routes => [wanted()],
          optional(atom()) => [wanted()]
        }

  # The sections that there are, and always addresses and routes. `takeover` is for items
  # without an option `:takeover` of their own.
  @spec normalize(map(), indices(), 0..255, boolean()) :: {:ok, sections()} | {:error, term()}
  def normalize(desired, indices, protocol, takeover) do
    case Map.keys(desired) -- Keyword.keys(@sections) do
      [] ->
        desired = Map.merge(%{addresses: [], routes: []}, desired)

        Enum.reduce_while(Keyword.keys(@sections), {:ok, %{}}, fn section, {:ok, done} ->
          case section(section, desired[section], indices, protocol, takeover) do
            {:ok, nil} -> {:cont, {:ok, done}}
            {:ok, items} -> {:cont, {:ok, Map.put(done, section, items)}}
            {:error, reason} -> {:halt, {:error, reason}}
          end
        end)

      [section | _] ->
        {:error, {:unknown_section, section}}
    end
  end

  defp section(_section, nil, _indices, _protocol, _takeover), do: {:ok, nil}

  defp section(section, specs, indices, protocol, takeover) when is_list(specs) do
    each(specs, fn spec ->
      with {:ok, spec, takeover} <- takeover(section, spec, takeover),
           {:ok, item} <- item(section, spec, indices, protocol),
           do: {:ok, {item, takeover}}
    end)
  end

  defp section(section, other, _indices, _protocol, _takeover),
    do: {:error, {:bad_section, section, other}}

  # The option `:takeover`, which is no option of the verbs.
  defp takeover(section, opts, default) when is_list(opts) do
    case List.keytake(opts, :takeover, 0) do
      nil -> {:ok, opts, default}
      {{:takeover, value}, opts} when is_boolean(value) -> {:ok, opts, value}
      {option, _opts} -> {:error, {@sections[section], {:bad_option, :takeover, elem(option, 1)}}}
    end
  end

  defp takeover(section, spec, default) when is_tuple(spec) and tuple_size(spec) > 1 do
    last = tuple_size(spec) - 1
    opts = elem(spec, last)

    with true <- is_list(opts),
         {:ok, opts, value} <- takeover(section, opts, default) do
      {:ok, put_elem(spec, last, opts), value}
    else
      false -> {:ok, spec, default}
      {:error, reason} -> {:error, reason}
    end
  end

  defp takeover(_section, spec, default), do: {:ok, spec, default}

  defp item(:links, spec, _indices, _protocol), do: Links.normalize(spec)

  defp item(:addresses, {name, ip, prefix} = spec, indices, _protocol),
    do: address(name, ip, prefix, [], spec, indices)

  defp item(:addresses, {name, ip, prefix, opts} = spec, indices, _protocol)
       when is_list(opts),
       do: address(name, ip, prefix, opts, spec, indices)

  defp item(:addresses, spec, _indices, _protocol), do: {:error, {:bad_address, spec}}

  defp item(:neighbours, {name, ip, mac, []}, indices, protocol),
    do: item(:neighbours, {name, ip, mac}, indices, protocol)

  defp item(:neighbours, {_name, _ip, _mac, [{key, _} | _]}, _indices, _protocol),
    do: {:error, {:neighbour, {:unknown_option, key}}}

  defp item(:neighbours, {name, ip, mac} = spec, indices, _protocol) do
    with {:ok, index} <- index(name, indices),
         {:ok, ip} <- parse(IP, ip, spec),
         {:ok, mac} <- parse(LinkAddress, mac, spec) do
      {:ok,
       %Neighbour{
         family: if(ip.family == :inet, do: @inet, else: @inet6),
         ifindex: index,
         state: @permanent,
         type: @unicast,
         dst: ip,
         lladdr: mac
       }}
    else
      {:error, {:unknown_interface, name}} -> {:error, {:unknown_interface, name}}
      {:error, reason} -> {:error, {:neighbour, reason}}
    end
  end

  defp item(:routes, {:default, gateway}, indices, protocol),
    do: item(:routes, {:default, gateway, []}, indices, protocol)

  defp item(:routes, {:default, gateway, opts}, indices, protocol) when is_list(opts) do
    case parse(IP, gateway, gateway) do
      {:ok, %IP{family: :inet}} -> route({"0.0.0.0", 0, gateway, opts}, indices, protocol)
      {:ok, %IP{family: :inet6}} -> route({"::", 0, gateway, opts}, indices, protocol)
      {:error, reason} -> {:error, {:route, reason}}
    end
  end

  defp item(:routes, {dst, prefix, gateway}, indices, protocol),
    do: route({dst, prefix, gateway, []}, indices, protocol)

  defp item(:routes, {_dst, _prefix, _gateway, opts} = spec, indices, protocol)
       when is_list(opts),
       do: route(spec, indices, protocol)

  defp item(:nexthops, [{_, _} | _] = opts, indices, protocol) do
    opts = Keyword.put(opts, :protocol, protocol)

    with {:ok, {nexthop, links}} <- Nexthop.Options.cast(opts),
         {:ok, links} <- resolve(links, indices),
         {:id, true} <- {:id, is_integer(nexthop.id)} do
      {:ok, as_sent(%{nexthop | oif: List.first(for {_path, index} <- links, do: index)})}
    else
      {:id, false} -> {:error, {:nexthop, {:missing_option, :id}}}
      {:error, {:unknown_interface, name}} -> {:error, {:unknown_interface, name}}
      {:error, reason} -> {:error, {:nexthop, reason}}
    end
  end

  # Without a priority the kernel would choose one, and another one each time.
  defp item(:rules, [{_, _} | _] = opts, _indices, protocol) do
    with true <- Keyword.has_key?(opts, :priority) || {:error, {:missing_option, :priority}},
         :ok <- named(opts, [:iif, :oif]),
         {:ok, {rule, []}} <- Rule.Options.cast(Keyword.put(opts, :protocol, protocol)) do
      {:ok, as_sent(rule)}
    else
      {:error, reason} -> {:error, {:rule, reason}}
    end
  end

  defp item(section, spec, _indices, _protocol),
    do: {:error, {@sections[section], {:bad_spec, spec}}}

  defp address(name, ip, prefix, opts, spec, indices) when is_binary(ip) or is_struct(ip, IP) do
    with {:ok, index} <- index(name, indices) do
      case Address.Options.address(ip, prefix, opts) do
        {:ok, address} -> {:ok, as_sent(%{address | index: index})}
        {:error, {:bad_address, text}} -> {:error, {:bad_address, text}}
        {:error, {:bad_prefix, _}} -> {:error, {:bad_address, spec}}
        {:error, reason} -> {:error, {:address, reason}}
      end
    end
  end

  defp address(_name, _ip, _prefix, _opts, spec, _indices), do: {:error, {:bad_address, spec}}

  defp route({dst, _prefix, _gateway, _opts}, _indices, _protocol)
       when not is_binary(dst) and not is_struct(dst, IP),
       do: {:error, {:route, {:bad_address, dst}}}

  defp route({dst, prefix, gateway, opts}, indices, protocol) do
    opts = Keyword.put(opts, :protocol, protocol)

    with {:ok, {route, links}} <- Route.Options.cast(dst, prefix, gateway, opts, :write),
         {:ok, links} <- resolve(links, indices),
         {:ok, route} <- Route.Options.without_names({route, links}) do
      {:ok, route |> as_sent() |> as_kept()}
    else
      {:error, {:unknown_interface, name}} -> {:error, {:unknown_interface, name}}
      {:error, reason} -> {:error, {:route, reason}}
    end
  end

  # IPv6 clears host bits, where IPv4 refuses them.
  defp as_kept(%Route{family: @inet6} = route) do
    %{route | dst: network(route.dst, route.dst_len), src: network(route.src, route.src_len)}
  end

  defp as_kept(route), do: route

  defp network(nil, _length), do: nil
  defp network(ip, length), do: Subnet.network(%Subnet{address: ip, prefix: length})

  defp named(opts, keys) do
    case Enum.find(keys, &is_integer(opts[&1])) do
      nil -> :ok
      key -> {:error, {:bad_option, key, opts[key]}}
    end
  end

  # With names for numbers, as what the kernel sends has them.
  defp as_sent(%module{} = item), do: item |> module.encode() |> module.decode()

  defp resolve(links, indices) do
    each(links, fn
      {at, name} when is_binary(name) ->
        with {:ok, index} <- index(name, indices), do: {:ok, {at, index}}

      link ->
        {:ok, link}
    end)
  end

  defp index(name, :any) when is_binary(name), do: {:ok, 1}

  defp index(name, indices) do
    case indices do
      %{^name => index} -> {:ok, index}
      _ -> {:error, {:unknown_interface, name}}
    end
  end

  defp parse(LinkAddress, value, _spec) when is_struct(value, MAC) or is_struct(value, IP),
    do: LinkAddress.__cast__(value)

  defp parse(module, value, _spec) when is_struct(value, module), do: {:ok, value}
  defp parse(module, text, _spec) when is_binary(text), do: module.parse(text)
  defp parse(_module, _other, spec), do: {:error, {:bad_spec, spec}}

  defp each(items, fun) do
    items
    |> Enum.reduce_while([], fn item, done ->
      case fun.(item) do
        {:ok, item} -> {:cont, [item | done]}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
    |> case do
      {:error, reason} -> {:error, reason}
      done -> {:ok, Enum.reverse(done)}
    end
  end
end
