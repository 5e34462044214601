defmodule Linx.Netlink.Rtnl.Tc.Filter.Flower.Build do
  @moduledoc false
  # The fields of flower from checked options: value and mask, and what depends on the protocol.
  #
  # The extra `needs` of an option is what the other keys have to imply: an EtherType or a VLAN tag, or one
  # of several IP protocols.

  alias Linx.IP

  # ETH_P_* of include/uapi/linux/if_ether.h.
  @all 3
  @ip 0x0800
  @ipv6 0x86DD
  @vlans [0x8100, 0x88A8]
  @types %{
    ip: [@ip, @ipv6],
    arp: [0x0806, 0x8035],
    mpls: [0x8847, 0x8848],
    ppp: [0x8864],
    cfm: [0x8902]
  }

  @icmp 1
  @icmpv6 58

  # Fields of ports and of types of ICMP, by the IP protocol.
  @port_keys for {protocol, name} <- [{6, "tcp"}, {17, "udp"}, {132, "sctp"}],
                 {option, side} <- [src_port: "src", dst_port: "dst"],
                 into: %{},
                 do: {{protocol, option}, :"key_#{name}_#{side}"}

  @icmp_keys for {protocol, name} <- [{@icmp, "icmpv4"}, {@icmpv6, "icmpv6"}],
                 option <- [:type, :code],
                 into: %{},
                 do: {{protocol, option}, :"key_#{name}_#{option}"}

  # Fields with an address of either family.
  @addresses for name <- [:src, :dst, :enc_src, :enc_dst],
                 enc = if(name in [:src, :dst], do: "", else: "enc_"),
                 suffix = name |> Atom.to_string() |> String.replace_prefix("enc_", ""),
                 into: %{},
                 do:
                   {name,
                    %{
                      inet: :"key_#{enc}ipv4_#{suffix}",
                      inet6: :"key_#{enc}ipv6_#{suffix}"
                    }}

  @typedoc "Options by the field of their value, with what they need; and the fields of masks."
  @type plan :: {[{atom(), atom(), term()}], %{atom() => atom()}}

  @doc "What `fields/3` looks up in the table of options, for use at compile time."
  @spec plan(keyword()) :: plan()
  def plan(table) do
    rows =
      for {option, row} <- table do
        extras = if tuple_size(row) == 3, do: elem(row, 2), else: []
        {List.first(extras[:field] || [option]), option, extras[:needs]}
      end

    names =
      for({field, _, _} <- rows, do: field) ++
        for({_, families} <- @addresses, {_, name} <- families, do: name) ++
        for({_, name} <- Map.to_list(@port_keys) ++ Map.to_list(@icmp_keys), do: name)

    {for({_, _, needs} = row <- rows, needs != nil, do: row),
     Map.new(names, &{&1, :"#{&1}_mask"})}
  end

  @doc "The fields, or the first key that the others do not imply."
  @spec fields(plan(), map(), map()) :: {:ok, keyword()} | {:error, term()}
  def fields({needs, masks}, given, place) do
    seen = %{
      protocol: place[:protocol] || @all,
      given: given,
      type: type(place, given),
      masks: masks
    }

    with :ok <- implied(needs, seen) do
      fields = Enum.flat_map(given, &field(&1, seen))
      {:ok, if(seen.protocol == @all, do: fields, else: [key_eth_type: seen.protocol] ++ fields)}
    end
  end

  # The EtherType of what follows the last tag.
  defp type(_place, %{key_cvlan_eth_type: type}), do: type
  defp type(_place, %{key_vlan_eth_type: type}), do: type
  defp type(place, _given), do: place[:protocol] || @all

  defp implied([{field, option, needs} | rest], %{given: given} = seen) do
    case given do
      %{^field => value} -> refused(option, value, needs, seen) || implied(rest, seen)
      %{} -> implied(rest, seen)
    end
  end

  defp implied([], _seen), do: :ok

  defp refused(option, value, :vlan, %{protocol: protocol, given: given}),
    do: unless(tags?(given, 1), do: unmet(option, value, protocol, @vlans))

  defp refused(option, value, :cvlan, %{given: given}) do
    unless tags?(given, 2) do
      case given do
        %{key_vlan_eth_type: type} -> unmet(option, value, type, @vlans)
        %{} -> {:error, {:missing_option, :vlan_ethtype}}
      end
    end
  end

  # An address of the other family.
  defp refused(option, {%IP{family: family}, _mask} = value, :ip, %{type: type})
       when {family, type} in [{:inet, @ipv6}, {:inet6, @ip}],
       do: {:error, {:bad_option, option, value}}

  defp refused(option, value, need, %{type: type}) when is_atom(need),
    do: unmet(option, value, type, @types[need])

  defp refused(option, value, protocols, %{given: given, type: type}) do
    case given do
      %{key_ip_proto: @icmp} when type != @ip ->
        {:error, {:bad_option, option, value}}

      %{key_ip_proto: @icmpv6} when type != @ipv6 ->
        {:error, {:bad_option, option, value}}

      %{key_ip_proto: protocol} ->
        if protocol not in protocols, do: {:error, {:bad_option, option, value}}

      %{} ->
        {:error, {:missing_option, :ip_proto}}
    end
  end

  defp unmet(option, value, type, types) do
    cond do
      type in types -> nil
      type == @all -> {:error, {:missing_option, :protocol}}
      true -> {:error, {:bad_option, option, value}}
    end
  end

  defp tags?(given, count), do: (given[:key_num_of_vlans] || 0) >= count

  # The fields of a key.
  defp field({name, {%IP{family: family}, _mask} = value}, seen)
       when is_map_key(@addresses, name),
       do: masked(@addresses[name][family], value, seen)

  defp field({port, {:range, first, last}}, _seen) when port in [:src_port, :dst_port] do
    case port do
      :src_port -> [key_port_src_min: first, key_port_src_max: last]
      :dst_port -> [key_port_dst_min: first, key_port_dst_max: last]
    end
  end

  defp field({port, value}, %{given: given} = seen) when port in [:src_port, :dst_port],
    do: masked(Map.fetch!(@port_keys, {given.key_ip_proto, port}), value, seen)

  defp field({key, value}, %{given: given} = seen) when key in [:type, :code],
    do: masked(Map.fetch!(@icmp_keys, {given.key_ip_proto, key}), value, seen)

  defp field({name, {_value, _mask} = value}, seen), do: masked(name, value, seen)
  defp field({name, value}, _seen), do: [{name, value}]

  defp masked(name, {value, mask}, %{masks: masks}),
    do: [{name, value}, {Map.fetch!(masks, name), mask}]
end
