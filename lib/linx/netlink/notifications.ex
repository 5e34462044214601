defmodule Linx.Netlink.Notifications do
  @moduledoc false
  # Reading a socket that is there for its notifications alone: what has arrived,
  # and being woken when more does.

  # How long to wait after a read that failed, in milliseconds.
  @pause 100

  # How many bytes `fold/3` takes at a time.
  @slice 1024 * 1024
  # What the datagrams of one take occupy of the receive buffer at least, unless nothing is left
  # behind them: they are 64 (`native/linx_socket/src/channel/notifications.rs`), each with
  # a `struct sk_buff` and room of its own.
  @occupied 32 * 1024

  alias Linx.Errno
  alias Linx.Netlink.{Native, Socket}

  @typedoc """
  Whole messages, one behind the other; how often something was lost between
  them; whether nothing more is there.
  """
  @type taken :: {binary(), losses :: non_neg_integer(), empty? :: boolean()}

  @doc """
  Opens a socket and joins groups; a group of `optional` that the kernel does not
  have is left out. Options are those of `Linx.Netlink.Monitor.start_link/1`, checked, and
  `:prepare`, a function of the socket that asks the kernel for what no group tells.
  """
  @spec open(map(), [pos_integer()], [pos_integer()]) :: {:ok, Socket.t()} | {:error, term()}
  def open(options, groups, optional \\ []) do
    prepare = Map.get(options, :prepare, fn _sock -> :ok end)
    # Without a free descriptor no module can be loaded, and that error is to be named, too.
    {:module, Errno} = Code.ensure_loaded(Errno)

    # The socket goes with the process if what follows fails.
    with {:ok, sock} <- Socket.open(Map.get(options, :protocol, 0), options.netns),
         :ok <- Socket.set_rcvbuf(sock, options.rcvbuf, force: options.force_rcvbuf),
         :ok <- join(sock, groups, optional),
         :ok <- prepare.(sock) do
      {:ok, sock}
    end
  end

  defp join(sock, groups, optional) do
    Enum.reduce_while(groups, :ok, fn group, :ok ->
      case Socket.add_membership(sock, group) do
        :ok ->
          {:cont, :ok}

        {:error, :einval} ->
          if(group in optional, do: {:cont, :ok}, else: {:halt, {:error, :einval}})

        error ->
          {:halt, error}
      end
    end)
  end

  @doc """
  Takes what has arrived, up to about `limit` bytes, and up to some number of datagrams: with
  `empty?` false there may be more, even behind no bytes at all.

  `{:error, {:recv, :closed}}` is the end of the socket. Any other error (no descriptor, no
  memory) passes, and nothing has been taken: see `later/1`.
  """
  @spec take(Socket.t(), pos_integer()) :: {:ok, taken()} | {:error, {:recv, atom()}}
  def take(%Socket{channel: channel}, limit) do
    case Native.notifications(channel, limit) do
      {:ok, bytes, _count, losses, empty?} -> {:ok, {bytes, losses, empty?}}
      {:recv, 9} -> {:error, {:recv, :closed}}
      {:recv, errno} -> {:error, {:recv, Errno.atom(errno)}}
    end
  end

  @doc """
  Takes what had arrived when it was called: until nothing is left, or as much has been read as
  the receive buffer holds. `fun` makes the next accumulator of the messages of a part, how often
  something was lost, and the accumulator.

  What has been taken before an error is in the accumulator beside it.
  """
  @spec fold(Socket.t(), acc, (binary(), losses :: non_neg_integer(), acc -> acc)) ::
          {:ok, acc} | {:error, {:recv, atom()}, acc}
        when acc: term()
  def fold(%Socket{socket: socket} = sock, acc, fun) do
    case :socket.getopt(socket, :socket, :rcvbuf) do
      {:ok, room} -> fold(sock, acc, fun, room)
      # A closed socket, which the native side reports.
      {:error, _} -> fold(sock, acc, fun, 0)
    end
  end

  defp fold(sock, acc, fun, left) do
    case take(sock, @slice) do
      {:ok, {bytes, losses, empty?}} ->
        acc = fun.(bytes, losses, acc)
        left = left - max(byte_size(bytes), @occupied)
        if empty? or left <= 0, do: {:ok, acc}, else: fold(sock, acc, fun, left)

      {:error, reason} ->
        {:error, reason, acc}
    end
  end

  @doc """
  Has the calling process woken when something arrives, by a message that
  `woken?/2` knows: `{:asleep, handle}`. `:ready` or `:lost` if there is something
  already.
  """
  @spec sleep(Socket.t()) :: {:asleep, reference()} | :ready | :lost | {:error, {:recv, atom()}}
  def sleep(%Socket{socket: socket}) do
    # A look at one byte leaves the datagram where it is.
    case :socket.recv(socket, 1, [:peek], :nowait) do
      {:select, {:select_info, _tag, handle}} -> {:asleep, handle}
      {:ok, _byte} -> :ready
      {:error, :enobufs} -> :lost
      {:error, reason} -> {:error, {:recv, reason}}
    end
  end

  @doc """
  Sends the calling process `message` when it is time to try again after an error that passes.
  """
  @spec later(term()) :: :ok
  def later(message) do
    Process.send_after(self(), message, @pause)
    :ok
  end

  @doc """
  Whether a message wakes whoever sleeps with this handle.
  """
  @spec woken?(term(), reference() | nil) :: boolean()
  def woken?({:"$socket", _socket, :select, handle}, handle), do: true
  def woken?({:"$socket", _socket, :abort, {handle, _reason}}, handle), do: true
  def woken?(_message, _handle), do: false
end
