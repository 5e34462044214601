defmodule Linx.Test.HeaderNames do
  @moduledoc false
  # The kernel's names for the numbers of the library: those of a codec's rows and options, and
  # those of constants and functions.
  #
  # A claim is `{where, kernel's name, number, how}`. `how` is `:same`, `:bit` if the header has
  # the number of the bit, or `:be16` if it has the number in network order. The kernel's name is
  # `{:unnamed, what}` for a number without one, and `{:kernel, file}` for a number that is named in
  # the kernel's source, but not in its headers.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Codec.{Definition, Row}

  alias Linx.Netlink.Generic.{
    Controller,
    Devlink,
    Ethtool,
    Fou,
    L2tp,
    Macsec,
    Mptcp,
    Netdev,
    Ovpn
  }

  alias Linx.Netlink.Generic.{TcpMetrics, Team}
  alias Linx.Test.HeaderNames.Functions

  @newer "test/fixtures/newer_names.txt"

  # Families of generic netlink whose commands and notifications are named after those of the kernel.
  @families %{
    Controller => "CTRL_CMD_",
    Devlink => "DEVLINK_CMD_",
    Ethtool => "ETHTOOL_MSG_",
    Fou => "FOU_CMD_",
    L2tp => "L2TP_CMD_",
    Macsec => "MACSEC_CMD_",
    Mptcp => {"MPTCP_PM_CMD_", "MPTCP_EVENT_"},
    Netdev => "NETDEV_CMD_",
    Ovpn => "OVPN_CMD_",
    TcpMetrics => "TCP_METRICS_CMD_",
    Team => "TEAM_CMD_"
  }

  # NLA_TYPE_MASK: a row's number may have NLA_F_NESTED.
  @nla_type_mask 0x3FFF

  # Versions whose headers have been compared.
  @compared [{6, 1}, {6, 12}, {7, 2}]

  @doc "The headers that have the names."
  def headers do
    ~w(linux/amt.h linux/batman_adv.h linux/can/netlink.h linux/devlink.h linux/dpll.h
       linux/errno.h linux/ethtool.h linux/ethtool_netlink.h linux/fib_rules.h linux/filter.h linux/fou.h linux/gen_stats.h linux/genetlink.h
       linux/icmpv6.h linux/if.h linux/if_addr.h linux/if_addrlabel.h
       linux/if_bonding.h linux/if_bridge.h linux/if_ether.h linux/if_link.h linux/if_macsec.h
       linux/if_team.h linux/if_tun.h linux/if_tunnel.h linux/if_vlan.h linux/ila.h linux/ioam6_iptunnel.h
       linux/in.h linux/in6.h linux/ip.h linux/ip6_tunnel.h linux/ipv6.h linux/l2tp.h linux/lwtunnel.h linux/mpls.h
       linux/mpls_iptunnel.h linux/mptcp_pm.h linux/netdev.h linux/neighbour.h linux/netconf.h linux/netfilter.h linux/netfilter_arp.h
       linux/net_tstamp.h linux/netlink.h linux/nexthop.h linux/nl80211.h linux/ovpn.h linux/pkt_cls.h linux/pkt_sched.h linux/rpl_iptunnel.h linux/rtnetlink.h
       linux/seg6_iptunnel.h linux/seg6_local.h linux/socket.h linux/taskstats.h linux/tcp_metrics.h linux/time_types.h linux/veth.h
       linux/wireguard.h linux/xfrm.h) ++
      ~w(linux/tc_ematch/tc_em_ipt.h linux/tc_ematch/tc_em_meta.h linux/acct.h linux/cgroupstats.h linux/if_packet.h linux/ife.h linux/mptcp.h time.h) ++
      for(
        name <-
          ~w(bpf connmark csum ct ctinfo defact gact gate ife mirred mpls nat pedit sample skbedit
                     skbmod tunnel_key vlan),
        do: "linux/tc_act/tc_#{name}.h"
      ) ++
      for name <- ~w(nf_conntrack_common nf_conntrack_sctp nf_conntrack_tcp
                     nf_conntrack_tuple_common nf_log nf_nat nf_synproxy nf_tables
                     nf_tables_compat nfnetlink nfnetlink_conntrack nfnetlink_log),
          do: "linux/netfilter/#{name}.h"
  end

  @doc "The codec modules of the library."
  def codecs do
    {:ok, modules} = :application.get_key(:linx, :modules)

    for module <- modules,
        Code.ensure_loaded?(module),
        function_exported?(module, :__codec__, 0),
        do: module
  end

  # Newer names

  @doc """
  Names that some headers lack, with the first of the versions #{inspect(@compared)} that has
  them, and their numbers by its headers; those of members, `struct.member`, have none.
  """
  def newer do
    for line <- File.stream!(@newer),
        not String.starts_with?(line, "#"),
        [version, name | number] <- [String.split(line)] do
      [major, minor] = version |> String.split(".") |> Enum.map(&String.to_integer/1)
      {name, {major, minor}, List.first(Enum.map(number, &String.to_integer/1))}
    end
  end

  @doc "The numbers of the newer names."
  def newer_values do
    for {name, _version, number} when number != nil <- newer(), into: %{}, do: {name, number}
  end

  @doc """
  The names that the headers of `version` may lack. Of the versions compared, the newest one up to
  `version` is taken: the names are those that came after it. `:unknown` for a version before all of
  them.
  """
  def absent(version) when version >= {6, 1} do
    compared = @compared |> Enum.filter(&(&1 <= version)) |> Enum.max()
    for {name, first, _} <- newer(), first > compared, into: MapSet.new(), do: name
  end

  def absent(_version), do: :unknown

  # Rows

  @doc "The claims of a codec module."
  def claims(module) do
    rows = Definition.rows(module.__codec__(:definition))
    types = types(module)

    attributes =
      for %{id: id} = row when id != nil <- rows, name = name(row), name != :none do
        claim(module, row.name, name, id &&& @nla_type_mask)
      end

    inner =
      for %{name: name} = row <- rows, {what, number} <- inner(types[name]) do
        kernel = if what == :element, do: row[:element], else: (row[:keys] || %{})[number]
        claim(module, "#{name} #{what}", kernel || {:unnamed, what}, number)
      end

    values =
      for row <- rows,
          pair <- pairs(types[row.name]),
          do: value(module, row.name, pair, row[:values])

    attributes ++ inner ++ values ++ options(module)
  end

  defp name(%{c: nil}), do: :none
  defp name(%{c: c}), do: c
  defp name(row), do: {:unnamed, row.name}

  # Types of the fields, with the tables of other modules, which the rows do not have.
  defp types(module) do
    %{header: header, attrs: attrs} = module.__codec__()

    for({:field, name, type} <- header, into: %{}, do: {name, type})
    |> Map.merge(for {_, name, type} <- attrs, into: %{}, do: {name, type})
  end

  defp pairs(nil), do: []
  defp pairs(type), do: Row.pairs(type)

  # The numbers of the attributes within a type.
  defp inner({:array, type, id}), do: [{:element, id} | inner(type)]

  defp inner({:dispatch, _, table}) do
    for({key, _} when is_integer(key) <- table, do: {:key, key}) ++
      Enum.flat_map(Map.values(table), &inner/1)
  end

  defp inner({tag, type}) when tag in [:array, :indexed, :repeated], do: inner(type)
  defp inner(_), do: []

  defp value(module, field, {name, number}, naming) do
    {how, kernel} =
      case naming do
        nil -> {:same, {:unnamed, name}}
        {:kernel, file} -> {:same, {:kernel, file}}
        {prefix, names} when is_list(names) -> spelled(prefix, name, names[name])
        prefix -> spelled(prefix, name, nil)
      end

    claim(module, "#{field} #{inspect(name)}", kernel, number, how)
  end

  defp spelled({how, prefix}, name, nil), do: {how, prefix <> upcase(name)}
  defp spelled({how, _prefix}, _name, other), do: {how, other}
  defp spelled(prefix, name, other), do: {:same, other || prefix <> upcase(name)}

  defp claim(module, what, kernel, number, how \\ :same) do
    where = String.replace_prefix(inspect(module), "Linx.Netlink.", "")
    {"#{where} #{what}", kernel, number, how}
  end

  # Headers

  @doc """
  The fields of the module's C struct: `{name, member | {member, offset, size}, offset, size}`,
  and the size of the struct.
  """
  def layout(module) do
    Enum.flat_map_reduce(module.__codec__(:definition).header, 0, fn
      %{name: name, type: type} = row, at ->
        size = Linx.Netlink.Codec.Type.width(type)
        {[{name, row[:c], at, size}], at + size}

      pad, at ->
        {[], at + pad}
    end)
  end

  @doc "The members that a layout names."
  def members({fields, _size}) do
    for {_, member, _, _} <- fields, uniq: true do
      with {member, _offset, _size} <- member, do: member
    end
  end

  # Options

  @doc """
  Options of a module with named values that are neither values of the field that the option sets nor
  described by `values:`.
  """
  def unnamed_options(module) do
    for {name, row} <- option_rows(module),
        pairs = option_pairs(row),
        pairs != [],
        extras(row)[:values] == nil,
        field = target(module, name, row),
        pairs -- field != [],
        do: {module, name, pairs -- field}
  end

  defp options(module) do
    for {name, row} <- option_rows(module),
        naming = extras(row)[:values],
        pair <- option_pairs(row),
        do: value(module, name, pair, naming)
  end

  defp option_rows(module) do
    if function_exported?(module, :__options__, 0), do: module.__options__(), else: []
  end

  defp extras({_type, _text}), do: []
  defp extras({_type, _text, extras}), do: extras

  defp option_pairs(row) do
    case elem(row, 0) do
      {tag, names} when tag in [:enum, :flags] -> names
      {:masked, names, _module} -> names
      _ -> []
    end
  end

  # The values of the field that an option sets.
  defp target(module, name, row) do
    {module, field} =
      Enum.reduce(extras(row)[:field] || [name], {module, name}, fn
        {_, inner}, {_, field} -> {inner, field}
        field, {module, _} -> {module, field}
      end)

    case elem(row, 0) do
      {:masked, _, inner} -> pairs(types(inner)[:flags])
      _ -> pairs(types(module)[field])
    end
  end

  # Constants and functions

  @doc """
  Module attributes of the library's source with a name of the kernel, and their numbers:
  `@rtm_newlink 16`, `@af_bridge 7`.
  """
  def attributes do
    for file <- Path.wildcard("lib/**/*.ex"),
        [_, name, number] <-
          Regex.scan(
            ~r/^\s*@((?:rtm|rtnlgrp|af|nlm_f|netlink)_\w+) (\w+)$/m,
            File.read!(file)
          ) do
      {file, String.upcase(name), elem(Code.eval_string(number), 0), :same}
    end
  end

  @doc "The macros of `Linx.Netlink.Constants`."
  def constants do
    for {name, 0} <- Linx.Netlink.Constants.__info__(:macros) do
      number = apply(Linx.Netlink.Constants, :"MACRO-#{name}", [__ENV__])
      {"Constants", upcase(name), number, :same}
    end
  end

  @doc "Commands and notifications of families of generic netlink."
  def families do
    for {module, prefixes} <- @families,
        {of_commands, of_events} =
          if(is_tuple(prefixes), do: prefixes, else: {prefixes, prefixes}),
        %{commands: commands, events: events} = module.__family__(),
        {prefix, name, id} <-
          for({name, %{id: id}} <- commands, do: {of_commands, name, id}) ++
            for({id, _, name} <- events, do: {of_events, name, id}),
        do: {inspect(module), prefix <> upcase(name), id, :same}
  end

  @doc "All error numbers: 1 to 133, without 41 and 58, which are unused."
  def errnos do
    for code <- 1..133, code not in [41, 58] do
      {"Linx.Errno", upcase(Linx.Errno.atom(code)), code, :same}
    end
  end

  @doc "The numbers for which functions return names."
  def functions do
    for {where, name, number} <- Functions.all(), do: {where, String.upcase(name), number, :same}
  end

  defp upcase(name), do: name |> Atom.to_string() |> String.upcase()
end
