defmodule Linx.Netlink.Codec.Definition do
  @moduledoc false
  # What a `codec` block defines: its rows, with those of the modules that it includes. Everything
  # that a codec module has is made of this: the struct, its type and documentation, `__codec__/0`.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Codec.{Block, Row, Type}

  # NLA_TYPE_MASK: the bits of an attribute's type that are its id.
  @id_mask 0x3FFF

  @typedoc """
  `struct` is the C struct of the header, without the word `struct`. The numbers in `header` are
  the bytes of paddings. `into` is the struct of another module that takes the values, with its other
  fields; `nil` for one of the module itself.
  """
  @type t :: %{
          module: module(),
          into: struct() | nil,
          struct: String.t() | nil,
          header: [Row.t() | non_neg_integer()],
          attrs: [Row.t()],
          groups: [Row.t()],
          unknown: Row.t() | nil
        }

  @doc """
  Checks the declarations of a block and gathers them. Raises `CompileError` with the line of the
  declaration that is wrong.
  """
  @spec new(keyword(), [Block.declaration()], Macro.Env.t()) :: t()
  def new(opts, declarations, env) do
    if Module.has_attribute?(env.module, :linx_codec_digest),
      do: Block.fail!({env, env.line}, "a module has at most one codec block")

    {into, opts} = into(opts)
    prefix = prefix!(opts, {env, env.line})
    placed = Enum.flat_map(declarations, &place(&1, prefix, env))

    :ok = once!(placed, :header, env)
    :ok = once!(placed, :unknown, env)
    header = for {_, :header, struct, items} <- placed, item <- [struct | items], do: item
    {struct, items} = if header == [], do: {nil, []}, else: {hd(header), tl(header)}
    unique!(items ++ placed, env)

    {items, before} = Enum.map_reduce(items, [], &item!(&1, &2, env))
    attrs = for {_, :attr, _} = attr <- placed, do: attr
    {attrs, _} = Enum.map_reduce(attrs, {before, %{}}, &attr!(&1, &2, env))

    :ok = into!(into, items ++ attrs, {env, env.line})

    for {line, :group, %{name: name, type: module}} <- placed,
        module == env.module,
        do: Block.fail!({env, line}, "#{inspect(name)} is a group of the module itself")

    %{
      module: env.module,
      into: into,
      struct: struct,
      header: items,
      attrs: attrs,
      groups: for({_, :group, row} <- placed, do: row),
      unknown: List.first(for {_, :unknown, row} <- placed, do: row)
    }
  end

  # Declarations as `{line, :field | :pad | :attr | :group | :unknown, row}`, and
  # `{line, :header, struct, items}`.

  defp place({line, :header, [struct, opts, items]}, _prefix, env) do
    place = {env, line}
    {default, opts} = if is_list(opts), do: Keyword.split(opts, [:default]), else: {[], opts}

    unless default in [[], [default: nil]],
      do: Block.fail!(place, "expected default: nil, got: #{inspect(default)}")

    prefix = prefix!(opts, place)

    struct =
      case struct do
        nil ->
          nil

        "struct " <> name ->
          name

        other ->
          Block.fail!(place, "expected \"struct NAME\" or a module, got: #{inspect(other)}")
      end

    fields =
      Enum.flat_map(items, &header_item(&1, struct && (prefix || ""), Map.new(default), env))

    [{line, :header, struct, fields}]
  end

  defp place({line, :header, [module, opts]}, _prefix, env) do
    definition = included!(module, env, line)

    if definition.attrs != [] or definition.groups != [],
      do: Block.fail!({env, line}, "the header #{inspect(module)} has attributes")

    names = names!(opts, definition, {env, line})

    fields =
      for item <- definition.header do
        case is_map(item) && Map.get(names, item.name, item.name) do
          false -> {line, :pad, item}
          nil -> {line, :pad, Type.width(item.type)}
          name -> {line, :field, checked(%{item | name: name})}
        end
      end

    [{line, :header, definition.struct, fields}]
  end

  defp place({line, :include, [module]}, _prefix, env) do
    definition = included!(module, env, line)

    if definition.header != [] or definition.unknown != nil,
      do: Block.fail!({env, line}, "#{inspect(module)} has more than attributes and groups")

    for(row <- definition.attrs, do: {line, :attr, checked(row)}) ++
      for row <- definition.groups, do: {line, :group, row}
  end

  defp place({line, :attr, args}, prefix, env),
    do: [{line, :attr, Row.attr!(args, prefix, {env, line})}]

  defp place({line, :group, args}, _prefix, env),
    do: [{line, :group, Row.group!(args, {env, line})}]

  defp place({line, :unknown, args}, _prefix, env),
    do: [{line, :unknown, Row.unknown!(args, {env, line})}]

  defp header_item({line, :pad, [size]}, _prefix, _default, _env), do: [{line, :pad, size}]

  defp header_item({line, :field, args}, prefix, default, env),
    do: [{line, :field, Map.merge(Row.field!(args, prefix, {env, line}), default)}]

  # A struct within the struct: its fields with the name of the member in front. The field `:value` has that
  # name alone. Without a name the fields are members themselves.
  defp header_item({line, :embed, [name, module, opts]}, prefix, default, env) do
    definition = included!(module, env, line)
    value = opts[:value]

    unless is_atom(name) and definition.attrs == [] and definition.groups == [] and
             opts in [[], [value: value]],
           do: Block.fail!({env, line}, "expected embed NAME, HEADER or …, value: FIELD")

    {fields, _offset} =
      Enum.map_reduce(definition.header, 0, fn
        size, offset when is_integer(size) ->
          {{line, :pad, size}, offset + size}

        row, offset ->
          width = Type.width(row.type)

          c =
            if prefix && name,
              do: %{c: {prefix <> Atom.to_string(name), offset, width}},
              else: %{}

          own =
            if name == nil or row.name == value,
              do: name || row.name,
              else: :"#{name}_#{row.name}"

          {{line, :field,
            row |> Map.merge(%{name: own}) |> Map.merge(c) |> Map.merge(default) |> checked()},
           offset + width}
      end)

    fields
  end

  defp included!(module, env, line) do
    if is_atom(module) and Type.module?(module) and match?({:module, _}, compiled(module)) and
         function_exported?(module, :__codec__, 1),
       do: module.__codec__(:definition),
       else: Block.fail!({env, line}, "not a module with a codec block: #{inspect(module)}")
  end

  # Other names for fields of a header; `nil` makes a field padding.
  defp names!([], _definition, _place), do: %{}

  defp names!([as: names] = opts, definition, place) do
    fields = for row <- fields(definition), do: row.name

    valid? = fn
      {field, name} -> field in fields and (name == nil or Type.field_name?(name))
      _ -> false
    end

    if is_list(names) and Enum.all?(names, valid?),
      do: Map.new(names),
      else:
        Block.fail!(
          place,
          "expected as: [field: name] with fields of the header, got: #{inspect(opts)}"
        )
  end

  defp names!(other, _definition, place),
    do: Block.fail!(place, "expected as: [field: name], got: #{inspect(other)}")

  defp compiled(module), do: Code.ensure_compiled(module)

  defp prefix!(opts, place) do
    case opts do
      [] -> nil
      [prefix: prefix] when is_binary(prefix) -> prefix
      other -> Block.fail!(place, "expected prefix: \"PREFIX_\", got: #{inspect(other)}")
    end
  end

  # Checks

  defp once!(placed, form, env) do
    case Enum.filter(placed, &(elem(&1, 1) == form)) do
      [_, second | _] -> Block.fail!({env, elem(second, 0)}, "#{form} is declared twice")
      _ -> :ok
    end
  end

  defp unique!(placed, env) do
    for {line, _form, %{name: name}} <- placed, reduce: MapSet.new() do
      seen ->
        if name in seen, do: Block.fail!({env, line}, "#{inspect(name)} is declared twice")
        MapSet.put(seen, name)
    end
  end

  defp into(opts), do: if(Keyword.keyword?(opts), do: Keyword.pop(opts, :into), else: {nil, opts})

  defp into!(nil, _rows, _place), do: :ok

  defp into!(into, rows, place) do
    unless is_struct(into),
      do: Block.fail!(place, "expected into: a struct, got: #{inspect(into)}")

    case Enum.find(rows, &(is_map(&1) and not is_map_key(into, &1.name))) do
      nil -> :ok
      %{name: name} -> Block.fail!(place, "#{inspect(into)} has no field #{inspect(name)}")
    end
  end

  defp item!({_, :pad, size}, before, _env) when is_integer(size) and size >= 0,
    do: {size, before}

  defp item!({line, :pad, size}, _before, env),
    do: Block.fail!({env, line}, "not a number of bytes: pad #{inspect(size)}")

  defp item!({line, :field, row}, before, env) do
    row = check!(row, &Type.fixed!(row.type, row.name, &1), {env, line})
    {row, [{row.name, row.type} | before]}
  end

  defp attr!({line, :attr, row}, {before, ids}, env) do
    place = {env, line}
    id = Type.id!(row.id, row.name, place) &&& @id_mask

    with %{^id => other} <- ids,
         do:
           Block.fail!(
             place,
             "#{inspect(row.name)} has the id of #{inspect(other)}: #{inspect(row.id)}"
           )

    row = check!(row, &Type.check!(row.type, row.name, before, &1), place)
    {row, {[{row.name, row.type} | before], Map.put(ids, id, row.name)}}
  end

  # A row of another module has been checked there.
  defp checked(row), do: Map.put(row, :checked, true)

  defp check!(%{checked: true} = row, _type, _place), do: Map.delete(row, :checked)
  defp check!(row, type, place), do: Row.check!(%{row | type: type.(place)}, place)

  # What a codec module has

  @doc """
  What `__codec__/0` returns. Tables in modules of their own are not in it yet.
  """
  @spec codec(t()) :: map()
  def codec(definition) do
    header = for item <- definition.header, do: item(item)
    attrs = for row <- definition.attrs, do: {row.id, row.name, row.type}
    groups = for row <- definition.groups, do: {row.name, row.type}
    rows = fields(definition) ++ definition.attrs
    volatile = for %{volatile: true} = row <- rows, do: row.name
    secret = for %{secret: true} = row <- rows, do: row.name
    unknown = definition.unknown && definition.unknown.name

    [groups: groups, volatile: volatile, secret: secret, unknown: unknown]
    |> Enum.reject(fn {_key, value} -> value in [nil, []] end)
    |> Enum.into(%{module: definition.module, header: header, attrs: attrs})
  end

  defp item(%{} = row), do: {:field, row.name, row.type}
  defp item(pad), do: {:pad, pad}

  @doc """
  The rows of the header, without paddings.
  """
  @spec fields(t()) :: [Row.t()]
  def fields(definition), do: Enum.filter(definition.header, &is_map/1)

  @doc """
  All rows, in the order of the struct.
  """
  @spec rows(t()) :: [Row.t()]
  def rows(definition) do
    fields(definition) ++ definition.attrs ++ definition.groups ++ List.wrap(definition.unknown)
  end

  @doc """
  The module of the struct that takes the values.
  """
  @spec struct(t()) :: module()
  def struct(%{into: %module{}}), do: module
  def struct(%{module: module}), do: module

  @doc """
  The type of a row's value in the documentation.
  """
  @spec shown(Row.t()) :: Type.t()
  def shown(row), do: Map.get(row, :as, row.type)

  @doc """
  The modules that have tables of a dispatch.
  """
  @spec tables(t()) :: [module()]
  def tables(definition) do
    definition.attrs |> Enum.flat_map(&Type.tables(&1.type)) |> Enum.uniq()
  end

  @doc """
  The fields of the struct, each with its default.
  """
  @spec defaults(t()) :: keyword()
  def defaults(definition) do
    for(row <- fields(definition), do: {row.name, Map.get(row, :default, Type.default(row.type))}) ++
      for(row <- definition.attrs ++ definition.groups, do: {row.name, nil}) ++
      for row <- List.wrap(definition.unknown), do: {row.name, []}
  end

  @doc """
  The type of the struct, quoted.
  """
  @spec spec(t()) :: Macro.t()
  def spec(%{into: %module{}}), do: quote(do: unquote(module).t())

  def spec(definition) do
    known = fields(definition) ++ definition.attrs ++ definition.groups

    types =
      for(row <- known, do: {row.name, quote(do: unquote(Type.spec(shown(row))) | nil)}) ++
        for row <- List.wrap(definition.unknown),
            do: {row.name, quote(do: [{0..0xFFFF, binary()}])}

    quote(do: %unquote(definition.module){unquote_splicing(types)})
  end
end
