defmodule Linx.Netlink.Rtnl.Rule.Options do
  @moduledoc false
  # Options of the verbs of rules: checked, then made a request.

  alias Linx.IP.Subnet
  alias Linx.Netlink.{IpProtocol, Options}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, Names, Protocol, Realms, Rule}
  alias Linx.Netlink.Rtnl.Rule.{Masks, PortRange, UidRange}

  # FR_ACT_TO_TBL, FR_ACT_GOTO and FIB_RULE_INVERT.
  @to_tbl 1
  @goto 2
  @invert 0x2

  @u32 0..0xFFFFFFFF

  # The kernel refuses 0 and 65535 (fib_rule_port_range_valid of include/net/fib_rules.h).
  @ports 1..0xFFFE

  # All bits of a flow label.
  @flowlabel_mask 0xFFFFF

  # Options that are not in the table.
  @special [:table, :from, :to, :fwmark, :family, :iif, :oif, :uid_range, :sport, :dport, :realms]

  @masks [:flowlabel_mask, :sport_mask, :dport_mask, :dscp_mask]

  @typedoc "A rule, and by field the links whose names it gets, given by index."
  @type draft :: {Rule.t(), [{:iifname | :oifname, pos_integer()}]}

  @doc "Checks the options of a verb; `:get` needs no table."
  @spec cast(keyword(), :write | :get) :: {:ok, draft()} | {:error, Rule.error()}
  def cast(opts, verb \\ :write) do
    with :ok <- Options.keyword(opts),
         {:ok, table} <- table(opts, verb),
         {:ok, from} <- subnet(opts[:from], :from),
         {:ok, to} <- subnet(opts[:to], :to),
         {:ok, family} <- family(opts[:family], from, to),
         {:ok, fwmark} <- fwmark(opts),
         {:ok, fields} <- parse(opts),
         {:ok, uid_range} <- range(opts, :uid_range, @u32, UidRange),
         {:ok, sport} <- range(opts, :sport, @ports, PortRange),
         {:ok, dport} <- range(opts, :dport, @ports, PortRange),
         {:ok, realms} <- Realms.cast(opts[:realms]),
         {:ok, iif} <- link(opts, :iif),
         {:ok, oif} <- link(opts, :oif) do
      {invert, fields} = Map.pop(fields, :invert, 0)
      {masks, fields} = fields |> with_flowlabel_mask() |> Map.split(@masks)

      rule = %Rule{
        family: family,
        src: from && from.address,
        src_len: if(from, do: from.prefix, else: 0),
        dst: to && to.address,
        dst_len: if(to, do: to.prefix, else: 0),
        action: action(fields, table),
        flags: if(invert == 1, do: @invert, else: 0),
        fwmark: fwmark,
        iifname: if(is_binary(iif), do: iif),
        oifname: if(is_binary(oif), do: oif),
        uid_range: uid_range,
        sport_range: sport,
        dport_range: dport,
        flow: realms,
        masks: if(masks != %{}, do: struct!(Masks, masks))
      }

      rule = rule |> put_table(table || 0) |> Map.merge(names(fields))

      {:ok,
       {rule,
        for(
          {_, {:link, _, index}} = ref <- [iifname: iif, oifname: oif],
          do: put_elem(ref, 1, index)
        )}}
    end
  end

  @doc "Looks up the names of the links of a draft."
  @spec resolve(draft(), Link.target(), keyword()) :: {:ok, Rule.t()} | {:error, Link.error()}
  def resolve({rule, []}, _sock, _request), do: {:ok, rule}

  def resolve({rule, [{field, index} | refs]}, sock, request) do
    with {:ok, link} <- Link.lookup(sock, index, Keyword.take(request, [:timeout])),
         do: resolve({Map.replace!(rule, field, link.name), refs}, sock, request)
  end

  # Errors are reported in this order.

  defp table(opts, verb) do
    case Keyword.fetch(opts, :table) do
      {:ok, table} -> Type.check({:named, 1..0xFFFFFFFF, Names.tables()}, :table, table)
      :error when verb == :get -> {:ok, nil}
      :error -> if tableless?(opts), do: {:ok, 0}, else: {:error, {:missing_option, :table}}
    end
  end

  # Whether the action needs no table.
  defp tableless?(opts) do
    opts[:goto] != nil or opts[:l3mdev] == true or
      opts[:action] not in [nil, :to_tbl, @to_tbl]
  end

  defp put_table(rule, table) when table <= 255, do: %{rule | table: table}
  defp put_table(rule, table), do: %{rule | table: 0, table_ext: table}

  defp subnet(nil, _key), do: {:ok, nil}

  defp subnet(given, key) do
    with {:error, _reason} <- Subnet.cast(given) do
      cond do
        not is_binary(given) -> {:error, {:bad_option, key, given}}
        String.contains?(given, "/") -> {:error, {:bad_cidr, given}}
        true -> {:error, {:bad_address, given}}
      end
    end
  end

  defp family(_family, %{address: %{family: from}}, %{address: %{family: to}}) when from != to,
    do: {:error, {:family_mismatch, {from, to}}}

  defp family(name, from, to) do
    own = if(subnet = from || to, do: subnet.address.family)

    if own == nil or name in [nil, own],
      do: Type.check({:choice, Options.families()}, :family, own || name || :inet),
      else: {:error, {:bad_option, :family, name}}
  end

  defp fwmark(opts) do
    case Keyword.fetch(opts, :fwmark) do
      {:ok, mark} -> Type.check(@u32, :fwmark, mark)
      :error -> {:ok, nil}
    end
  end

  defp parse(opts) do
    with {:ok, assigns} <-
           Options.parse(Rule.__options__(), Keyword.drop(opts, @special), :create),
         do: {:ok, for({[field], value} <- assigns, into: %{}, do: {field, value})}
  end

  # The kernel refuses a flow label without a mask.
  defp with_flowlabel_mask(%{flowlabel: _} = fields),
    do: Map.put_new(fields, :flowlabel_mask, @flowlabel_mask)

  defp with_flowlabel_mask(fields), do: fields

  # With names, as the rules of a list have them.
  defp names(fields) do
    for {field, value} <- fields, into: %{} do
      case field do
        :protocol -> {field, Protocol.name(value)}
        :l3mdev -> {field, value == 1}
        :ip_proto -> {field, Names.name(IpProtocol.names(), value)}
        _ -> {field, value}
      end
    end
  end

  # FR_ACT_UNSPEC matches rules with any action.
  defp action(%{goto: _}, _table), do: @goto
  defp action(_fields, nil), do: 0
  defp action(_fields, _table), do: @to_tbl

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
      else: {:error, {:bad_option, key, given}}
  end

  # Rules hold names of links, which need not exist.
  defp link(opts, key) do
    case opts[key] do
      nil -> {:ok, nil}
      name when is_binary(name) -> Type.check({:name, 15}, key, name)
      index -> Type.check(:link, key, index)
    end
  end
end
