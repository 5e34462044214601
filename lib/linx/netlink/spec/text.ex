defmodule Linx.Netlink.Spec.Text do
  @moduledoc false
  # Texts of a specification, which are reStructuredText with marks of kernel-doc, as Markdown; and names
  # of a specification as names of Elixir and of C.

  @doc "A text of several paragraphs, without empty lines around it; `nil` for an empty one."
  @spec paragraphs(String.t() | nil) :: String.t() | nil
  def paragraphs(nil), do: nil

  def paragraphs(text) do
    text
    |> plain()
    |> String.replace(~r/^[ \t]*([=~^"*-])\1{2,}[ \t]*$\n?/m, "")
    |> String.replace(~r/[ \t]+$/m, "")
    |> String.trim()
    |> not_empty()
  end

  @doc "A text as one line, for a row of a table; `nil` for an empty one."
  @spec line(String.t() | nil) :: String.t() | nil
  def line(nil), do: nil

  def line(text) do
    with text when text != nil <- paragraphs(text) do
      text
      |> String.replace(~r/\s+/, " ")
      |> String.replace("|", "/")
      |> String.trim_trailing(".")
      |> not_empty()
    end
  end

  # ``code`` and :role:`code` are `code`; @name, %CONSTANT and &struct of kernel-doc are `code` too.
  defp plain(text) do
    text
    |> String.replace("``", "`")
    |> String.replace(~r/:[a-z:]+:`/, "`")
    |> String.replace(~r/(?<![\w`\/.])[@%](\w[\w-]*)/, "`\\1`")
    |> String.replace(~r/(?<![\w`&])&(?:struct )?([A-Za-z]\w*)/, "`\\1`")
  end

  defp not_empty(""), do: nil
  defp not_empty(text), do: text

  @doc "A name as the text of an atom or a function: lower case, underscores."
  @spec name(String.t()) :: String.t()
  def name(text) do
    name = text |> String.downcase() |> String.replace(~r/\W/, "_")
    if name in ~w(nil true false __struct__ __exception__), do: name <> "_", else: name
  end

  @doc "A name as that of a function."
  @spec function(String.t()) :: String.t()
  def function(text) do
    name = name(text)

    cond do
      not (name =~ ~r/\A[a-z_]/) -> "n" <> name
      name in ~w(and or not in when fn do end catch rescue after else) -> name <> "_"
      true -> name
    end
  end

  @doc "A name as the last part of a module's name."
  @spec module(String.t()) :: String.t()
  def module(text) do
    name =
      for part <- String.split(text, ~r/[^A-Za-z0-9]+/, trim: true), into: "", do: camel(part)

    if name =~ ~r/\A[A-Z]/, do: name, else: "N" <> name
  end

  defp camel(<<first::utf8, rest::binary>>), do: String.upcase(<<first::utf8>>) <> rest

  @doc "A name as a constant of C."
  @spec c(String.t()) :: String.t()
  def c(text), do: text |> String.upcase() |> String.replace(~r/\W/, "_")

  @doc "A name as a struct of C."
  @spec c_struct(String.t()) :: String.t()
  def c_struct(text), do: String.replace(text, ~r/\W/, "_")
end
