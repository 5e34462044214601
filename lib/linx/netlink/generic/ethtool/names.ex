defmodule Linx.Netlink.Generic.Ethtool.Names do
  @moduledoc false
  # Names of bits and statistics: the kernel's string sets, asked for once on a socket.

  alias Linx.Netlink.{Batch, Error, Generic, Request, Target}
  alias Linx.Netlink.Generic.Ethtool
  alias Linx.Netlink.Generic.Ethtool.Strset
  alias Linx.Netlink.Socket.Lookups

  @type t :: %{atom() => tuple()}

  @doc """
  The names of string sets that do not depend on a link. A set that the kernel does not have has none.
  """
  @spec fetch(Request.target(), [atom()], keyword()) :: {:ok, t()} | {:error, Generic.error()}
  def fetch(_target, [], _opts), do: {:ok, %{}}

  def fetch(target, sets, opts) do
    target = Batch.target(target)

    with {:ok, sock, _conn} <- Target.resolve(target) do
      Enum.reduce_while(sets, {:ok, %{}}, fn set, {:ok, names} ->
        case cached(target, sock.lookups, set, opts) do
          {:ok, tuple} -> {:cont, {:ok, Map.put(names, set, tuple)}}
          {:error, reason} -> {:halt, {:error, reason}}
        end
      end)
    end
  end

  defp cached(target, lookups, set, opts) do
    with :error <- Lookups.fetch(lookups, {:ethtool, set}),
         {:ok, names} <- ask(target, nil, set, opts) do
      :ok = Lookups.put(lookups, {:ethtool, set}, names)
      {:ok, names}
    end
  end

  @doc "The names of a string set, of a link for those that each link has of its own."
  @spec ask(Request.target(), Ethtool.Dev.t() | nil, atom(), keyword()) ::
          {:ok, tuple()} | {:error, Generic.error()}
  def ask(target, dev, set, opts) do
    query = %Strset{dev: dev || %Ethtool.Dev{}, sets: [%Strset.StringSet{id: set}]}

    case Generic.fetch(target, Ethtool, :strset_get, query, Keyword.take(opts, [:timeout])) do
      {:ok, %{sets: [%{strings: [_ | _]} = set | _]}} ->
        {:ok, set |> Strset.StringSet.strings() |> List.to_tuple()}

      {:ok, _without} ->
        {:ok, {}}

      # An older kernel does not have the set.
      {:error, %Error{errno: :eopnotsupp}} ->
        {:ok, {}}

      {:error, reason} ->
        {:error, reason}
    end
  end
end
