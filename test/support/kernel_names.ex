defmodule Linx.Test.KernelNames do
  @moduledoc false
  # Which name of the kernel's headers each number of a codec module goes by.
  #
  # A table maps codec modules to keyword lists:
  #
  #   * `attrs:` the prefix of the attributes: "IFLA_" and `:mtu` make IFLA_MTU;
  #   * `struct:` the C struct of the header, `members:` the prefix of its members;
  #   * `as:` names that are made differently: of attributes in full, of members in full or as
  #     `{member, offset, size}` where the field is a part of one; `{:kernel, file}` for what is
  #     not among the headers for programs, but in that file of the kernel's source;
  #   * `names:` for each field with an enum or flags the naming of its values;
  #   * `options:` the naming of the values that an option takes by name, where the field that
  #     it sets is a plain integer;
  #   * `elements:` for each array whose elements have one id the name of that id;
  #   * `keys:` for each dispatch by number a map of the numbers to their names.
  #
  # A naming is a prefix, `{prefix, exceptions}` with names in full, or `{:kernel, file}`. A
  # prefix may be `{:bit, prefix}`, where the headers have the number of the bit, or
  # `{:be16, prefix}`, where they have the value in network order. `"A|B"` names two bits.

  @tables [
    __MODULE__.Link,
    __MODULE__.Routing,
    __MODULE__.Encap,
    __MODULE__.Stats,
    __MODULE__.Vlan,
    __MODULE__.Nfnl
  ]

  @looked_at [{6, 1}, {6, 12}, {7, 2}]

  @doc "The headers that have the names."
  def headers, do: @tables |> Enum.flat_map(& &1.headers()) |> Enum.uniq()

  @doc "The whole table."
  def table, do: @tables |> Enum.map(& &1.table()) |> Enum.reduce(&Map.merge/2)

  @doc """
  Names that some headers lack, by the first of the versions looked at that has them: those of
  Linux 6.1 (as Debian has it), 6.12 and 7.2.
  """
  def newer do
    @tables |> Enum.map(& &1.newer()) |> Enum.reduce(&Map.merge(&1, &2, fn _, a, b -> a ++ b end))
  end

  @doc """
  The numbers of the newer names, from headers that have them: of test/fixtures/newer_names.txt.
  """
  def newer_values do
    for line <- File.stream!("test/fixtures/newer_names.txt"),
        [name, value] <- [String.split(line)],
        into: %{},
        do: {name, String.to_integer(value)}
  end

  @doc """
  The names that the headers of a version may lack: those newer than the last version looked at
  that is not newer. `:unknown` for versions before all of them.
  """
  def absent(version) when version >= {6, 1} do
    looked_at = @looked_at |> Enum.filter(&(&1 <= version)) |> Enum.max()
    MapSet.new(for {first, names} <- newer(), first > looked_at, name <- names, do: name)
  end

  def absent(_version), do: :unknown

  @doc "The codec modules of the library."
  def codecs do
    {:ok, modules} = :application.get_key(:linx, :modules)

    for module <- modules,
        Code.ensure_loaded?(module),
        function_exported?(module, :__codec__, 0),
        do: module
  end

  @doc """
  What a module says about the kernel's numbers: `{where, kernel's name, number, how}`.

  `how` is `:same`, `:bit` or `:be16`.
  """
  def claims(module, entry) do
    %{header: header, attrs: attrs} = module.__codec__()

    attributes =
      for {id, name, _} <- attrs do
        {how, kernel} = name(entry[:attrs], name, entry[:as][name])
        claim(module, name, kernel, id, how)
      end

    fields = for {:field, name, type} <- header, do: {name, type}

    values =
      for {name, type} <- fields ++ for({_, name, type} <- attrs, do: {name, type}),
          pair <- pairs(type),
          do: value(module, name, pair, entry[:names][name])

    inner =
      for {_, name, type} <- attrs, {what, number} <- inner(type) do
        kernel = if what == :element, do: entry[:elements][name], else: entry[:keys][name][number]
        claim(module, "#{name} #{what}", kernel || {:unnamed, what}, number, :same)
      end

    attributes ++ values ++ inner ++ options(module, entry)
  end

  @doc """
  Options of a module whose values have names, but neither those of a field nor of the table.
  """
  def unnamed_options(module, entry) do
    for {name, row} <- option_rows(module),
        pairs = option_pairs(row),
        pairs != [],
        entry[:options][name] == nil,
        field = target(module, name, row),
        pairs -- field != [],
        do: {module, name, pairs -- field}
  end

  @doc """
  The fields of the module's C struct as we have them: `{name, member | {member, offset, size},
  offset, size}`, and the size of the whole.
  """
  def layout(module, entry) do
    {fields, size} =
      Enum.flat_map_reduce(module.__codec__().header, 0, fn
        {:pad, size}, at ->
          {[], at + size}

        {:field, name, type}, at ->
          member = entry[:as][name] || "#{entry[:members]}#{name}"
          {[{name, member, at, width(type)}], at + width(type)}
      end)

    {fields, size}
  end

  @doc "The members that a layout names."
  def members({fields, _size}) do
    for {_, member, _, _} <- fields, uniq: true do
      with {member, _offset, _size} <- member, do: member
    end
  end

  @doc """
  The numbers that the library's source gives a name of the kernel: `@rtm_newlink 16`, `@af_bridge 7`.
  """
  def attributes do
    for file <- Path.wildcard("lib/**/*.ex"),
        [_, name, number] <-
          Regex.scan(~r/^\s*@((?:rtm|rtnlgrp|af|nlm_f|netlink)_\w+) (\w+)$/m, File.read!(file)) do
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

  @doc "The settings of a link by the index that the kernel gives them."
  def devconf do
    alias Linx.Netlink.Rtnl.Link.{Inet, Inet6}

    inet = Inet.settings(%Inet{conf: Enum.to_list(1..200)})
    inet6 = Inet6.settings(%Inet6{conf: Enum.to_list(0..200)})

    odd = %{
      arp_filter: "ARPFILTER",
      disable_policy: "NOPOLICY",
      disable_xfrm: "NOXFRM",
      src_valid_mark: "SRC_VMARK"
    }

    odd6 = %{
      hop_limit: "HOPLIMIT",
      mtu: "MTU6",
      router_probe_interval: "RTR_PROBE_INTERVAL",
      router_solicitations: "RTR_SOLICITS",
      router_solicitation_delay: "RTR_SOLICIT_DELAY",
      router_solicitation_interval: "RTR_SOLICIT_INTERVAL",
      router_solicitation_max_interval: "RTR_SOLICIT_MAX_INTERVAL"
    }

    for({name, n} <- inet, do: devconf("IPV4_DEVCONF_", name, n, odd)) ++
      for {name, n} <- inet6, do: devconf("DEVCONF_", name, n, odd6)
  end

  defp devconf(prefix, name, number, odd) do
    {"settings #{name}", prefix <> Map.get(odd, name, upcase(name)), number, :same}
  end

  @doc "What functions say about the numbers of fields without names."
  def functions do
    for table <- @tables, {where, name, number} <- table.functions() do
      {where, String.upcase(name), number, :same}
    end
  end

  @doc "The names of error numbers: of all that there are, 41 and 58 being unused."
  def errnos do
    for code <- 1..133, code not in [41, 58] do
      {"Linx.Errno", upcase(Linx.Errno.atom(code)), code, :same}
    end
  end

  defp options(module, entry) do
    for {name, row} <- option_rows(module),
        naming = entry[:options][name],
        pair <- option_pairs(row),
        do: value(module, name, pair, naming)
  end

  defp option_rows(module) do
    if function_exported?(module, :__options__, 0), do: module.__options__(), else: []
  end

  defp option_pairs(row) do
    case elem(row, 0) do
      {tag, names} when tag in [:enum, :flags] -> names
      {:masked, names, _module} -> names
      _ -> []
    end
  end

  # The values of the field that an option sets.
  defp target(module, name, row) do
    path = if tuple_size(row) == 3, do: elem(row, 2)[:field]

    {module, field} =
      Enum.reduce(path || [name], {module, name}, fn
        {_, inner}, {_, field} -> {inner, field}
        field, {module, _} -> {module, field}
      end)

    case elem(row, 0) do
      {:masked, _, inner} -> field_pairs(inner, :flags)
      _ -> field_pairs(module, field)
    end
  end

  defp field_pairs(module, field) do
    %{header: header, attrs: attrs} = module.__codec__()
    types = for {:field, name, type} <- header, do: {name, type}
    types = types ++ for {_, name, type} <- attrs, do: {name, type}
    pairs(types[field])
  end

  defp pairs({tag, _, names}) when tag in [:enum, :flags], do: names
  defp pairs({:array, type, _}), do: pairs(type)
  defp pairs({:dispatch, _, table}), do: Enum.flat_map(Map.values(table), &pairs/1)
  defp pairs({tag, type}) when tag in [:array, :repeated], do: pairs(type)
  defp pairs(_), do: []

  # The numbers within a type.
  defp inner({:array, type, id}), do: [{:element, id} | inner(type)]

  defp inner({:dispatch, _, table}) do
    for({key, _} when is_integer(key) <- table, do: {:key, key}) ++
      Enum.flat_map(Map.values(table), &inner/1)
  end

  defp inner({tag, type}) when tag in [:array, :repeated], do: inner(type)
  defp inner(_), do: []

  defp value(module, field, {name, number}, naming) do
    {how, kernel} =
      case naming do
        {:kernel, file} -> {:same, {:kernel, file}}
        {prefix, exceptions} when is_list(exceptions) -> name(prefix, name, exceptions[name])
        prefix -> name(prefix, name, nil)
      end

    claim(module, "#{field} #{inspect(name)}", kernel, number, how)
  end

  defp name({how, prefix}, name, nil), do: {how, prefix <> upcase(name)}
  defp name({how, _prefix}, _name, kernel), do: {how, kernel}
  defp name(nil, name, nil), do: {:same, {:unnamed, name}}
  defp name(prefix, name, nil), do: {:same, prefix <> upcase(name)}
  defp name(_prefix, _name, kernel), do: {:same, kernel}

  defp claim(module, what, kernel, number, how) do
    {String.replace_prefix(inspect(module), "Linx.Netlink.", "") <> " #{what}", kernel, number,
     how}
  end

  defp upcase(name), do: name |> Atom.to_string() |> String.upcase()

  defp width({:binary, size}), do: size
  defp width({_, scalar, _}), do: width(scalar)
  defp width(scalar) when scalar in [:u8, :s8], do: 1
  defp width(scalar) when scalar in [:u16, :s16, :be16], do: 2
  defp width(scalar) when scalar in [:u32, :s32, :be32], do: 4
  defp width(scalar) when scalar in [:u64, :s64, :be64], do: 8
end
