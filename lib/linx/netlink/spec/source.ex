defmodule Linx.Netlink.Spec.Source do
  @moduledoc false
  # The source of each module of a plan, formatted, in an order in which they can be compiled one after
  # the other.

  alias Linx.Netlink.Spec.{Codecs, Family, Names, Plan}

  # Macros of generated sources, which read best without parentheses.
  @macros [
    codec: 1,
    codec: 2,
    attr: 3,
    attr: 4,
    attr: 5,
    field: 2,
    field: 3,
    field: 4,
    pad: 1,
    header: 1,
    header: 2,
    header: 3,
    include: 1,
    table: 1,
    command: 3,
    command: 4,
    event: 3
  ]

  @doc "The modules' names and sources."
  @spec all(Plan.t()) :: [{module :: String.t(), source :: String.t()}]
  def all(plan) do
    modules = Names.module(plan) ++ Codecs.modules(plan) ++ [Family.module(plan)]
    for {name, parts} <- modules, do: {name, module(name, parts)}
  end

  defp module(name, %{doc: doc, body: body} = parts) do
    source = [
      ["defmodule ", name, " do\n", text("moduledoc", doc), "\n"],
      [Map.get(parts, :use, ""), "\n\n", aliases(Map.get(parts, :used, [])), body, "\nend"]
    ]

    source
    |> IO.iodata_to_binary()
    |> Code.format_string!(locals_without_parens: @macros)
    |> IO.iodata_to_binary()
    |> Kernel.<>("\n")
  end

  defp aliases([]), do: ""

  defp aliases(used) do
    used = Enum.sort(Enum.uniq(used))
    root = used |> hd() |> String.split(".") |> Enum.drop(-1) |> Enum.join(".")
    names = Enum.map(used, &(&1 |> String.split(".") |> List.last()))

    case names do
      [name] -> "alias #{root}.#{name}\n\n"
      names -> "alias #{root}.{#{Enum.join(names, ", ")}}\n\n"
    end
  end

  @doc "The source of a documentation attribute."
  @spec text(String.t(), String.t()) :: iolist()
  def text(attribute, text) do
    text =
      text
      |> String.replace("\\", "\\\\")
      |> String.replace("\#{", "\\\#{")
      |> String.replace(~s("""), ~s(\\"""))

    ["@", attribute, ~s( """\n), text, ~s(\n"""\n)]
  end

  @doc "The entry of a list in a documentation: a name and its text."
  @spec item(String.t(), String.t() | nil) :: String.t()
  def item(name, nil), do: "  * `#{name}`\n"

  def item(name, text) do
    text = text |> String.replace("\n", "\n    ") |> String.replace(~r/^ +$/m, "")
    "  * `#{name}` - #{text}\n"
  end
end
