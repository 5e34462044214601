defmodule Linx.Netlink.Protocol do
  @moduledoc """
  Behaviour of a netlink protocol whose notifications `Linx.Netlink.Monitor` decodes.

      defmodule MyApp.Uevent do
        use Linx.Netlink.Protocol

        # NETLINK_KOBJECT_UEVENT of include/uapi/linux/netlink.h.
        @impl true
        def number, do: 15

        @impl true
        def groups, do: [kernel: 1]

        @impl true
        def tag, do: :my_uevent

        @impl true
        def decode(%Linx.Netlink.Message{payload: payload}), do: {:ok, payload}

        def start_link(opts \\\\ []), do: Linx.Netlink.Monitor.start_link([protocol: __MODULE__] ++ opts)
      end

  A subscriber of `MyApp.Uevent.start_link(groups: [:kernel])` gets
  `{:my_uevent, monitor, payload}`; see `message/4`.

  ## Decoding natively

  A protocol with `c:rows/1` and `c:decode/3` has its notifications decoded while they are received,
  several at once: each row names a message type and the codec module of its body.

      @impl true
      def rows(_groups), do: [{16, nil, Linx.Netlink.Rtnl.Link, :changed}]

      @impl true
      def decode(:changed, link, _flags), do: {:ok, {:changed, link.name}}

      @impl true
      def decode(%Linx.Netlink.Message{}), do: :ignore

  `c:decode/1` gets all others.

  ## Functions of a monitor

  `use Linx.Netlink.Protocol` defines the functions that the monitors of all protocols have, as
  calls of the same functions of `Linx.Netlink.Monitor`: `child_spec/1`, `subscribe/3`,
  `unsubscribe/2`, `overruns/1` and `stop/1`. `use Linx.Netlink.Protocol, subscribe: :attach,
  unsubscribe: :detach` gives two of them other names.
  """

  alias Linx.Netlink.{Message, Socket}

  @typedoc "A decoded notification."
  @type event :: term()

  @typedoc """
  Row of a table of notifications: the message type; the address family, which is the first byte of
  the body, or `nil` for all families that no other row of the type has; the codec module of the
  body, or `nil` not to decode it; and the first argument of `c:decode/3`. In place of that,
  `{:resolve, fun}`: such a notification is no event, and `c:resolve/1` is called again if `fun`
  returns `true` for the struct.
  """
  @type row ::
          {type :: 0..0xFFFF, family :: 0..255 | nil, codec :: module() | nil, op :: term()}

  @typedoc """
  A notification as it was received: the arguments of `c:decode/3`, or that of `c:decode/1`.
  """
  @type notification ::
          {op :: term(), object :: struct() | nil, flags :: 0..0xFFFF} | Message.t()

  @typedoc """
  Contents of a message to a subscriber:

    * `{:event, event}` - a notification;
    * `{:overrun, count}` - the kernel dropped notifications, for the `count`th time;
    * `:snapshot_started`, `:snapshot_complete` - ends of a snapshot;
    * `{:closed, reason}` - the socket has failed and the monitor ends.
  """
  @type report ::
          {:event, event()}
          | {:overrun, pos_integer()}
          | :snapshot_started
          | :snapshot_complete
          | {:closed, term()}

  @typedoc "Result of `c:list/2`."
  @type listed :: term()

  @typedoc "State of a snapshot, with which later events are compared."
  @type snapshot :: term()

  @doc "Number of the protocol, `NETLINK_*` of include/uapi/linux/netlink.h."
  @callback number() :: non_neg_integer()

  @doc "Multicast groups by name. Without any, the monitor has no option `:groups`."
  @callback groups() :: keyword(pos_integer())

  @doc "First element of the messages to subscribers, where the option `:tag` is not given."
  @callback tag() :: term()

  @doc "Decodes a notification; `:ignore` sends nothing."
  @callback decode(Message.t()) :: {:ok, event()} | :ignore

  @doc """
  The rows by which notifications of the joined groups are decoded natively. `c:decode/3` makes
  events of these. Notifications without a row, those whose lengths are inconsistent, and those of a
  codec module with values that have an `encode/1` and `decode/1` of their own are left to
  `c:decode/1`.
  """
  @callback rows(groups :: [pos_integer()]) :: [row()]

  @doc """
  The event of a notification that was decoded by a row: the last element of the row, the struct, or
  `nil` if the row has no codec, and `nlmsg_flags`; `:ignore` sends nothing.
  """
  @callback decode(op :: term(), object :: struct() | nil, flags :: 0..0xFFFF) ::
              {:ok, event()} | :ignore

  @doc """
  The event that subscribers get in place of a decoded one, from the checked options of the monitor.
  """
  @callback event(event(), options :: map()) :: event()

  @doc "The message to subscribers for a report, in place of that of `message/4`."
  @callback message(tag :: term(), monitor :: pid(), report()) :: term()

  @doc "Options of the monitor besides those that all have, a table of `Linx.Netlink.Options`."
  @callback options() :: keyword()

  @doc """
  Options of a subscription besides `:filter`, a table of `Linx.Netlink.Options`. The
  documentation of the module describes them.
  """
  @callback filters() :: keyword()

  @doc "The filter for checked options of a subscription, `nil` for none."
  @callback filter(options :: map()) :: (event() -> boolean()) | nil

  @doc """
  Completes the checked options, in the process of the monitor, before its socket is opened:
  `:groups`, the numbers of the groups, and `:rows`, which replace those of `c:rows/1`. After a
  notification with a row `{:resolve, fun}` it is called again, and groups that are new are joined;
  subscribers are notified as of an overrun.
  """
  @callback resolve(options :: map()) :: {:ok, map()} | {:error, term()}

  @doc """
  Sets up the socket, from the checked options of the monitor, before notifications are read.
  """
  @callback setup(Socket.t(), options :: map()) :: :ok | {:error, term()}

  @doc """
  Lists the objects whose notifications the `groups` carry, for a snapshot.
  """
  @callback list(groups :: [pos_integer()], Socket.netns()) :: {:ok, listed()} | {:error, term()}

  @doc """
  The events of a snapshot, from the list and the notifications that arrived meanwhile: the latest
  state of each object. And the state with which `c:update/2` compares later events.
  """
  @callback snapshot(listed(), [notification()]) :: {[event()], snapshot()}

  @doc """
  Whether an event differs from the snapshot, and the updated snapshot.
  """
  @callback update(snapshot(), event()) :: {boolean(), snapshot()}

  @optional_callbacks rows: 1,
                      decode: 3,
                      event: 2,
                      message: 3,
                      options: 0,
                      filters: 0,
                      filter: 1,
                      resolve: 1,
                      setup: 2,
                      list: 2,
                      snapshot: 2,
                      update: 2

  @doc """
  The message to a subscriber of a protocol without `c:message/3`: `{tag, monitor, event}`,
  `{tag, monitor, :resync_needed}`, `{tag, monitor, {:closed, reason}}`,
  `{tag, monitor, :snapshot_started}` and `{tag, monitor, :snapshot_complete}`.
  """
  @spec message(module(), term(), pid(), report()) :: term()
  def message(protocol, tag, monitor, report) do
    if defines?(protocol, :message, 3),
      do: protocol.message(tag, monitor, report),
      else: {tag, monitor, content(report)}
  end

  defp content({:event, event}), do: event
  defp content({:overrun, _count}), do: :resync_needed
  defp content(report), do: report

  @doc false
  # The event of a notification; `:resolve` if groups or rows have changed.
  @spec decode(module(), notification()) :: {:ok, event()} | :ignore | :resolve
  def decode(_protocol, {{:resolve, fun}, object, _flags}),
    do: if(fun.(object), do: :resolve, else: :ignore)

  def decode(protocol, {op, object, flags}), do: protocol.decode(op, object, flags)
  def decode(protocol, %Message{} = message), do: protocol.decode(message)

  @doc false
  # Whether a protocol has an optional callback.
  @spec defines?(module(), atom(), arity()) :: boolean()
  def defines?(protocol, callback, arity),
    do: Code.ensure_loaded?(protocol) and function_exported?(protocol, callback, arity)

  @doc false
  defmacro __using__(names) do
    subscribe = Keyword.get(names, :subscribe, :subscribe)
    unsubscribe = Keyword.get(names, :unsubscribe, :unsubscribe)

    quote do
      @behaviour Linx.Netlink.Protocol

      require Linx.Netlink.GenServerInit

      @doc """
      Child specification for a supervisor. Its id is the option `:name`, if there is one.

      The monitor has no owner unless one is given: processes subscribe by
      `#{unquote(subscribe)}/3`. It is `:transient`: a monitor that has ended with its owner, or
      because its socket failed, is not started again.
      """
      @spec child_spec(keyword()) :: Supervisor.child_spec()
      def child_spec(opts) when is_list(opts),
        do: Linx.Netlink.Monitor.child_spec(__MODULE__, opts)

      @doc """
      Adds a subscriber; by default the caller.

      Options: `:filter`, a function of an event that returns whether the subscriber gets it. It
      runs in the monitor and should be quick; if it raises, the event is sent. `nil` for none.
      Further ones, if there are any, are in the documentation of the module.

      Returns `{:ok, ref}` for `#{unquote(unsubscribe)}/2`, or `{:error, {:unknown_option, key}}`,
      `{:error, {:bad_option, key, value}}`. The subscription ends with the process.
      """
      @spec unquote(subscribe)(GenServer.server(), pid(), keyword()) ::
              {:ok, reference()} | {:error, Linx.Netlink.Monitor.subscribe_error()}
      def unquote(subscribe)(monitor, pid \\ self(), opts \\ [])
          when Linx.Netlink.GenServerInit.is_server(monitor) and is_pid(pid) and is_list(opts),
          do: Linx.Netlink.Monitor.subscribe(monitor, pid, opts)

      @doc """
      Removes a subscriber. Messages that it was sent before may still be in its mailbox.
      """
      @spec unquote(unsubscribe)(GenServer.server(), reference()) :: :ok
      def unquote(unsubscribe)(monitor, ref)
          when Linx.Netlink.GenServerInit.is_server(monitor) and is_reference(ref),
          do: Linx.Netlink.Monitor.unsubscribe(monitor, ref)

      @doc """
      How often the kernel has dropped notifications since the monitor started.
      """
      @spec overruns(GenServer.server()) :: non_neg_integer()
      def overruns(monitor) when Linx.Netlink.GenServerInit.is_server(monitor),
        do: Linx.Netlink.Monitor.overruns(monitor)

      @doc """
      Stops the monitor and closes its socket.
      """
      @spec stop(GenServer.server()) :: :ok
      def stop(monitor) when Linx.Netlink.GenServerInit.is_server(monitor),
        do: Linx.Netlink.Monitor.stop(monitor)
    end
  end
end
