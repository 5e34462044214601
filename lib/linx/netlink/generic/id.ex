defmodule Linx.Netlink.Generic.Id do
  @moduledoc false
  # Ids of families, which are the types of their messages. The kernel gives a family another one when
  # its module is loaded again.

  alias Linx.Netlink.{Batch, Generic, Options, Request, Target}
  alias Linx.Netlink.Socket.Lookups

  @netlink_generic 16

  @type result :: {:ok, 0..0xFFFF} | {:error, Generic.error()}

  @doc """
  The id of a family, looked up at the first use on a socket. The options are those of the request that
  needs it.
  """
  @spec fetch(Request.target(), String.t(), keyword()) :: result()
  def fetch(target, name, opts) do
    target = Batch.target(target)

    with {:ok, lookups} <- lookups(target),
         :error <- Lookups.fetch(lookups, {:family, name}),
         do: look_up(target, lookups, name, opts)
  end

  @doc """
  Looks up the id of a family whose former one the kernel may not know any more; `:same` if it has it
  still.
  """
  @spec renew(Request.target(), String.t(), 0..0xFFFF, keyword()) :: result() | :same
  def renew(target, name, id, opts) do
    target = Batch.target(target)

    with {:ok, lookups} <- lookups(target),
         {:ok, ^id} <- look_up(target, lookups, name, opts),
         do: :same
  end

  defp lookups(target) do
    with :ok <- Target.check(target, @netlink_generic),
         {:ok, sock, _conn} <- Target.resolve(target),
         do: {:ok, sock.lookups}
  end

  defp look_up(target, lookups, name, opts) do
    {given, _others} = Options.split_keys(opts, [:timeout])

    with {:ok, family} <- Generic.family(target, name, given) do
      :ok = Lookups.put(lookups, {:family, name}, family.id)
      {:ok, family.id}
    end
  end
end
