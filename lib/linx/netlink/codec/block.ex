defmodule Linx.Netlink.Codec.Block do
  @moduledoc false
  # Reads a `codec` block: its syntax, before names and ids have been evaluated in the module's
  # body. `Linx.Netlink.Codec.Check` has what comes then.

  @unsigned [:u8, :u16, :u32, :u64, :be16, :be32, :be64]
  @signed [:s8, :s16, :s32, :s64]
  @scalars @unsigned ++ @signed
  # Of types that are no names of modules either, but may be meant for one of the above.
  @likely [:int, :integer, :bool, :boolean, :float, :double, :atom, :list, :map, :tuple, :struct]
  @simple [:string, :binary, :flag, :uint, :sint, :bitfield32]
  @tags [:enum, :flags, :nested, :dispatch, :array, :repeated, :packed, :chain]
  @reserved [:__struct__, :__exception__, nil, true, false]
  @no_modules @scalars ++ @simple ++ @tags ++ @reserved

  @typedoc """
  `:schema` is quoted and evaluates to what `__codec__/0` returns; `:lines` holds the lines of
  its header's items, attributes and groups, in their order; `:fields` is the argument of
  `defstruct`, `:types` that of the struct in `t`.
  """
  @type parsed :: %{
          schema: Macro.t(),
          lines: %{header: [pos_integer()], attrs: [pos_integer()], groups: [pos_integer()]},
          fields: keyword(),
          types: [{atom(), Macro.t()}]
        }

  @doc """
  Takes the block apart. Raises `CompileError` with the line of the declaration.
  """
  @spec parse(Macro.t(), Macro.Env.t()) :: parsed()
  def parse(block, env) do
    decls =
      block |> lines() |> Enum.flat_map(&marked(&1, env, fn line -> declaration(line, env) end))

    headers = for {:header, line, items} <- decls, do: {line, items}
    attrs = for {:attr, _, id, name, type, spec} <- decls, do: {id, name, type, spec}
    groups = for {:group, _, name, module} <- decls, do: {name, module}
    unknown = for {:unknown, line, name} <- decls, do: {line, name}

    with [_, {line, _} | _] <- headers, do: fail(env, line, "header is declared twice")
    with [_, {line, _} | _] <- unknown, do: fail(env, line, "unknown is declared twice")

    items = Enum.flat_map(headers, fn {_, items} -> items end)
    unique!(items ++ decls, env)
    fields = for {:field, _, name, type, spec} <- items, do: {name, type, spec}
    volatile = for {:volatile, name} <- items ++ decls, do: name

    %{
      schema: schema(env.module, items, attrs, groups, unknown, volatile),
      lines: %{
        header: for(item <- items, elem(item, 0) in [:field, :pad], do: elem(item, 1)),
        attrs: for(decl <- decls, elem(decl, 0) == :attr, do: elem(decl, 1)),
        groups: for(decl <- decls, elem(decl, 0) == :group, do: elem(decl, 1))
      },
      fields:
        for({name, type, _} <- fields, do: {name, default(type)}) ++
          for({_, name, _, _} <- attrs, do: {name, nil}) ++
          for({name, _} <- groups, do: {name, nil}) ++
          for({_, name} <- unknown, do: {name, []}),
      types:
        for({name, _, spec} <- fields, do: {name, optional(spec)}) ++
          for({_, name, _, spec} <- attrs, do: {name, optional(spec)}) ++
          for({name, module} <- groups, do: {name, optional(remote(module))}) ++
          for({_, name} <- unknown, do: {name, quote(do: [{0..0xFFFF, binary()}])})
    }
  end

  defp default({:binary, _size}), do: nil
  defp default(_number), do: 0

  defp schema(module, items, attrs, groups, unknown, volatile) do
    header =
      Enum.flat_map(items, fn
        {:field, _, name, type, _} -> [{:{}, [], [:field, name, type]}]
        {:pad, _, size} -> [{:pad, size}]
        {:volatile, _name} -> []
      end)

    attrs = for {id, name, type, _} <- attrs, do: {:{}, [], [id, name, type]}
    more = if(groups == [], do: [], else: [groups: groups])
    more = for({_, name} <- unknown, do: {:unknown, name}) ++ more
    more = if(volatile == [], do: more, else: [volatile: volatile] ++ more)
    {:%{}, [], [module: module, header: header, attrs: attrs] ++ more}
  end

  # Declarations

  defp lines({:__block__, _, lines}), do: lines
  defp lines(nil), do: []
  defp lines(line), do: [line]

  # A row with options is the row without them, and its name once more for each mark.
  defp marked({tag, meta, args} = row, env, declare) when tag in [:attr, :field] do
    plain = if tag == :attr, do: 3, else: 2

    case Enum.split(args, plain) do
      {args, [[volatile: true]]} -> mark(declare.({tag, meta, args}))
      {_args, [other]} -> fail(env, meta[:line], "expected volatile: true, got: #{show(other)}")
      {_args, _none} -> [declare.(row)]
    end
  end

  defp marked(other, _env, declare), do: [declare.(other)]

  defp mark(declaration) do
    {name, _line} = name_of(declaration)
    [declaration, {:volatile, name}]
  end

  defp declaration({:header, meta, [[do: block]]}, env) do
    {:header, meta[:line],
     block |> lines() |> Enum.flat_map(&marked(&1, env, fn line -> item(line, env) end))}
  end

  defp declaration({:attr, meta, [id, name, type]}, env) do
    {type, spec} = type(type, env, meta[:line])
    {:attr, meta[:line], id, name!(name, env, meta[:line]), type, spec}
  end

  defp declaration({:group, meta, [name, module]}, env) do
    {:group, meta[:line], name!(name, env, meta[:line]), module!(module, env, meta[:line])}
  end

  defp declaration({:unknown, meta, [name]}, env) do
    {:unknown, meta[:line], name!(name, env, meta[:line])}
  end

  defp declaration(other, env) do
    fail(env, line(other, env), "expected header, attr, group or unknown, got: #{show(other)}")
  end

  defp item({:field, meta, [name, type]}, env) do
    {type, spec} = fixed(type, env, meta[:line])
    {:field, meta[:line], name!(name, env, meta[:line]), type, spec}
  end

  defp item({:pad, meta, [size]}, _env), do: {:pad, meta[:line], size}

  defp item(other, env) do
    fail(env, line(other, env), "expected field or pad in a header, got: #{show(other)}")
  end

  defp unique!(decls, env) do
    Enum.reduce(decls, %{}, fn decl, seen ->
      case name_of(decl) do
        nil ->
          seen

        {name, line} when is_map_key(seen, name) ->
          fail(env, line, "#{inspect(name)} is declared twice")

        {name, line} ->
          Map.put(seen, name, line)
      end
    end)
  end

  defp name_of({:field, line, name, _, _}), do: {name, line}
  defp name_of({:attr, line, _, name, _, _}), do: {name, line}
  defp name_of({:group, line, name, _}), do: {name, line}
  defp name_of({:unknown, line, name}), do: {name, line}
  defp name_of(_header_or_pad), do: nil

  defp name!(name, _env, _line) when is_atom(name) and name not in @reserved, do: name
  defp name!(name, env, line), do: fail(env, line, "not a field name: #{show(name)}")

  # Types, each with its type specification

  defp fixed(scalar, _env, _line) when scalar in @scalars, do: {scalar, scalar_spec(scalar)}

  defp fixed({:{}, _, [tag, scalar, names]}, env, line) when tag in [:enum, :flags] do
    unless scalar in @scalars, do: fail(env, line, "not a scalar: #{show(scalar)}")

    spec =
      case tag do
        :enum -> quote(do: atom() | integer())
        :flags -> quote(do: [atom() | non_neg_integer()] | non_neg_integer())
      end

    {{:{}, [], [tag, scalar, names]}, spec}
  end

  defp fixed({:binary, size}, _env, _line) when is_integer(size) and size > 0,
    do: {{:binary, size}, quote(do: binary())}

  defp fixed(other, env, line), do: fail(env, line, "not a type of fixed width: #{show(other)}")

  defp type(type, env, line) when type in @scalars, do: fixed(type, env, line)
  defp type(:string, _env, _line), do: {:string, quote(do: String.t())}
  defp type(:binary, _env, _line), do: {:binary, quote(do: binary())}
  defp type(:flag, _env, _line), do: {:flag, quote(do: boolean())}
  defp type(:uint, _env, _line), do: {:uint, quote(do: non_neg_integer())}
  defp type(:sint, _env, _line), do: {:sint, quote(do: integer())}

  defp type(:bitfield32, _env, _line) do
    {:bitfield32, quote(do: {non_neg_integer(), non_neg_integer()})}
  end

  defp type({:{}, _, [tag, _, _]} = type, env, line) when tag in [:enum, :flags] do
    fixed(type, env, line)
  end

  defp type({:nested, module}, env, line) do
    module = module!(module, env, line)
    {{:nested, module}, remote(module)}
  end

  defp type({:chain, module}, env, line) do
    module = module!(module, env, line)
    {{:chain, module}, [remote(module)]}
  end

  defp type({:packed, of}, env, line) do
    {of, spec} = if of in @scalars, do: fixed(of, env, line), else: module(of, env, line)
    {{:packed, of}, [spec]}
  end

  defp type({tag, of}, env, line) when tag in [:array, :repeated] do
    {of, spec} = type(of, env, line)
    {{tag, of}, [spec]}
  end

  defp type({:{}, _, [:array, of, id]}, env, line) do
    {of, spec} = type(of, env, line)
    {{:{}, [], [:array, of, id]}, [spec]}
  end

  defp type({:{}, _, [:dispatch, field, {:%{}, _, entries}]}, env, line) do
    field = name!(field, env, line)
    literals = for {key, _} <- entries, not is_tuple(key), do: key

    with [key | _] <- literals -- Enum.uniq(literals),
         do: fail(env, line, "#{inspect(key)} is twice in the table by #{inspect(field)}")

    {entries, specs} =
      entries
      |> Enum.map(fn {key, of} ->
        {of, spec} = type(of, env, line)
        {{key, of}, spec}
      end)
      |> Enum.unzip()

    {{:{}, [], [:dispatch, field, {:%{}, [], entries}]},
     either(Enum.uniq(specs) ++ [quote(do: binary())])}
  end

  # A table that several modules share.
  defp type({:{}, _, [:dispatch, field, {:@, _, _} = table]}, env, line) do
    {{:{}, [], [:dispatch, name!(field, env, line), table]}, quote(do: term())}
  end

  defp type(other, env, line), do: module(other, env, line)

  defp module(module, env, line) do
    module = module!(module, env, line)
    {module, remote(module)}
  end

  # An alias is expanded as if inside a function: a reference at runtime.
  defp module!({:__aliases__, _, _} = alias, env, line) do
    module!(Macro.expand(alias, %{env | function: {:__codec__, 0}}), env, line)
  end

  defp module!({:__MODULE__, _, _}, env, _line), do: env.module

  defp module!(module, env, line)
       when is_atom(module) and module not in @no_modules do
    if misspelt?(module),
      do: fail(env, line, "not a type, nor a module: #{show(module)}"),
      else: module
  end

  defp module!(other, env, line), do: fail(env, line, "not a type: #{show(other)}")

  @doc """
  Whether a type may be a module.
  """
  @spec module?(term()) :: boolean()
  def module?(type), do: is_atom(type) and type not in @no_modules

  @doc """
  Whether an atom looks like a type that does not exist, and no module of that name does either.

  Any other atom is the name of a module, which may be compiled later.
  """
  @spec misspelt?(atom()) :: boolean()
  def misspelt?(module) do
    name = Atom.to_string(module)

    not String.starts_with?(name, "Elixir.") and
      (module in @likely or name =~ ~r/^[a-z]{1,4}\d+$/ or alike?(name)) and
      not Code.ensure_loaded?(module)
  end

  defp alike?(name) do
    Enum.any?(@simple ++ @tags, &(String.jaro_distance(Atom.to_string(&1), name) > 0.85))
  end

  defp scalar_spec(scalar) when scalar in @unsigned, do: quote(do: non_neg_integer())
  defp scalar_spec(scalar) when scalar in @signed, do: quote(do: integer())

  defp remote(module), do: quote(do: unquote(module).t())
  defp optional(spec), do: quote(do: unquote(spec) | nil)
  defp either([spec]), do: spec
  defp either([spec | rest]), do: quote(do: unquote(spec) | unquote(either(rest)))

  @doc false
  @spec fail(Macro.Env.t(), pos_integer() | nil, String.t()) :: no_return()
  def fail(env, line, text) do
    raise CompileError, file: env.file, line: line || env.line, description: "codec: " <> text
  end

  defp line({_, meta, _}, env) when is_list(meta), do: meta[:line] || env.line
  defp line(_, env), do: env.line

  defp show(ast), do: Macro.to_string(ast)
end
