defmodule Linx.Test.SpecComparison do
  @moduledoc false
  # Differences between the modules of a specification and handwritten ones: numbers of attributes, and
  # the bytes of their types. Both are followed from the messages into their nests.

  alias Linx.Netlink.Codec.Type

  @type difference ::
          {path :: [atom()],
           :missing | {:type, spec :: term(), ours :: term()} | {:header | :size, term()}}

  @doc """
  The differences of two families of generic netlink: their commands and notifications by number, and
  the modules of those.
  """
  @spec families(module(), module()) :: {[difference()], non_neg_integer()}
  def families(spec, ours) do
    [spec, ours] = for family <- [spec, ours], do: messages(family.__family__())

    {found, _seen, paths} =
      for {key, {name, module, reply}} <- Enum.sort(spec), reduce: {[], MapSet.new(), []} do
        {found, seen, paths} = state ->
          case ours do
            %{^key => {_name, our_module, our_reply}} ->
              state = sets(module, our_module, [name], state)
              sets(reply, our_reply, [name], state)

            _ ->
              {[{[name], :missing} | found], seen, paths}
          end
      end

    unknown = for {key, {name, _, _}} <- ours, not is_map_key(spec, key), do: {[name], :unknown}
    {Enum.reverse(found) ++ unknown, length(paths) + map_size(spec)}
  end

  defp messages(family) do
    for({name, row} <- family.commands, do: {{:command, row.id}, {name, row.module, row.reply}})
    |> Enum.concat(
      for {id, module, name} <- family.events, do: {{:event, id}, {name, module, module}}
    )
    |> Map.new()
  end

  @doc """
  The differences of a codec module of a specification and handwritten ones, and how many attributes were
  compared. What one of several handwritten modules has is not missing in the others: the specification has
  one set where the library has one for each class of objects.
  """
  @spec compare(module(), module() | [module()]) :: {[difference()], non_neg_integer()}
  def compare(spec, ours) do
    {found, paths} =
      for module <- List.wrap(ours), reduce: {[], MapSet.new()} do
        {found, paths} ->
          {more, _seen, compared} = sets(spec, module, [], {[], MapSet.new(), []})
          {found ++ Enum.reverse(more), MapSet.union(paths, MapSet.new(compared))}
      end

    found = for {path, what} <- found, not absent?(what) or path not in paths, do: {path, what}
    {Enum.uniq(found), MapSet.size(paths)}
  end

  defp absent?(what), do: what == :missing or match?({:header, _}, what)

  defp sets(spec, ours, path, {found, seen, paths} = state) do
    if {spec, ours} in seen do
      state
    else
      state = {found, MapSet.put(seen, {spec, ours}), paths}
      [of_spec, of_ours] = for module <- [spec, ours], do: module.__codec__(:definition)
      state = headers(layout(of_spec), layout(of_ours), path, state)
      ours = for row <- rows(of_ours), into: %{}, do: {Bitwise.band(row.id, 0x3FFF), row}
      Enum.reduce(of_spec.attrs, state, &attr(&1, ours[&1.id], path, &2))
    end
  end

  # Attributes of the level of a set, those of its groups included.
  defp rows(definition) do
    definition.attrs ++
      for %{type: module} <- definition.groups,
          row <- rows(module.__codec__(:definition)),
          do: row
  end

  defp attr(row, nil, path, {found, seen, paths}),
    do: {[{path ++ [row.name], :missing} | found], seen, paths}

  defp attr(row, ours, path, state),
    do: compared(row.type, ours.type, path ++ [row.name], state)

  defp compared(spec, ours, path, {found, seen, paths}),
    do: types(spec, ours, path, {found, seen, [path | paths]})

  # Headers: the members of a C struct by their offsets.

  defp layout(definition) do
    Enum.flat_map_reduce(definition.header, 0, fn
      %{type: type} = row, at -> {[{at, row.name, type}], at + Type.width(type)}
      pad, at -> {[], at + pad}
    end)
  end

  defp headers({[], _size}, _ours, _path, state), do: state

  defp headers({spec, size}, {ours, our_size}, path, state) do
    {found, seen, paths} =
      Enum.reduce(spec, state, fn {at, name, type}, {found, seen, paths} = state ->
        case List.keyfind(ours, at, 0) do
          {_, _, other} -> compared(type, other, path ++ [name], state)
          nil -> {[{path ++ [name], {:header, at}} | found], seen, paths}
        end
      end)

    # Attributes begin at a multiple of four bytes (NLMSG_ALIGNTO).
    if our_size == 0 or div(size + 3, 4) == div(our_size + 3, 4),
      do: {found, seen, paths},
      else: {[{path, {:size, {size, our_size}}} | found], seen, paths}
  end

  # Types

  defp types({tag, of}, {tag, other}, path, state)
       when tag in [:array, :indexed, :repeated, :packed],
       do: types(of, other, path, state)

  defp types({:array, of, _}, other, path, state), do: types({:array, of}, other, path, state)
  defp types(of, {:array, other, _}, path, state), do: types(of, {:array, other}, path, state)
  defp types({:array, of}, {:indexed, other}, path, state), do: types(of, other, path, state)

  defp types({:dispatch, _, table}, {:dispatch, _, other}, path, state) do
    [table, other] = Enum.map([table, other], &table/1)

    table
    |> Enum.sort()
    |> Enum.reduce(state, fn {key, type}, {found, seen, paths} = state ->
      case other do
        %{^key => other} -> compared(type, other, path ++ [key], state)
        _ -> {[{path ++ [key], :missing} | found], seen, paths}
      end
    end)
  end

  # A set of one attribute that repeats is a list to us, and an attribute that repeats need not be one
  # to the specification.
  defp types({:repeated, of}, {:array, other}, path, state), do: types(of, other, path, state)

  defp types(of, {:repeated, other}, path, {found, seen, paths}),
    do: types(of, other, path, {[{path, :repeated} | found], seen, paths})

  defp types(spec, {:array, other} = ours, path, {found, seen, paths} = state) do
    case set(spec) && spec |> set() |> then(& &1.__codec__(:definition).attrs) do
      [%{type: of, name: name}] -> types(of, {:array, other}, path ++ [name], state)
      _ -> {[{path, {:type, wire(spec), wire(ours)}} | found], seen, paths}
    end
  end

  defp types(spec, ours, path, {found, seen, paths} = state) do
    case {set(spec), set(ours)} do
      {nil, nil} ->
        if wire(spec) == wire(ours),
          do: state,
          else: {[{path, {:type, wire(spec), wire(ours)}} | found], seen, paths}

      {of_spec, of_ours} when of_spec != nil and of_ours != nil ->
        sets(of_spec, of_ours, path, state)

      _ ->
        {[{path, {:type, wire(spec), wire(ours)}} | found], seen, paths}
    end
  end

  defp table(table) when is_map(table), do: table
  defp table(module), do: module.__table__()

  # The codec module of a type, if it is one.
  defp set({tag, module}) when tag in [:nested, :attributes], do: set(module)

  defp set(type) do
    if is_atom(type) and Type.module?(type) and Type.conversion(type) == :codec, do: type
  end

  @doc "What a type is on the wire: an integer with its width and byte order, or another form."
  @spec wire(term()) :: term()
  def wire({tag, scalar, _names}) when tag in [:enum, :flags], do: wire(scalar)
  def wire({:bool, scalar}), do: wire(scalar)

  def wire({tag, of}) when tag in [:array, :indexed, :repeated, :packed, :chain],
    do: {tag, wire(of)}

  def wire({:array, of, _id}), do: {:array, wire(of)}
  def wire({:binary, size}), do: {:bytes, size}
  def wire({tag, _, _}) when tag in [:dispatch, :patterns], do: tag
  def wire({tag, module}) when tag in [:nested, :attributes], do: wire(module)
  def wire(:binary), do: :bytes
  def wire(type) when type in [:string, :flag, :bitfield32, :sockaddr, :packet_hw], do: type
  def wire(type) when type in [:uint, :sint], do: :int
  def wire(type) when type in [:u8, :s8], do: {:int, 1}

  def wire(scalar) do
    cond do
      not Type.scalar?(scalar) -> scalar
      Atom.to_string(scalar) =~ "be" -> {:big, Type.width(scalar)}
      true -> {:int, Type.width(scalar)}
    end
  end
end
