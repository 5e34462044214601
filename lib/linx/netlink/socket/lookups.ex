defmodule Linx.Netlink.Socket.Lookups do
  @moduledoc false
  # What the kernel was asked once on a socket of generic netlink: ids of families, names of bits. A
  # table of the process that opened the socket, which ends with it, as the socket does.

  @netlink_generic 16

  @type t :: :ets.tid()

  @doc """
  The table of a new socket; `nil` for other protocols, which have nothing to look up.
  """
  @spec new(non_neg_integer()) :: t() | nil
  def new(@netlink_generic), do: :ets.new(__MODULE__, [:public, read_concurrency: true])
  def new(_protocol), do: nil

  @doc """
  The value of a key; `:error` if there is none, or the socket is closed.
  """
  @spec fetch(t() | nil, term()) :: {:ok, term()} | :error
  def fetch(nil, _key), do: :error

  def fetch(table, key) do
    case :ets.lookup(table, key) do
      [{^key, value}] -> {:ok, value}
      [] -> :error
    end
  rescue
    # The table has been deleted.
    ArgumentError -> :error
  end

  @doc "Stores the value of a key."
  @spec put(t() | nil, term(), term()) :: :ok
  def put(nil, _key, _value), do: :ok

  def put(table, key, value) do
    true = :ets.insert(table, {key, value})
    :ok
  rescue
    ArgumentError -> :ok
  end

  @doc "Deletes the table, with the socket."
  @spec delete(t() | nil) :: :ok
  def delete(nil), do: :ok

  def delete(table) do
    true = :ets.delete(table)
    :ok
  rescue
    ArgumentError -> :ok
  end
end
