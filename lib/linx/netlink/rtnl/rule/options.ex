defmodule Linx.Netlink.Rtnl.Rule.Options do
  @moduledoc false
  # Checks what a caller wants of rules, and makes messages of it.

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.{Link, Realms, Rule}
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.Rule.{Masks, PortRange, UidRange}

  # FR_ACT_TO_TBL and FR_ACT_GOTO.
  @to_tbl 1
  @goto 2
  # FIB_RULE_INVERT.
  @invert 0x2
  # The ids of 4-byte users; the last means none.
  @u32 0..0xFFFFFFFF

  # The kernel refuses both ends of the 16 bits (fib_rule_port_range_valid of
  # include/net/fib_rules.h).
  @ports 1..0xFFFE

  # All bits of a flow label.
  @flowlabel_mask 0xFFFFF

  # Options that no table describes.
  @special [
    :table,
    :from,
    :to,
    :fwmark,
    :family,
    :iif,
    :oif,
    :uid_range,
    :sport,
    :dport,
    :realms
  ]

  @masks [:flowlabel, :flowlabel_mask, :sport_mask, :dport_mask, :dscp_mask]

  # The first argument is used if a link is given by index, for a request with the options
  # `request`.
  @spec cast(Link.target() | nil, keyword(), keyword()) ::
          {:ok, Rule.t()} | {:error, Rule.error()}
  def cast(sock, opts, request \\ []) do
    with :ok <- Options.keyword(opts),
         {:ok, table} <- table(opts),
         {:ok, from} <- subnet(opts[:from], :from),
         {:ok, to} <- subnet(opts[:to], :to),
         {:ok, family} <- family(opts[:family], from, to),
         {:ok, fwmark} <- number(opts, :fwmark, @u32),
         {:ok, fields} <- parse(opts),
         {:ok, uid_range} <- range(opts, :uid_range, @u32, UidRange),
         {:ok, sport} <- range(opts, :sport, @ports, PortRange),
         {:ok, dport} <- range(opts, :dport, @ports, PortRange),
         {:ok, realms} <- Realms.cast(opts[:realms]),
         {:ok, iif} <- name(opts, :iif),
         {:ok, oif} <- name(opts, :oif),
         {:ok, iif} <- look_up(sock, iif, request),
         {:ok, oif} <- look_up(sock, oif, request) do
      {invert, fields} = Map.pop(fields, :invert, 0)
      {masks, fields} = Map.split(fields, @masks)

      rule = %Rule{
        family: family,
        src: from && from.address,
        src_len: if(from, do: from.prefix, else: 0),
        dst: to && to.address,
        dst_len: if(to, do: to.prefix, else: 0),
        action: action(fields),
        flags: if(invert == 1, do: @invert, else: 0),
        fwmark: fwmark,
        iifname: iif,
        oifname: oif,
        uid_range: uid_range,
        sport_range: sport,
        dport_range: dport,
        flow: realms,
        masks: if(masks != %{}, do: struct!(Masks, whole(masks)))
      }

      {:ok, rule |> put_table(table) |> Map.merge(fields)}
    end
  end

  # The kernel refuses a flow label without a mask.
  defp whole(%{flowlabel: _} = masks), do: Map.put_new(masks, :flowlabel_mask, @flowlabel_mask)
  defp whole(masks), do: masks

  defp family_number(name), do: Type.check({:choice, Options.families()}, :family, name)

  # In the order in which a caller learns of mistakes.

  defp table(opts) do
    case Keyword.fetch(opts, :table) do
      {:ok, table} when is_integer(table) and table in 1..0xFFFFFFFF ->
        {:ok, table}

      {:ok, table} ->
        {:error, {:bad_option, :table, table}}

      :error ->
        if elsewhere?(opts), do: {:ok, 0}, else: {:error, {:missing_option, :table}}
    end
  end

  # Does the rule not need a table to lead to?
  defp elsewhere?(opts) do
    opts[:goto] != nil or opts[:l3mdev] == true or
      opts[:action] not in [nil, :to_tbl, @to_tbl]
  end

  defp put_table(rule, table) when table <= 255, do: %{rule | table: table}
  defp put_table(rule, table), do: %{rule | table: 0, table_ext: table}

  defp subnet(nil, _key), do: {:ok, nil}
  defp subnet(%Subnet{} = subnet, _key), do: {:ok, subnet}
  defp subnet(%IP{} = ip, _key), do: {:ok, %Subnet{address: ip, prefix: bit_size(ip.bytes)}}

  defp subnet(text, key) when is_binary(text) do
    if String.contains?(text, "/") do
      with {:error, _} <- Subnet.parse(text), do: {:error, {:bad_cidr, text}}
    else
      with {:ok, ip} <- IP.parse(text), do: subnet(ip, key)
    end
  end

  defp subnet(other, key), do: {:error, {:bad_option, key, other}}

  defp family(_family, %{address: %{family: from}}, %{address: %{family: to}}) when from != to,
    do: {:error, {:family_mismatch, {from, to}}}

  defp family(nil, nil, nil), do: family_number(:inet)

  defp family(name, from, to) do
    own = if(subnet = from || to, do: subnet.address.family)

    if own == nil or name in [nil, own],
      do: family_number(own || name),
      else: {:error, {:bad_option, :family, name}}
  end

  defp number(opts, key, range) do
    case Keyword.fetch(opts, key) do
      :error ->
        {:ok, nil}

      {:ok, value} ->
        if value in range, do: {:ok, value}, else: {:error, {:bad_option, key, value}}
    end
  end

  defp parse(opts) do
    with {:ok, assigns} <-
           Options.parse(Rule.__options__(), Keyword.drop(opts, @special), :create),
         do: {:ok, for({[field], value} <- assigns, into: %{}, do: {field, value})}
  end

  defp action(%{goto: _}), do: @goto
  defp action(_fields), do: @to_tbl

  defp range(opts, key, range, module) do
    case opts[key] do
      nil -> {:ok, nil}
      {first, last} -> span(key, {first, last}, first, last, range, module)
      one -> span(key, one, one, one, range, module)
    end
  end

  defp span(key, given, first, last, range, module) do
    if first in range and last in range and first <= last,
      do: {:ok, struct!(module, start: first, end: last)},
      else: bad(key, given)
  end

  defp bad(key, value), do: {:error, {:bad_option, key, value}}

  # Rules go by names, also of links to come.
  defp name(opts, key) do
    case opts[key] do
      nil -> {:ok, nil}
      name when is_binary(name) -> Type.check({:name, 15}, key, name)
      index -> Type.check(:link, key, index)
    end
  end

  defp look_up(sock, {:link, _key, index}, request) do
    with {:ok, link} <- Link.get(sock, index, Keyword.take(request, [:timeout])),
         do: {:ok, link.name}
  end

  defp look_up(_sock, name, _request), do: {:ok, name}
end
