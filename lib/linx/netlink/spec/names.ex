defmodule Linx.Netlink.Spec.Names do
  @moduledoc false
  # The module of a specification's enums, flags and constants.

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Spec.{Document, Plan, Source, Text}

  @doc "The module, if the specification defines any of them."
  @spec module(Plan.t()) :: [{String.t(), map()}]
  def module(%{document: %{enums: [], constants: []}}), do: []

  def module(%{document: document} = plan) do
    enums = for {{name, form}, function} <- plan.enums, do: {function, enum(name, document), form}

    functions =
      for({function, enum, form} <- Enum.sort(enums), do: enum(function, enum, form)) ++
        for constant <- document.constants, do: constant(constant, document)

    doc = """
    Names of numbers, and constants, of `#{document.name}`.

    Kernel side: `include/uapi/#{document.header}`.\
    """

    [{plan.modules[:names], %{doc: doc, body: Enum.intersperse(functions, "\n")}}]
  end

  defp enum(name, document), do: Enum.find(document.enums, &(&1.name == name))

  defp enum(function, enum, form) do
    what = if form == :flags, do: "Masks of the bits", else: "Numbers of the names"

    entries =
      for %{doc: text} = entry when text != nil <- enum.entries,
          do: Source.item(":#{Text.name(entry.name)}", Text.line(text))

    doc =
      ["#{what} of `#{enum.name}`: `#{enum.prefix}*`.", Text.paragraphs(enum.doc), entries]
      |> Enum.reject(&(&1 in [nil, []]))
      |> Enum.intersperse("\n\n")
      |> IO.iodata_to_binary()
      |> String.trim_trailing()

    [
      Source.text("doc", doc),
      "@spec #{function}() :: [{atom(), integer() | atom()}]\n",
      "def #{function}, do: #{inspect(pairs(enum, form), limit: :infinity)}\n"
    ]
  end

  # A second name of an enum's value refers to the first; flags have one name for each bit.
  @spec pairs(Document.enum(), :enum | :flags) :: keyword()
  defp pairs(enum, form) do
    named = for entry <- enum.entries, do: {String.to_atom(Text.name(entry.name)), entry.value}

    {pairs, _} =
      named
      |> Enum.uniq_by(&elem(&1, 0))
      |> Enum.flat_map_reduce(%{}, fn {name, value}, names ->
        case {names, form} do
          {%{^value => first}, :enum} -> {[{name, first}], names}
          {%{^value => _first}, :flags} -> {[], names}
          {_, :enum} -> {[{name, value}], Map.put(names, value, name)}
          {_, :flags} -> {[{name, 1 <<< value}], Map.put(names, value, name)}
        end
      end)

    pairs
  end

  defp constant(constant, document) do
    type = if is_integer(constant.value), do: "integer()", else: "String.t()"
    function = Text.function(constant.name)
    text = Text.paragraphs(constant.doc) || "Constant `#{constant.name}` of `#{document.name}`."

    [
      Source.text("doc", text <> "\n\nKernel side: `#{Text.c(constant.c)}`."),
      "@spec #{function}() :: #{type}\n",
      "def #{function}, do: #{inspect(constant.value)}\n"
    ]
  end
end
