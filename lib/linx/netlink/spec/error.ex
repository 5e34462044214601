defmodule Linx.Netlink.Spec.Error do
  @moduledoc """
  A specification that cannot be read: file, line and reason.
  """

  defexception [:file, :line, :text]

  @type t :: %__MODULE__{file: Path.t(), line: non_neg_integer(), text: String.t()}

  @impl true
  def message(%{file: file, line: 0, text: text}), do: "#{file}: #{text}"
  def message(%{file: file, line: line, text: text}), do: "#{file}:#{line}: #{text}"

  @doc false
  # Ends the reading of a specification; `Linx.Netlink.Spec` adds the file.
  @spec fail!(non_neg_integer(), String.t()) :: no_return()
  def fail!(line, text), do: raise(__MODULE__, line: line, text: text)
end
