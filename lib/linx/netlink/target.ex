defmodule Linx.Netlink.Target do
  @moduledoc false
  # Destination of a request: a socket or a connection, and the way from either to a socket.
  #
  # A connection's process publishes its socket here, so that callers find it without a message.

  alias Linx.Netlink.{Socket, TermRegistry}

  @typedoc "A connection, by its pid or by the name it is registered under."
  @type handle ::
          pid() | atom() | {:global, term()} | {:via, module(), term()} | {atom(), node()}

  @type t :: Socket.t() | handle()

  @type error ::
          {:bad_target, term()}
          | {:wrong_protocol, {expected :: non_neg_integer(), actual :: non_neg_integer()}}

  # Milliseconds that a caller waits for a connection's answer, the opening of a socket included.
  @timeout 5000

  @doc """
  Checks that requests of a protocol can go to a target; of any protocol if it is `nil`.

  A connection without a socket has no protocol to compare: its error comes when the request is
  sent.
  """
  @spec check(term(), non_neg_integer() | nil) :: :ok | {:error, error()}
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
    case resolve(conn) do
      {:ok, sock, _conn} -> check(sock, protocol)
      {:error, {:send, _reason}} -> :ok
    end
  end

  # `t:GenServer.server/0`.
  defp handle?(pid) when is_pid(pid), do: true
  defp handle?({:via, module, _name}) when is_atom(module), do: true
  defp handle?({:global, _name}), do: true
  defp handle?({name, node}) when is_atom(name) and is_atom(node), do: true
  defp handle?(name), do: is_atom(name) and name not in [nil, true, false]

  @doc """
  Socket of a target, and its handle if it is a connection.
  """
  @spec resolve(t()) :: {:ok, Socket.t(), handle() | nil} | {:error, {:send, atom()}}
  def resolve(%Socket{} = sock), do: {:ok, sock, nil}

  def resolve(conn) do
    with pid when is_pid(pid) <- whereis(conn),
         {:ok, published} <- TermRegistry.lookup(__MODULE__, pid),
         {:ok, sock} <- published do
      {:ok, sock, conn}
    else
      {:error, reason} -> {:error, {:send, reason}}
      _ -> {:error, {:send, :noproc}}
    end
  end

  @doc """
  Publishes the socket of the calling connection, or the reason for having none. The process has
  registered this module in `Linx.Netlink.TermRegistry`.
  """
  @spec publish({:ok, Socket.t()} | {:error, atom()}) :: :ok
  def publish(result), do: TermRegistry.put(__MODULE__, result)

  @doc """
  Runs `fun` with the socket that `resolve/1` returned, and once more with the next socket of the
  connection if the first one was closed before the request was sent.

  A request that was sent is never repeated.
  """
  @spec with_socket(Socket.t(), handle() | nil, (Socket.t() -> result)) ::
          result | {:error, {:send, atom()}}
        when result: term()
  def with_socket(sock, nil, fun), do: fun.(sock)

  def with_socket(sock, conn, fun) do
    with {:error, {:send, :closed}} <- fun.(sock),
         {:ok, sock} <- renew(conn, sock),
         do: fun.(sock)
  end

  # The socket that replaces a closed one.
  defp renew(conn, %Socket{channel: channel}) do
    case resolve(conn) do
      {:ok, %Socket{channel: ^channel}, _} -> call(conn, {:renew, channel})
      {:ok, sock, _} -> {:ok, sock}
      {:error, reason} -> {:error, reason}
    end
  end

  @doc """
  Calls the process of a connection; `{:error, {:send, :noproc}}` without one.
  """
  @spec call(handle(), term()) :: term() | {:error, {:send, atom()}}
  def call(conn, request) do
    with pid when is_pid(pid) <- whereis(conn),
         {:ok, _published} <- TermRegistry.lookup(__MODULE__, pid) do
      GenServer.call(pid, request, @timeout)
    else
      _ -> {:error, {:send, :noproc}}
    end
  catch
    :exit, {:timeout, _} -> {:error, {:send, :timeout}}
    :exit, _ -> {:error, {:send, :noproc}}
  end

  defp whereis(pid) when is_pid(pid), do: pid
  defp whereis({:via, _, _} = name), do: via(name)
  defp whereis({:global, _} = name), do: GenServer.whereis(name)
  defp whereis({name, node}) when is_atom(name) and node == node(), do: Process.whereis(name)
  # A socket cannot be used on another node.
  defp whereis({name, node}) when is_atom(name) and is_atom(node), do: nil

  defp whereis(name) when is_atom(name) and name not in [nil, true, false],
    do: Process.whereis(name)

  # `Registry` raises while it restarts.
  defp via(name) do
    GenServer.whereis(name)
  rescue
    ArgumentError -> nil
  end
end
