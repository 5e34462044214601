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

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants, only: [nlm_f_ack: 0]

  alias Linx.Netlink.{GenServerInit, Message, ProcessOptions, Request, Socket, TermRegistry}
  alias __MODULE__.Server

  @typedoc "A connection, by its pid or by the name it is registered under."
  @type handle ::
          pid() | atom() | {:global, term()} | {:via, module(), term()} | {atom(), node()}

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

  # How long a caller waits for a socket to be opened in the place of a failed one.
  @patience 5000

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
  def stop(conn, reason \\ :normal, timeout \\ :infinity),
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
  def socket(conn), do: with({:ok, sock, _conn} <- resolve(conn), do: {:ok, sock})

  @doc """
  Where to open other sockets that are to be in the same namespace: a monitor or a view.

  The answer holds for as long as the connection lives. `{:error, {:send, :noproc}}`
  without one.
  """
  @spec netns(handle() | Socket.t()) :: {:ok, Socket.netns()} | {:error, {:send, atom()}}
  def netns(%Socket{netns: netns}), do: {:ok, netns}
  def netns(conn), do: ask(conn, :netns)

  @doc """
  How a connection fares: `{:ok, info}` with

    * `:state` - `:open`, or `{:down, reason}` while no socket can be opened;
    * `:reopened` - how often the socket was replaced.
  """
  @spec info(handle()) ::
          {:ok, %{state: :open | {:down, atom()}, reopened: non_neg_integer()}}
          | {:error, {:send, atom()}}
  def info(conn), do: ask(conn, :info)

  # Requests that are waited for later

  @doc """
  Starts a request and returns at once, with a task for `await/2`.

      task = Connection.async(MyApp.Netlink, &Link.list/1)
      # ...
      {:ok, links} = Connection.await(task)

  The request is a function, which is given the connection, or a message, as `Link.set_up/2`
  and the like return it for a `Linx.Netlink.Batch`. A message is sent with `NLM_F_ACK` and
  has the result and the options of `Linx.Netlink.Request.talk/5`.

  The result is a `Task`, and what is said there holds: it is linked to the caller, who
  alone can await it, and a function that raises takes the caller with it. When the caller
  ends, in whatever way, the request is cancelled.
  """
  @spec async(handle() | Socket.t(), (handle() | Socket.t() -> term()) | Message.t(), [
          Request.option()
        ]) :: Task.t()
  def async(conn, request, opts \\ [])

  def async(conn, fun, _opts) when is_function(fun, 1), do: start(fn -> fun.(conn) end)

  def async(conn, %Message{type: type, flags: flags, payload: payload}, opts),
    do: start(fn -> Request.talk(conn, type, flags ||| nlm_f_ack(), payload, opts) end)

  defp start(request) do
    owner = self()

    Task.async(fn ->
      worker = self()
      # A link alone would leave us behind when the owner ends normally.
      spawn(fn -> watch(owner, worker) end)
      request.()
    end)
  end

  defp watch(owner, worker) do
    ours = Process.monitor(worker)
    theirs = Process.monitor(owner)

    receive do
      {:DOWN, ^ours, :process, _, _} -> :ok
      {:DOWN, ^theirs, :process, _, _} -> Process.exit(worker, :kill)
    end
  end

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

  # How requests find their socket

  @doc false
  # The socket to make requests on, and the handle to give to `renew/2` if it is a
  # connection's.
  @spec resolve(handle() | Socket.t()) ::
          {:ok, Socket.t(), handle() | nil} | {:error, {:send, atom()}}
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

  @doc false
  # The socket that has come, or comes now, in the place of one that was closed.
  @spec renew(handle(), Socket.t()) :: {:ok, Socket.t()} | {:error, {:send, atom()}}
  def renew(conn, %Socket{channel: channel}) do
    case resolve(conn) do
      {:ok, %Socket{channel: ^channel}, _} -> ask(conn, {:renew, channel})
      {:ok, sock, _} -> {:ok, sock}
      {:error, reason} -> {:error, reason}
    end
  end

  defp ask(conn, question) do
    with pid when is_pid(pid) <- whereis(conn),
         {:ok, _published} <- TermRegistry.lookup(__MODULE__, pid) do
      GenServer.call(pid, question, @patience)
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
  # A socket is of no use on another node.
  defp whereis({name, node}) when is_atom(name) and is_atom(node), do: nil

  defp whereis(name) when is_atom(name) and name not in [nil, true, false],
    do: Process.whereis(name)

  # The registry may be restarting as well; `Registry` raises then.
  defp via(name) do
    GenServer.whereis(name)
  rescue
    ArgumentError -> nil
  end
end
