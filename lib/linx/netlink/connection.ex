defmodule Linx.Netlink.Connection do
  @moduledoc """
  A netlink socket under supervision: it has a name, serves any number of callers, and is
  opened again when it fails.

  Kernel side: `netlink(7)`, as for `Linx.Netlink.Socket`.

      children = [{Linx.Netlink.Connection, name: MyApp.Netlink}]
      Supervisor.start_link(children, strategy: :one_for_one)

      {:ok, links} = Linx.Netlink.Rtnl.Link.list(MyApp.Netlink)
      :ok = Linx.Netlink.Rtnl.Link.set_up(MyApp.Netlink, "eth0")

  Everything that takes a `Linx.Netlink.Socket` to make requests on takes a connection as
  well: its pid, or the name it is registered under.

  The process is not in the way: callers find the socket without asking it and make their
  requests themselves, all at the same time. Each gets its own reply, dumps wait for each
  other, every request has its deadline, and a caller that dies disturbs nobody; see
  `Linx.Netlink.Request`.

  ## When the socket fails

  A socket fails when it is closed by somebody else. Callers who wait get
  `{:error, {:recv, :closed}}`: their requests may have been carried out. A request that
  had not been sent yet is sent on the next socket, which is opened at once. If that does
  not work, it is tried again, after ever longer pauses, and until then callers get
  `{:error, {:send, reason}}` with the reason.

  When there is no such process, or there is no longer, it is `{:error, {:send, :noproc}}`,
  never an exit. When a connection stops, those who wait get `{:error, {:recv, :closed}}`.

  ## Which namespace

  A connection stays in the namespace it was started in, as a socket does, whatever becomes
  of the name or the process that the namespace was known by: another one of the same name
  is not the same. To open the next socket in it, a connection to a namespace other than
  `:host` keeps a second descriptor. Both keep the namespace alive, so stop the connection
  when it is to go.

  A connection serves the callers of its own node. Connections are meant to be few and to
  last: like a `:persistent_term`, each one that ends costs the VM a look at every process.
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

  # Life

  @doc """
  Starts a connection that is linked to the caller. Its socket is open when this returns.

  Options:

    * `:protocol` - the netlink protocol, 0 (rtnetlink) if not given;
    * `:netns` - where, as for `Linx.Netlink.Socket.open/2`; `:host` if not given. Another
      namespace takes `CAP_SYS_ADMIN`;
    * `:rcvbuf` - the receive buffer in bytes, the system's default if not given;
      `:force_rcvbuf` as `:force` of `Linx.Netlink.Socket.set_rcvbuf/3`;
    * `:backoff` - `{first, longest}`: the pauses in milliseconds when a failed socket
      cannot be replaced; each is twice the one before. `{100, 10_000}` if not given;
    * `:name` and the other options of `GenServer.start_link/3`.

  Errors: the reason of the call that failed, as `Linx.Netlink.Socket.open/2` and
  `Linx.Netlink.Socket.set_rcvbuf/3` have it; `{:unknown_option, key}`,
  `{:bad_option, key, value}`; `{:already_started, pid}`.
  """
  @spec start_link([option()]) :: {:ok, pid()} | {:error, start_error()}
  def start_link(opts \\ []) when is_list(opts) do
    with {:ok, options} <- ProcessOptions.check(@options, opts),
         server = ProcessOptions.for_server(options),
         do: Server |> GenServer.start_link(options, server) |> GenServerInit.unwrap_start()
  end

  @doc """
  A child of a supervisor: with the connection's name for an id, if it has one.
  """
  @spec child_spec([option()]) :: Supervisor.child_spec()
  def child_spec(opts) when is_list(opts),
    do: GenServerInit.child_spec(__MODULE__, opts, :permanent)

  @doc """
  Stops a connection and closes its socket. Calls in flight on it end with an error.
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

  # What is known of it

  @doc """
  The socket of a connection, as it is now; a socket is its own.

  For `Linx.Netlink.Socket.set_rcvbuf/3` and what else asks for a socket. Who keeps it
  will see it closed when the connection opens another.
  """
  @spec socket(handle() | Socket.t()) :: {:ok, Socket.t()} | {:error, {:send, atom()}}
  def socket(conn) when is_server(conn) or is_struct(conn, Socket),
    do: with({:ok, sock, _conn} <- Target.resolve(conn), do: {:ok, sock})

  @doc """
  Where to open other sockets that are to be in the same namespace: a monitor or a view.

  The answer holds for as long as the connection lives. `{:error, {:send, :noproc}}`
  without one.
  """
  @spec netns(handle() | Socket.t()) :: {:ok, Socket.netns()} | {:error, {:send, atom()}}
  def netns(%Socket{netns: netns}), do: {:ok, netns}
  def netns(conn) when is_server(conn), do: Target.call(conn, :netns)

  @doc """
  How a connection fares: `{:ok, info}` with

    * `:state` - `:open`, or `{:down, reason}` while no socket can be opened;
    * `:reopened` - how often the socket was replaced.
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
  may have been carried out. `Task.await_many/2` and its like can be used as well, but exit
  then.

  `timeout` is up to 4294967295, or `:infinity`. Anything else is
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
  Waits for the result of `async/3`: `{:ok, result}`, or `nil` if it is not there after
  `timeout` milliseconds; the request goes on.
  """
  @spec yield(Task.t(), timeout()) :: {:ok, term()} | {:exit, term()} | nil
  def yield(%Task{} = task, timeout \\ 5000) when is_timeout(timeout),
    do: Task.yield(task, timeout)

  @doc """
  Ends a request of `async/3` without its result: `nil`, or `{:ok, result}` if there is one
  already.
  """
  @spec cancel(Task.t()) :: {:ok, term()} | {:exit, term()} | nil
  def cancel(%Task{} = task), do: Task.shutdown(task, :brutal_kill)
end
