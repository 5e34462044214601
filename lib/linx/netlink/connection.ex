defmodule Linx.Netlink.Connection do
  @moduledoc """
  A supervised netlink socket: it has a name, serves any number of callers, and is opened
  again when it fails.

  Kernel side: `netlink(7)`, as for `Linx.Netlink.Socket`.

      children = [{Linx.Netlink.Connection, name: MyApp.Netlink}]
      Supervisor.start_link(children, strategy: :one_for_one)

      {:ok, links} = Linx.Netlink.Rtnl.Link.list(MyApp.Netlink)
      :ok = Linx.Netlink.Rtnl.Link.set_up(MyApp.Netlink, "eth0")

  A connection, by its pid or its registered name, may stand in place of a
  `Linx.Netlink.Socket` in every function that sends requests.

  The process takes no part in requests: callers find the socket without a message and send
  their requests themselves, at the same time. Each gets its own reply, dumps wait for each
  other, every request has its timeout, and a caller that dies does not affect the others;
  see `Linx.Netlink.Request`.

  ## When the socket fails

  A socket fails when another process closes it. Waiting callers get
  `{:error, {:recv, :closed}}`: their requests may have been carried out. A request that
  had not been sent yet is sent on the next socket, which is opened at once. If that fails,
  it is tried again after increasing pauses, and until it succeeds callers get
  `{:error, {:send, reason}}`.

  Without a process of that name, or when it has ended, requests return
  `{:error, {:send, :noproc}}`; they do not exit. When a connection stops, waiting callers
  get `{:error, {:recv, :closed}}`.

  ## Namespace

  A connection stays in the namespace it was started in, also when the name of the namespace
  is deleted or given to another one, or its process ends. To open the next socket in it, a
  connection to a namespace other than `:host` keeps a second descriptor. Both descriptors
  keep the namespace alive until the connection stops.

  A connection serves the callers of its own node. Use few, long-lived connections: the end
  of each one triggers a global garbage collection, as erasing a `:persistent_term` does.
  """

  import Linx.Netlink.GenServerInit, only: [is_server: 1]

  alias Linx.Netlink.{GenServerInit, Message, ProcessOptions, Request, Socket, Target}
  alias __MODULE__.Server

  @typedoc "A connection, by its pid or by the name it is registered under."
  @type handle :: Target.handle()

  @type option ::
          {:protocol, non_neg_integer()}
          | {:netns, Socket.netns()}
          | {:rcvbuf, pos_integer()}
          | {:force_rcvbuf, boolean()}
          | {:backoff, {pos_integer(), pos_integer()}}
          | GenServer.option()

  @type start_error ::
          Socket.open_error()
          | atom()
          | {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | {:already_started, pid()}

  @options [
             protocol: {0..0xFFFFFFFF, default: 0},
             netns: {:netns, default: :host},
             rcvbuf: {{:either, [1..0xFFFFFFFF, {:one_of, [nil]}]}, default: nil},
             force_rcvbuf: {:boolean, default: false},
             backoff: {{:where, &__MODULE__.__backoff__?/1}, default: {100, 10_000}}
           ] ++ ProcessOptions.server()

  defguardp is_timeout(value) when value == :infinity or value in 0..0xFFFFFFFF

  # Start and stop

  @doc """
  Starts a connection that is linked to the caller. Its socket is open when this returns.

  Options:

    * `:protocol` - number of the netlink protocol, 0 (rtnetlink) if not given;
    * `:netns` - namespace, as for `Linx.Netlink.Socket.open/2`; `:host` if not given. Another
      namespace needs `CAP_SYS_ADMIN`;
    * `:rcvbuf` - the receive buffer in bytes, the system's default if not given;
      `:force_rcvbuf` as `:force` of `Linx.Netlink.Socket.set_rcvbuf/3`;
    * `:backoff` - `{first, longest}`: pauses in milliseconds while a failed socket
      cannot be replaced; each is twice the one before. `{100, 10_000}` if not given;
    * `:name` and the other options of `GenServer.start_link/3`.

  Errors: those of `Linx.Netlink.Socket.open/2` and
  `Linx.Netlink.Socket.set_rcvbuf/3`; `{:unknown_option, key}`,
  `{:bad_option, key, value}`; `{:already_started, pid}`.
  """
  @spec start_link([option()]) :: {:ok, pid()} | {:error, start_error()}
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts),
         server = ProcessOptions.for_server(options),
         do: Server |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  Child specification for a supervisor. Its id is the option `:name`, if there is one.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc """
  Stops a connection and closes its socket. Requests in flight on it end with an error.
  """
  @spec stop(GenServer.server(), term(), timeout()) :: :ok
  def stop(conn, reason \\ :normal, timeout \\ :infinity)
      when is_server(conn) and is_timeout(timeout),
      do: GenServer.stop(conn, reason, timeout)

  @doc false
  @spec __backoff__?(term()) :: boolean()
  def __backoff__?({first, longest}),
    do: is_integer(first) and is_integer(longest) and first > 0 and longest in first..0xFFFFFFFF

  def __backoff__?(_other), do: false

  # State

  @doc """
  The current socket of a connection; of a socket, the socket itself.

  For functions that take a socket alone, such as `Linx.Netlink.Socket.set_rcvbuf/3`. Do not
  keep it: it is closed when the connection opens the next one.
  """
  @spec socket(handle() | Socket.t()) :: {:ok, Socket.t()} | {:error, {:send, atom()}}
  def socket(conn) when is_server(conn) or is_struct(conn, Socket),
    do: with({:ok, sock, _conn} <- Target.resolve(conn), do: {:ok, sock})

  @doc """
  The namespace of a connection, for other sockets in the same namespace, such as that of a
  monitor or a view.

  The result is valid until the connection stops. `{:error, {:send, :noproc}}` without a
  connection.
  """
  @spec netns(handle() | Socket.t()) :: {:ok, Socket.netns()} | {:error, {:send, atom()}}
  def netns(%Socket{netns: netns}), do: {:ok, netns}
  def netns(conn) when is_server(conn), do: Target.call(conn, :netns)

  @doc """
  Status of a connection: `{:ok, info}` with

    * `:state` - `:open`, or `{:down, reason}` while no socket can be opened;
    * `:reopened` - number of sockets that were opened in place of a failed one.
  """
  @spec info(handle()) ::
          {:ok, %{state: :open | {:down, atom()}, reopened: non_neg_integer()}}
          | {:error, {:send, atom()}}
  def info(conn) when is_server(conn), do: Target.call(conn, :info)

  # Asynchronous requests

  @doc """
  Starts a request and returns a task for `await/2` at once.

      task = Connection.async(MyApp.Netlink, &Link.list/1)
      # ...
      {:ok, links} = Connection.await(task)

  The request, the options and the result are those of `Linx.Netlink.Request.async/3`.
  """
  @spec async(
          handle() | Socket.t(),
          (handle() | Socket.t() -> term()) | Message.t(),
          [Request.option()]
        ) :: Task.t()
  def async(conn, request, opts \\ [])
      when is_function(request, 1) or is_struct(request, Message),
      do: Request.async(conn, request, opts)

  @doc """
  Waits for the result of `async/3`, and returns it.

  After `timeout` milliseconds the request is cancelled: `{:error, {:recv, :timeout}}`. It
  may have been carried out. `Task.await/2` and `Task.await_many/2` work, too, but exit after
  their timeout.

  `timeout` is up to 4294967295, or `:infinity`. Any other value is
  `{:error, {:bad_timeout, timeout}}`, and the request goes on.
  """
  @spec await(Task.t(), timeout()) :: term()
  def await(task, timeout \\ 5000)

  def await(%Task{} = task, timeout) when is_timeout(timeout) do
    case Task.yield(task, timeout) || cancel(task) do
      {:ok, result} -> result
      {:exit, reason} -> exit({reason, {__MODULE__, :await, [task, timeout]}})
      nil -> {:error, {:recv, :timeout}}
    end
  end

  def await(%Task{}, timeout), do: {:error, {:bad_timeout, timeout}}

  @doc """
  Waits for the result of `async/3`: `{:ok, result}`, or `nil` after `timeout` milliseconds
  without it; the request goes on.
  """
  @spec yield(Task.t(), timeout()) :: {:ok, term()} | {:exit, term()} | nil
  def yield(%Task{} = task, timeout \\ 5000) when is_timeout(timeout),
    do: Task.yield(task, timeout)

  @doc """
  Cancels a request of `async/3`: `nil`, or `{:ok, result}` if it has ended already.
  """
  @spec cancel(Task.t()) :: {:ok, term()} | {:exit, term()} | nil
  def cancel(%Task{} = task), do: Task.shutdown(task, :brutal_kill)
end
