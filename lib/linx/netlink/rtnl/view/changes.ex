defmodule Linx.Netlink.Rtnl.View.Changes do
  @moduledoc false
  # The latest change of each object since the last state. Pure.
  #
  # The map is by hashes of the ids. The key of a route is a nested tuple, and a map by
  # such keys compares them with each other: 36 routes take 1.6 µs each so, and 0.4 µs by hashes.

  alias Linx.Netlink.Resource

  defstruct by_hash: %{}, count: 0

  @typedoc "Plural of a resource, and the key of an object."
  @type id :: {atom(), term()}

  @typedoc """
  The number of a change, the object's id, the operation, the resource, the object, and the object that
  the table holds, if there is one.
  """
  @type change ::
          {non_neg_integer(), id(), :put | :delete, Resource.t(), struct(), struct() | nil}

  @type t :: %__MODULE__{
          by_hash: %{non_neg_integer() => [change()]},
          count: non_neg_integer()
        }

  @doc "The change of an object."
  @spec fetch(t(), id()) :: {:ok, change()} | :error
  def fetch(%__MODULE__{by_hash: by_hash}, id) do
    with %{} when by_hash != %{} <- by_hash,
         {:ok, changes} <- Map.fetch(by_hash, :erlang.phash2(id)),
         {_, _, _, _, _, _} = change <- List.keyfind(changes, id, 1) do
      {:ok, change}
    else
      _ -> :error
    end
  end

  @doc "Adds the latest change of an object, in place of an earlier one."
  @spec put(t(), id(), :put | :delete, Resource.t(), struct(), struct() | nil) :: t()
  def put(%__MODULE__{by_hash: by_hash, count: count}, id, op, resource, object, held) do
    hash = :erlang.phash2(id)
    change = {count, id, op, resource, object, held}

    changes =
      case by_hash do
        %{^hash => changes} -> List.keystore(changes, id, 1, change)
        %{} -> [change]
      end

    %__MODULE__{by_hash: Map.put(by_hash, hash, changes), count: count + 1}
  end

  @doc "The changes in their order."
  @spec in_order(t()) :: [change()]
  def in_order(%__MODULE__{by_hash: by_hash}),
    do: by_hash |> Map.values() |> Enum.concat() |> List.keysort(0)
end
