defmodule Linx.Netlink.Listener do
  @moduledoc false
  # A socket that receives notifications, and the loop that reads it.
  #
  # The process that opened a listener reads with `recv/1`, first by itself and then with each
  # message for which `ready?/2` is true: `recv/1` arranges the next such message.
  #
  #     def handle_info(message, state) do
  #       if Listener.ready?(state.listener, message), do: read(state), else: {:noreply, state}
  #     end
  #
  #     defp read(state) do
  #       case Listener.recv(state.listener) do
  #         {:ok, received, listener} -> {:noreply, deliver(%{state | listener: listener}, received)}
  #         {:error, {:recv, :closed} = reason, _listener} -> {:stop, {:shutdown, reason}, state}
  #         {:error, _passes, listener} -> {:noreply, %{state | listener: listener}}
  #       end
  #     end

  alias Linx.Errno
  alias Linx.Netlink.{Message, Native, Protocol, Socket}
  alias __MODULE__.Decoder

  # Milliseconds until a read that failed is tried again.
  @retry 100

  @enforce_keys [:sock, :ref, :decoder]
  defstruct [:sock, :ref, :decoder, :select, :failure, overruns: 0, unreported: 0]

  @typedoc """
  A listener:

    * `:sock` - its socket;
    * `:ref` - identifies the messages that it sends to its process;
    * `:decoder` - decodes the notifications;
    * `:select` - handle of the pending `:socket` select, if any;
    * `:failure` - why no select is pending, if that failed;
    * `:overruns` - how often the kernel has dropped notifications;
    * `:unreported` - how many of these `recv/1` has not reported yet.
  """
  @type t :: %__MODULE__{
          sock: Socket.t(),
          ref: reference(),
          decoder: Decoder.t(),
          select: reference() | nil,
          failure: error() | nil,
          overruns: non_neg_integer(),
          unreported: non_neg_integer()
        }

  @typedoc """
  Result of one read:

    * `:notifications` - in order;
    * `:losses` - how often the kernel dropped notifications among or behind them;
    * `:overrun` - the total of overruns, to be reported behind these notifications, or `nil`.
  """
  @type received :: %{
          notifications: [Protocol.notification()],
          losses: non_neg_integer(),
          overrun: pos_integer() | nil
        }

  @typedoc """
  Why a read failed. `{:recv, :closed}` is final. Any other reason (no free descriptor, no memory)
  is temporary: nothing has been read.
  """
  @type error :: {:recv, atom()}

  @typedoc "Checked options: those of `Linx.Netlink.Options.listener/0`, and the protocol's number."
  @type options :: %{
          required(:protocol) => non_neg_integer(),
          required(:netns) => Socket.netns(),
          required(:rcvbuf) => pos_integer(),
          required(:force_rcvbuf) => boolean(),
          optional(atom()) => term()
        }

  @doc """
  Opens a socket and joins groups. A group of `optional` that the kernel lacks is left out.
  Notifications are decoded by `rows`.
  """
  @spec open(options(), [pos_integer()], [pos_integer()], [Protocol.row()]) ::
          {:ok, t()} | {:error, term()}
  def open(options, groups, optional \\ [], rows \\ []) do
    # No module can be loaded without a free descriptor, when a read or its error needs it.
    for module <- [Errno, Message], do: {:module, ^module} = Code.ensure_loaded(module)
    decoder = Decoder.new(rows)

    # If a step fails, the socket closes with the process.
    with {:ok, sock} <- Socket.open(options.protocol, options.netns),
         :ok <- Socket.set_rcvbuf(sock, options.rcvbuf, force: options.force_rcvbuf),
         :ok <- join(sock, groups, optional),
         do: {:ok, %__MODULE__{sock: sock, ref: make_ref(), decoder: decoder}}
  end

  defp join(sock, groups, optional) do
    Enum.reduce_while(groups, :ok, fn group, :ok ->
      case Socket.add_membership(sock, group) do
        :ok -> {:cont, :ok}
        {:error, :einval} = error -> if group in optional, do: {:cont, :ok}, else: {:halt, error}
        error -> {:halt, error}
      end
    end)
  end

  @doc """
  Joins groups, which may be joined already, and decodes by other rows.
  """
  @spec change(t(), [pos_integer()], [Protocol.row()]) :: {:ok, t()} | {:error, term()}
  def change(%__MODULE__{sock: sock} = listener, groups, rows) do
    with :ok <- join(sock, groups, []), do: {:ok, %{listener | decoder: Decoder.new(rows)}}
  end

  @doc """
  Closes the socket.
  """
  @spec close(t()) :: :ok
  def close(%__MODULE__{sock: sock}), do: Socket.close(sock)

  @doc """
  Reads notifications that have arrived, as many as the native library receives and decodes at once,
  and arranges the next message for which `ready?/2` is true.

  After an error that is temporary that message comes a moment later.
  """
  @spec recv(t()) :: {:ok, received(), t()} | {:error, error(), t()}
  def recv(%__MODULE__{failure: nil} = listener) do
    case take(listener) do
      {:ok, notifications, _occupied, losses, empty?, listener} ->
        {overrun, listener} = count(listener, losses, empty?)
        {missed, listener} = arm(listener, empty?)

        {:ok, %{notifications: notifications, losses: losses + missed, overrun: overrun},
         listener}

      {:error, reason} ->
        failed(listener, reason)
    end
  end

  def recv(%__MODULE__{failure: reason} = listener),
    do: failed(%{listener | failure: nil}, reason)

  defp failed(listener, {:recv, :closed} = reason), do: {:error, reason, listener}
  defp failed(listener, reason), do: {:error, reason, retry(listener)}

  # After a loss the kernel queues no notification until the socket has been read empty
  # (`netlink_overrun`, `netlink_rcv_wake`). So the loss lies where nothing is left to be read, or
  # before the next loss.
  defp count(listener, losses, empty?) do
    passed? = listener.unreported > 0 and losses > 0
    listener = add(listener, losses)

    if listener.unreported > 0 and (empty? or passed?),
      do: {listener.overruns, %{listener | unreported: if(empty?, do: 0, else: losses)}},
      else: {nil, listener}
  end

  defp add(listener, losses) do
    overruns = listener.overruns + losses
    %{listener | overruns: overruns, unreported: listener.unreported + losses}
  end

  defp arm(listener, false), do: {0, again(listener)}

  defp arm(%{sock: %{socket: socket}} = listener, true) do
    # `:socket` selects within a call that receives, and no other: the native library cannot select,
    # since `rustler` registers no callback that the VM calls when a selected descriptor is closed. To
    # peek at one byte leaves the datagram in the socket. A datagram that has arrived since the last
    # read is found by this call, or selected: none is missed.
    case :socket.recv(socket, 1, [:peek], :nowait) do
      {:select, {:select_info, _tag, handle}} -> {0, %{listener | select: handle}}
      {:ok, _byte} -> {0, again(listener)}
      {:error, :enobufs} -> {1, listener |> add(1) |> again()}
      {:error, reason} -> {0, again(%{listener | failure: {:recv, reason}})}
    end
  end

  defp again(%{ref: ref} = listener) do
    send(self(), {__MODULE__, ref})
    listener
  end

  @doc """
  Sends the calling process a message for which `ready?/2` is true, a moment later.
  """
  @spec retry(t()) :: t()
  def retry(%__MODULE__{ref: ref} = listener) do
    Process.send_after(self(), {__MODULE__, ref}, @retry)
    listener
  end

  @doc """
  Whether a message to the listener's process says that there is something to be read.
  """
  @spec ready?(t(), term()) :: boolean()
  def ready?(%__MODULE__{ref: ref}, {__MODULE__, ref}), do: true
  def ready?(%__MODULE__{select: select}, {:"$socket", _, :select, select}), do: true
  def ready?(%__MODULE__{select: select}, {:"$socket", _, :abort, {select, _}}), do: true
  def ready?(%__MODULE__{}, _message), do: false

  @doc """
  The total of overruns if `recv/1` has not reported it yet, else `nil`. It counts as reported
  then: for a process that has drained the listener.
  """
  @spec report(t()) :: {pos_integer() | nil, t()}
  def report(%__MODULE__{unreported: 0} = listener), do: {nil, listener}

  def report(%__MODULE__{overruns: overruns} = listener),
    do: {overruns, %{listener | unreported: 0}}

  @doc """
  Reads the notifications that had arrived when it was called: until nothing is left, or until as
  much has been read as the receive buffer holds. `fun` returns the next accumulator from the
  notifications of one read, the number of losses among them, and the accumulator.

  An error comes with the accumulator of what was read before. The losses are left to `report/1`
  and `recv/1`.
  """
  @spec drain(t(), acc, ([Protocol.notification()], losses :: non_neg_integer(), acc -> acc)) ::
          {:ok, acc, t()} | {:error, error(), acc, t()}
        when acc: term()
  def drain(%__MODULE__{sock: %{socket: socket}} = listener, acc, fun) do
    case :socket.getopt(socket, :socket, :rcvbuf) do
      {:ok, room} -> drain(listener, acc, fun, room)
      # A closed socket, which the first read reports.
      {:error, _} -> drain(listener, acc, fun, 0)
    end
  end

  defp drain(listener, acc, fun, left) do
    case take(listener) do
      {:ok, notifications, occupied, losses, empty?, listener} ->
        acc = fun.(notifications, losses, acc)
        listener = add(listener, losses)
        left = left - occupied

        if empty? or left <= 0,
          do: {:ok, acc, listener},
          else: drain(listener, acc, fun, left)

      {:error, reason} ->
        {:error, reason, acc, listener}
    end
  end

  # With `empty?` false there may be more, even behind no notification at all: the number of datagrams
  # of one read is bounded, too.
  defp take(%{sock: %{channel: channel}} = listener) do
    %{table: table, ops: ops} = decoder = Decoder.current(listener.decoder)

    case Native.notifications(channel, table, ops) do
      {:ok, notifications, rest, occupied, losses, empty?} ->
        notifications = if rest, do: notifications ++ rest(decoder, rest), else: notifications
        {:ok, notifications, occupied, losses, empty?, %{listener | decoder: decoder}}

      {:recv, 9} ->
        {:error, {:recv, :closed}}

      {:recv, errno} ->
        {:error, {:recv, Errno.atom(errno)}}
    end
  end

  defp rest(%{table: table, ops: ops}, rest), do: Native.notifications_dirty(table, ops, rest)
end
