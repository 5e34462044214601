defmodule Linx.Netlink.Connection.Published do
  @moduledoc false
  # The socket of each connection, where any process finds it by the connection's pid
  # without asking anybody.

  alias Linx.Netlink.Socket

  @type entry :: {:ok, Socket.t()} | {:error, atom()}

  @doc """
  Publishes what the calling process has, until it ends.
  """
  @spec put(entry()) :: :ok
  def put(entry) do
    owner = self()
    _ = get(owner) == :error && clear_after(owner)
    :persistent_term.put({__MODULE__, owner}, entry)
  end

  # Somebody who outlives the owner takes the entry away.
  defp clear_after(owner) do
    spawn(fn ->
      ref = Process.monitor(owner)

      receive do
        {:DOWN, ^ref, :process, _, _} -> :persistent_term.erase({__MODULE__, owner})
      end
    end)
  end

  @doc """
  What a process has published; `:error` if it is no connection, or has ended.
  """
  @spec get(pid()) :: entry() | :error
  def get(pid) do
    # The entry is still there for a moment after its owner.
    with entry when entry != :error <- :persistent_term.get({__MODULE__, pid}, :error),
         do: if(Process.alive?(pid), do: entry, else: :error)
  end
end
