defmodule Linx.Netlink.Codec.Block do
  @moduledoc false
  # The syntax of a `codec` block. It becomes an expression whose value, in the body of the
  # module, is the list of its declarations; `Linx.Netlink.Codec.Definition` takes them from there.

  @typedoc """
  A declaration: its line, its name and its arguments. Those of a header with fields are the C
  struct or `nil`, its options, and the declarations of the fields.
  """
  @type declaration :: {line :: pos_integer(), atom(), [term()]}

  @doc """
  The expression of the list of declarations. Raises `CompileError` with the line of what is none.
  """
  @spec declarations(Macro.t(), Macro.Env.t()) :: Macro.t()
  def declarations(block, env), do: block |> lines() |> Enum.map(&declaration(&1, env))

  defp lines({:__block__, _, lines}), do: lines
  defp lines(nil), do: []
  defp lines(line), do: [line]

  defp declaration({:header, meta, args} = line, env) when args != [] and is_list(args) do
    case Enum.split(args, -1) do
      {args, [[do: block]]} ->
        items = block |> lines() |> Enum.map(&item(&1, env))
        declared(:header, meta, header(args, line, env) ++ [items], env)

      # The fields are needed while the module is compiled: the alias is left as it is.
      {[], [module]} ->
        declared(:header, meta, [module, []], env)

      {[module], [opts]} ->
        declared(:header, meta, [module, opts], env)

      _ ->
        unexpected(line, env)
    end
  end

  defp declaration({:include, meta, [module]}, env), do: declared(:include, meta, [module], env)

  defp declaration({:attr, meta, [id, name, type | rest]} = line, env) do
    declared(:attr, meta, [id, name, at_runtime(type, env) | rest(rest, line, env)], env)
  end

  defp declaration({:group, meta, [name, module | rest]} = line, env) do
    declared(:group, meta, [name, at_runtime(module, env) | rest(rest, line, env)], env)
  end

  defp declaration({:unknown, meta, [name | rest]} = line, env) do
    declared(:unknown, meta, [name | rest(rest, line, env)], env)
  end

  defp declaration(other, env), do: unexpected(other, env)

  defp header([], _line, _env), do: [nil, []]
  defp header([struct], _line, _env), do: [struct, []]
  defp header([struct, opts], _line, _env), do: [struct, opts]
  defp header(_args, line, env), do: unexpected(line, env)

  defp item({:field, meta, [name, type | rest]} = line, env) do
    declared(:field, meta, [name, at_runtime(type, env) | rest(rest, line, env)], env)
  end

  defp item({:pad, meta, [size]}, env), do: declared(:pad, meta, [size], env)

  # As with the header of another module.
  defp item({:embed, meta, [module]}, env),
    do: declared(:embed, meta, [nil, module, []], env)

  defp item({:embed, meta, [name, module]}, env),
    do: declared(:embed, meta, [name, module, []], env)

  defp item({:embed, meta, [name, module, opts]}, env),
    do: declared(:embed, meta, [name, module, opts], env)

  defp item(other, env) do
    fail!(
      {env, line(other, env)},
      "expected field, pad or embed in a header, got: #{show(other)}"
    )
  end

  # Behind the type: a description, then options.
  defp rest([], _line, _env), do: [nil, []]
  defp rest([opts], _line, _env) when is_list(opts), do: [nil, opts]
  defp rest([text], _line, _env), do: [text, []]
  defp rest([text, opts], _line, _env), do: [text, opts]
  defp rest(_args, line, env), do: unexpected(line, env)

  defp declared(name, meta, args, env), do: {:{}, [], [meta[:line] || env.line, name, args]}

  @doc """
  A type or a table of types in which aliases are expanded as inside a function: references to
  modules at run time. Other expressions in it are evaluated while the module is compiled.
  """
  @spec at_runtime(Macro.t(), Macro.Env.t()) :: Macro.t()
  def at_runtime({:__aliases__, _, _} = alias, env) do
    Macro.expand(alias, %{env | function: {:__codec__, 0}})
  end

  def at_runtime({:{}, meta, elements}, env), do: {:{}, meta, at_runtime(elements, env)}

  def at_runtime({:%{}, meta, entries} = table, env) do
    keys = for {key, _} <- entries, not is_tuple(key), do: key

    with [key | _] <- keys -- Enum.uniq(keys),
         do: fail!({env, line(table, env)}, "#{inspect(key)} is twice in a table")

    {:%{}, meta, at_runtime(entries, env)}
  end

  def at_runtime({left, right}, env), do: {at_runtime(left, env), at_runtime(right, env)}
  def at_runtime(list, env) when is_list(list), do: Enum.map(list, &at_runtime(&1, env))
  def at_runtime(other, _env), do: other

  @spec unexpected(Macro.t(), Macro.Env.t()) :: no_return()
  defp unexpected(other, env) do
    text = "expected header, attr, group, unknown or include, got: #{show(other)}"
    fail!({env, line(other, env)}, text)
  end

  @typedoc "The declaration that is checked."
  @type place :: {Macro.Env.t(), line :: pos_integer() | nil}

  @doc """
  Raises a `CompileError` of a block.
  """
  @spec fail!(place(), String.t()) :: no_return()
  def fail!({env, line}, text) do
    raise CompileError, file: env.file, line: line || env.line, description: "codec: " <> text
  end

  defp line({_, meta, _}, env) when is_list(meta), do: meta[:line] || env.line
  defp line(_, env), do: env.line

  defp show(ast), do: Macro.to_string(ast)
end
