defmodule Linx.Netlink.Codec.Block do
  @moduledoc false
  # Reads a `codec` block: first its syntax (`parse/2`), then, when names and
  # ids have been evaluated in the module's body, what they say (`check!/2`).

  @unsigned [:u8, :u16, :u32, :u64, :be16, :be32, :be64]
  @signed [:s8, :s16, :s32, :s64]
  @scalars @unsigned ++ @signed
  @simple [:string, :binary, :flag, :uint, :sint, :bitfield32]
  @tags [:enum, :flags, :nested, :dispatch, :array, :repeated, :packed, :chain]
  @reserved [:__struct__, :__exception__, nil, true, false]
  @no_modules @scalars ++ @simple ++ @tags ++ @reserved

  @typedoc """
  `:schema` is quoted and evaluates to what `__codec__/0` returns; `:fields` is
  the argument of `defstruct`, `:types` that of the struct in `t`.
  """
  @type parsed :: %{schema: Macro.t(), fields: keyword(), types: [{atom(), Macro.t()}]}

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
      fields:
        for({name, _, _} <- fields, do: {name, 0}) ++
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

  defp module!(module, _env, _line)
       when is_atom(module) and module not in @no_modules do
    module
  end

  defp module!(other, env, line), do: fail(env, line, "not a type: #{show(other)}")

  defp scalar_spec(scalar) when scalar in @unsigned, do: quote(do: non_neg_integer())
  defp scalar_spec(scalar) when scalar in @signed, do: quote(do: integer())

  defp remote(module), do: quote(do: unquote(module).t())
  defp optional(spec), do: quote(do: unquote(spec) | nil)
  defp either([spec]), do: spec
  defp either([spec | rest]), do: quote(do: unquote(spec) | unquote(either(rest)))

  # What evaluation has shown

  @doc """
  Checks an evaluated schema and returns it. Raises `CompileError`.
  """
  @spec check!(map(), Macro.Env.t()) :: map()
  def check!(%{header: header, attrs: attrs} = schema, env) do
    if Module.has_attribute?(env.module, :linx_codec_digest) do
      fail(env, env.line, "a module has at most one codec block")
    end

    before =
      for item <- header, reduce: [] do
        before ->
          case item do
            {:field, name, type} -> [{name, numbered!(type, env)} | before]
            {:pad, size} when is_integer(size) and size >= 0 -> before
            {:pad, size} -> fail(env, env.line, "not a number of bytes: pad #{inspect(size)}")
          end
      end

    Enum.reduce(attrs, before, fn {id, name, type}, before ->
      id!(id, name, env)
      [{name, evaluated!(type, name, before, env)} | before]
    end)

    schema
  end

  defp id!(id, _name, _env) when is_integer(id) and id in 0..0xFFFF, do: id

  defp id!(id, name, env) do
    fail(env, env.line, "the id of #{inspect(name)} is not in 0..0xFFFF: #{inspect(id)}")
  end

  defp evaluated!({tag, _, _} = type, _name, _before, env) when tag in [:enum, :flags] do
    numbered!(type, env)
  end

  defp evaluated!({:array, of, id} = type, name, before, env) do
    id!(id, name, env)
    evaluated!(of, name, before, env)
    type
  end

  defp evaluated!({tag, of} = type, name, before, env) when tag in [:array, :repeated] do
    evaluated!(of, name, before, env)
    type
  end

  defp evaluated!({:dispatch, field, table}, name, _before, env) when not is_map(table) do
    fail(env, env.line, "#{inspect(name)} by #{inspect(field)} has no table: #{inspect(table)}")
  end

  defp evaluated!({:dispatch, field, table} = type, name, before, env) do
    selector =
      case List.keyfind(before, field, 0) do
        {_, selector} ->
          selector

        nil ->
          fail(
            env,
            env.line,
            "#{inspect(name)} depends on #{inspect(field)}, which is not declared before it"
          )
      end

    for {key, of} <- table do
      key!(selector, key, field, env)
      evaluated!(of, name, before, env)
    end

    type
  end

  defp evaluated!(type, _name, _before, _env), do: type

  # A module may make any value of its bytes, so any key may occur.
  defp key!(selector, key, field, env) do
    fits? =
      case selector do
        {:enum, _, names} -> is_integer(key) or Keyword.has_key?(names, key)
        {:flags, _, _} -> is_integer(key)
        type when type in [:string, :binary] -> is_binary(key)
        type when type in @scalars or type in [:uint, :sint] -> is_integer(key)
        type -> is_atom(type)
      end

    unless fits?, do: fail(env, env.line, "#{inspect(field)} is never #{inspect(key)}")
  end

  defp numbered!({tag, _, names} = type, env) when tag in [:enum, :flags] do
    valid? =
      is_list(names) and
        Enum.all?(names, fn
          {name, number} -> is_atom(name) and is_integer(number)
          _ -> false
        end)

    unless valid? do
      fail(env, env.line, "names are a keyword list of integers, got: #{inspect(names)}")
    end

    type
  end

  defp numbered!(type, _env), do: type

  @spec fail(Macro.Env.t(), pos_integer() | nil, String.t()) :: no_return()
  defp fail(env, line, text) do
    raise CompileError, file: env.file, line: line || env.line, description: "codec: " <> text
  end

  defp line({_, meta, _}, env) when is_list(meta), do: meta[:line] || env.line
  defp line(_, env), do: env.line

  defp show(ast), do: Macro.to_string(ast)
end
