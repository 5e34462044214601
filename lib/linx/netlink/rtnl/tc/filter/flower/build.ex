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
  @ports %{6 => :tcp, 17 => :udp, 132 => :sctp}

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

  @doc "The fields, or the first key that the others do not imply."
  @spec fields(keyword(), map(), map()) :: {:ok, keyword()} | {:error, term()}
  def fields(table, given, place) do
    seen = %{protocol: place[:protocol] || @all, given: given, type: type(place, given)}

    with :ok <- implied(table, seen) do
      fields = Enum.flat_map(given, &field(&1, seen))
      {:ok, if(seen.protocol == @all, do: fields, else: [key_eth_type: seen.protocol] ++ fields)}
    end
  end

  # The EtherType of what follows the last tag.
  defp type(_place, %{key_cvlan_eth_type: type}), do: type
  defp type(_place, %{key_vlan_eth_type: type}), do: type
  defp type(place, _given), do: place[:protocol] || @all

  defp implied(table, %{given: given} = seen) do
    Enum.find_value(table, :ok, fn {option, row} ->
      extras = if tuple_size(row) == 3, do: elem(row, 2), else: []
      key = List.first(extras[:field] || [option])
      value = given[key]
      if value != nil, do: refused(option, value, extras[:needs], seen)
    end)
  end

  defp refused(_option, _value, nil, _seen), do: nil

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
  defp field({name, {%IP{family: family}, _mask} = value}, _seen)
       when is_map_key(@addresses, name),
       do: masked(@addresses[name][family], value)

  defp field({port, {:range, first, last}}, _seen) when port in [:src_port, :dst_port] do
    case port do
      :src_port -> [key_port_src_min: first, key_port_src_max: last]
      :dst_port -> [key_port_dst_min: first, key_port_dst_max: last]
    end
  end

  defp field({port, value}, %{given: given}) when port in [:src_port, :dst_port] do
    protocol = @ports[given.key_ip_proto]
    side = if port == :src_port, do: "src", else: "dst"
    masked(String.to_existing_atom("key_#{protocol}_#{side}"), value)
  end

  defp field({key, value}, %{given: given}) when key in [:type, :code] do
    version = if given.key_ip_proto == @icmp, do: "icmpv4", else: "icmpv6"
    masked(String.to_existing_atom("key_#{version}_#{key}"), value)
  end

  defp field({name, {_value, _mask} = value}, _seen), do: masked(name, value)
  defp field({name, value}, _seen), do: [{name, value}]

  defp masked(name, {value, mask}),
    do: [{name, value}, {String.to_existing_atom("#{name}_mask"), mask}]
end
