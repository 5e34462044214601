defmodule Linx.Netlink.Codec.Check do
  @moduledoc false
  # Checks a `codec` block when its names, ids and tables have been evaluated: all that can be
  # known of it without the other modules.

  import Bitwise, only: [<<<: 2, &&&: 2]

  alias Linx.Netlink.Codec.Block

  # Bytes of the scalars.
  @unsigned %{u8: 1, u16: 2, u32: 4, u64: 8, be16: 2, be32: 4, be64: 8}
  @signed %{s8: 1, s16: 2, s32: 4, s64: 8}
  @scalars Map.keys(@unsigned) ++ Map.keys(@signed)
  @simple [:string, :binary, :flag, :uint, :sint, :bitfield32]

  # NLA_TYPE_MASK: the bits of a type that are its id.
  @id_mask 0x3FFF

  @doc """
  Returns a schema with a number for each name. Raises `CompileError` with the line of the
  declaration, of which `lines` are those of `Linx.Netlink.Codec.Block.parse/2`.
  """
  @spec check!(map(), map(), Macro.Env.t()) :: map()
  def check!(%{header: header, attrs: attrs} = schema, lines, env) do
    if Module.has_attribute?(env.module, :linx_codec_digest) do
      Block.fail(env, env.line, "a module has at most one codec block")
    end

    for {{name, module}, line} <- Enum.zip(schema[:groups] || [], lines.groups),
        module == env.module,
        do: Block.fail(env, line, "#{inspect(name)} is a group of the module itself")

    {header, before} =
      header
      |> Enum.zip(lines.header)
      |> Enum.map_reduce([], fn {item, line}, before ->
        item = item!(item, {env, line})
        {item, if(elem(item, 0) == :field, do: [Tuple.delete_at(item, 0) | before], else: before)}
      end)

    {attrs, _} =
      attrs
      |> Enum.zip(lines.attrs)
      |> Enum.map_reduce({before, %{}}, fn {attr, line}, {before, ids} ->
        place = {env, line}
        {name, type} = {elem(attr, 1), elem(attr, 2)}
        ids = id_once!(elem(attr, 0), name, ids, place)
        type = type!(type, name, before, place)
        {put_elem(attr, 2, type), {[{name, type} | before], ids}}
      end)

    %{schema | header: header, attrs: attrs}
  end

  # The declaration that is looked at.
  @typep place :: {Macro.Env.t(), line :: non_neg_integer()}

  @spec fail!(place(), String.t()) :: no_return()
  defp fail!({env, line}, text), do: Block.fail(env, line, text)

  defp item!({:field, name, type}, place), do: {:field, name, names!(type, name, place)}
  defp item!({:pad, size}, _place) when is_integer(size) and size >= 0, do: {:pad, size}
  defp item!({:pad, size}, place), do: fail!(place, "not a number of bytes: pad #{inspect(size)}")

  defp id_once!(id, name, ids, place) do
    number = id!(id, name, place) &&& @id_mask

    case ids do
      %{^number => other} ->
        fail!(place, "#{inspect(name)} has the id of #{inspect(other)}: #{inspect(id)}")

      %{} ->
        Map.put(ids, number, name)
    end
  end

  defp id!(id, _name, _place) when is_integer(id) and id in 0..0xFFFF, do: id

  defp id!(id, name, place),
    do: fail!(place, "the id of #{inspect(name)} is not in 0..0xFFFF: #{inspect(id)}")

  # Types. Those of a table that is in an attribute are seen here first.

  defp type!({tag, _, _} = type, name, _before, place) when tag in [:enum, :flags],
    do: names!(type, name, place)

  defp type!({:array, of, id}, name, before, place),
    do: {:array, type!(of, name, before, place), id!(id, name, place)}

  defp type!({tag, of}, name, before, place) when tag in [:array, :repeated],
    do: {tag, type!(of, name, before, place)}

  defp type!({:dispatch, field, table}, name, before, place) when is_map(table) do
    selector =
      case List.keyfind(before, field, 0) do
        {_, selector} ->
          selector

        nil ->
          fail!(
            place,
            "#{inspect(name)} depends on #{inspect(field)}, which is not declared before it"
          )
      end

    unless selects?(selector),
      do:
        fail!(place, "#{inspect(name)} cannot depend on #{inspect(field)}: #{inspect(selector)}")

    table =
      Map.new(table, fn {key, of} ->
        unless key?(selector, key), do: fail!(place, "#{inspect(field)} is never #{inspect(key)}")
        {key, type!(of, name, before, place)}
      end)

    {:dispatch, field, table}
  end

  defp type!({:dispatch, field, table}, name, _before, place),
    do: fail!(place, "#{inspect(name)} by #{inspect(field)} has no table: #{inspect(table)}")

  defp type!({:packed, of} = type, _name, _before, place),
    do: if(of in @scalars or module?(of), do: type, else: no_type!(of, place))

  defp type!({tag, of} = type, _name, _before, place) when tag in [:nested, :chain],
    do: if(module?(of), do: type, else: no_type!(of, place))

  defp type!(type, _name, _before, _place) when type in @scalars or type in @simple, do: type

  defp type!(type, _name, _before, place),
    do: if(module?(type), do: type, else: no_type!(type, place))

  @spec no_type!(term(), place()) :: no_return()
  defp no_type!(type, place), do: fail!(place, "not a type: #{inspect(type)}")

  defp module?(type), do: Block.module?(type) and not Block.misspelt?(type)

  # What a value can be told by: a number, a name, bytes, or what a module makes of them.
  defp selects?({tag, _, _}), do: tag in [:enum, :flags]

  defp selects?(type) when type in @scalars or type in @simple,
    do: type not in [:flag, :bitfield32]

  defp selects?(type), do: is_atom(type)

  defp key?({:enum, scalar, names}, key),
    do: fits?(scalar, key) or (is_atom(key) and Keyword.has_key?(names, key))

  defp key?({:flags, scalar, _names}, key), do: fits?(scalar, key)
  defp key?(type, key) when type in [:string, :binary], do: is_binary(key)
  defp key?(:uint, key), do: fits?(:u64, key)
  defp key?(:sint, key), do: fits?(:s64, key)
  defp key?(type, key) when type in @scalars, do: fits?(type, key)
  # A module may make any value of its bytes.
  defp key?(_module, _key), do: true

  # Enums and flags

  defp names!({tag, scalar, names}, field, place) when tag in [:enum, :flags] do
    unless scalar in @scalars, do: fail!(place, "not a scalar: #{inspect(scalar)}")

    listed? = fn
      {name, value} when is_atom(name) -> is_integer(value) or (tag == :enum and is_atom(value))
      _ -> false
    end

    unless is_list(names) and not List.improper?(names) and Enum.all?(names, listed?),
      do: fail!(place, "names are a keyword list of integers, got: #{inspect(names)}")

    {synonyms, numbers} = Enum.split_with(names, fn {_name, value} -> is_atom(value) end)

    with [name | _] <- twice(Keyword.keys(names)),
         do: fail!(place, "#{inspect(field)} has the name #{inspect(name)} twice")

    with [value | _] <- twice(Keyword.values(numbers)),
         do: fail!(place, "#{inspect(field)} has two names for #{value}")

    for {name, value} <- numbers, not fits?(scalar, value) or (tag == :flags and value <= 0) do
      fail!(
        place,
        "#{inspect(name)} of #{inspect(field)} does not fit #{inspect(scalar)}: #{value}"
      )
    end

    for {name, value} <- synonyms, not Keyword.has_key?(numbers, value) do
      fail!(
        place,
        "#{inspect(name)} of #{inspect(field)} is the name of no other: #{inspect(value)}"
      )
    end

    {tag, scalar,
     for({name, value} <- names, do: {name, if(is_atom(value), do: numbers[value], else: value)})}
  end

  defp names!(type, _field, _place), do: type

  defp twice(list), do: list -- Enum.uniq(list)

  defp fits?(scalar, value) when is_map_key(@unsigned, scalar),
    do: is_integer(value) and value in 0..((1 <<< (8 * @unsigned[scalar])) - 1)

  defp fits?(scalar, value) do
    half = 1 <<< (8 * @signed[scalar] - 1)
    is_integer(value) and value in -half..(half - 1)
  end
end
