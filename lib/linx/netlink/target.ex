defmodule Linx.Netlink.Target do
  @moduledoc false
  # Where a request goes: a socket, a connection, or a batch of one of them.

  alias Linx.Netlink.{Batch, Connection, Socket}

  @type t :: Socket.t() | Connection.handle() | Batch.t()

  @type error ::
          {:bad_target, term()}
          | {:wrong_protocol, {expected :: non_neg_integer(), actual :: non_neg_integer()}}

  # Whether requests of a protocol can go there; of any protocol if it is `nil`. A connection
  # that is not there now has no protocol, and is reported when the request is sent.
  @spec check(term(), non_neg_integer() | nil) :: :ok | {:error, error()}
  def check(%Batch{sock: target}, protocol), do: check(target, protocol)
  def check(%Socket{protocol: protocol}, protocol), do: :ok
  def check(%Socket{}, nil), do: :ok

  def check(%Socket{protocol: other}, protocol),
    do: {:error, {:wrong_protocol, {protocol, other}}}

  def check(target, protocol) do
    if handle?(target),
      do: check_connection(target, protocol),
      else: {:error, {:bad_target, target}}
  end

  defp check_connection(_conn, nil), do: :ok

  defp check_connection(conn, protocol) do
    case Connection.socket(conn) do
      {:ok, sock} -> check(sock, protocol)
      {:error, {:send, _reason}} -> :ok
    end
  end

  # `t:GenServer.server/0`.
  defp handle?(pid) when is_pid(pid), do: true
  defp handle?({:via, module, _name}) when is_atom(module), do: true
  defp handle?({:global, _name}), do: true
  defp handle?({name, node}) when is_atom(name) and is_atom(node), do: true
  defp handle?(name), do: is_atom(name) and name not in [nil, true, false]
end
