defmodule Linx.Netlink.Codec.Doc do
  @moduledoc false
  # The documentation of a codec's struct: a table of its rows.

  alias Linx.Netlink.Codec.{Definition, Row, Type}

  @columns ["field", "type", "kernel", "description"]

  # Names of an enum or flags from which on they are not listed.
  @many 16

  @doc """
  The documentation of the struct that a `codec` block defines. A column without text is left out.
  """
  @spec struct(Definition.t()) :: String.t()
  def struct(definition) do
    case {Definition.rows(definition), definition.struct} do
      {[], nil} -> "The struct. It has no fields."
      {[], struct} -> "The struct. Its header is `struct #{struct}`."
      {rows, nil} -> "The struct.\n\n" <> table(rows)
      {rows, struct} -> "The struct. Its header is `struct #{struct}`.\n\n" <> table(rows)
    end
  end

  defp table(rows) do
    rows = Enum.map(rows, &cells/1)

    shown = for n <- 0..3, n < 2 or Enum.any?(rows, &(Enum.at(&1, n) != "")), do: n

    rule = List.duplicate("---", length(@columns))
    Enum.map_join([@columns, rule | rows], &line(&1, shown))
  end

  defp line(cells, shown), do: Enum.map_join(shown, &"| #{Enum.at(cells, &1)} ") <> "|\n"

  @spec cells(Row.t()) :: [String.t()]
  defp cells(row),
    do: ["`#{inspect(row.name)}`", type(Definition.shown(row)), c(row), row.text || ""]

  defp c(%{c: {member, _offset, _size}}), do: "`#{member}`"
  defp c(%{c: c}) when is_binary(c), do: "`#{c}`"
  defp c(_row), do: ""

  defp type({tag, scalar, names}) when tag in [:enum, :flags] do
    if length(names) < @many,
      do: "#{tag} of " <> Enum.map_join(names, ", ", fn {name, _} -> "`#{inspect(name)}`" end),
      else: "#{tag} in `#{inspect(scalar)}`"
  end

  defp type({:bool, scalar}), do: "boolean in `#{inspect(scalar)}`"
  defp type({:binary, size}), do: "binary, #{size} bytes"
  defp type({tag, module}) when tag in [:nested, :attributes], do: type(module)
  defp type({:array, of, _id}), do: type({:array, of})

  defp type({:indexed, of}), do: "list of `{number, value}`, each #{type(of)}"

  defp type({tag, of}) when tag in [:array, :repeated, :packed, :chain],
    do: "list of #{type(of)}"

  defp type({:patterns, _name, _prefix}), do: "list of names and prefixes"
  defp type({:dispatch, {:outer, field}, _}), do: "by `#{inspect(field)}` of the outer set"
  defp type({:dispatch, field, _}), do: "by `#{inspect(field)}`"

  defp type(type) do
    if Type.module?(type), do: "`t:#{inspect(type)}.t/0`", else: "`#{inspect(type)}`"
  end
end
