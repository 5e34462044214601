defmodule Linx.Netlink.Spec.Node do
  @moduledoc false
  # Nodes of a YAML document, each with its line, and the values that a specification expects in them.

  alias Linx.Netlink.Spec.Error

  @type t ::
          {line :: non_neg_integer(),
           %{String.t() => t()} | [t()] | String.t() | integer() | boolean() | nil}

  @doc "Whether a map has a key."
  @spec has?(t(), String.t()) :: boolean()
  def has?({_line, map}, key), do: is_map_key(map, key)

  @doc "The node of a key that a map must have."
  @spec fetch!(t(), String.t()) :: t()
  def fetch!({line, map}, key) when is_map(map) do
    case map do
      %{^key => node} -> node
      _ -> Error.fail!(line, "#{key} is missing")
    end
  end

  def fetch!({line, _other}, _key), do: Error.fail!(line, "not a map")

  @doc "The node of a key, or `nil`."
  @spec get(t(), String.t()) :: t() | nil
  def get({_line, map}, key) when is_map(map), do: map[key]
  def get({line, _other}, _key), do: Error.fail!(line, "not a map")

  @doc "The nodes of the list at a key, none if there is no key."
  @spec list(t() | nil, String.t()) :: [t()]
  def list(nil, _key), do: []

  def list(node, key) do
    case get(node, key) do
      nil -> []
      {_line, nodes} when is_list(nodes) -> nodes
      {line, _other} -> Error.fail!(line, "#{key} is not a list")
    end
  end

  @doc "The text at a key, or the default. Numbers count as texts."
  @spec text(t(), String.t(), String.t() | nil) :: String.t() | nil
  def text(node, key, default \\ nil) do
    case get(node, key) do
      nil -> default
      {_line, nil} -> default
      {_line, value} when not is_map(value) and not is_list(value) -> to_string(value)
      {line, _other} -> Error.fail!(line, "#{key} is not a text")
    end
  end

  @doc "The text at a key that a map must have."
  @spec text!(t(), String.t()) :: String.t()
  def text!(node, key) do
    {line, _value} = fetch!(node, key)
    text(node, key) || Error.fail!(line, "#{key} is empty")
  end

  @doc "The integer at a key, or the default."
  @spec integer(t(), String.t(), integer() | nil) :: integer() | nil
  def integer(node, key, default \\ nil) do
    case get(node, key) do
      nil -> default
      {_line, value} when is_integer(value) -> value
      {line, value} -> Error.fail!(line, "#{key} is not an integer: #{inspect(value)}")
    end
  end

  @doc "Whether a key has the value `true`."
  @spec true?(t(), String.t()) :: boolean()
  def true?(node, key), do: match?({_line, true}, get(node, key))

  @doc "The texts of the list at a key."
  @spec texts(t() | nil, String.t()) :: [String.t()]
  def texts(node, key) do
    for {line, value} <- list(node, key) do
      if is_map(value) or is_list(value), do: Error.fail!(line, "not a text"), else: "#{value}"
    end
  end
end
