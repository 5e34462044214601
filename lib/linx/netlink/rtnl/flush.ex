defmodule Linx.Netlink.Rtnl.Flush do
  @moduledoc false
  # Deletes listed objects in one batch.

  alias Linx.Netlink.{Batch, Error, Request}

  @doc """
  Sends the requests of one message type, and counts the objects that they deleted.

  An object may be gone before its request is carried out: with another one, or with its link.
  Refusals with an errno of `:gone` are passed over, those of `:deleted` counted. Any other error
  is returned.
  """
  @spec run(Request.target(), 0..0xFFFF, [struct()], keyword(), keyword()) ::
          {:ok, non_neg_integer()} | {:error, term()}
  def run(sock, type, requests, errnos, request) do
    gather = fn batch -> Enum.map(requests, &Request.run(batch, type, 0, &1)) end

    with {:ok, results} <- Batch.run(sock, gather, Keyword.take(request, [:timeout])),
         do: count(results, 0, errnos[:gone] || [], errnos[:deleted] || [])
  end

  @doc false
  @spec count([Batch.result()], non_neg_integer(), [atom()], [atom()]) ::
          {:ok, non_neg_integer()} | {:error, term()}
  def count([], count, _gone, _deleted), do: {:ok, count}
  def count([:ok | results], count, gone, deleted), do: count(results, count + 1, gone, deleted)

  def count([{:error, reason} | results], count, gone, deleted) do
    errno = if is_struct(reason, Error), do: reason.errno

    cond do
      errno in gone -> count(results, count, gone, deleted)
      errno in deleted -> count(results, count + 1, gone, deleted)
      true -> {:error, reason}
    end
  end
end
