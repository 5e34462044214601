defmodule Linx.Netlink.Socket do
  @moduledoc """
  An `AF_NETLINK` socket in a network namespace.

  Kernel side: `include/uapi/linux/netlink.h`, `netlink(7)`.

      {:ok, sock} = Linx.Netlink.Socket.open(0, {:path, "/var/run/netns/blue"})
      {:ok, links} = Linx.Netlink.Rtnl.Link.list(sock)
      :ok = Linx.Netlink.Socket.close(sock)

  A socket stays in the namespace it was opened in, also when the name of the namespace
  is deleted. It belongs to the process that opened it and is closed when that process
  ends. Any number of processes may make requests on it at the same time: each gets its
  own reply alone.

  Notifications of joined groups stay in the receive buffer until `recv_datagram/2` or
  `:socket.recv/2..4` reads them. Requests discard the notifications that they read: use
  a socket for requests or for notifications, not for both.
  """

  alias Linx.Errno
  alias Linx.Netlink.{Native, Options, Permit}
  alias __MODULE__.Lookups

  @enforce_keys [:socket, :netns, :protocol, :seq]
  defstruct [:socket, :netns, :protocol, :seq, :channel, :lookups]

  # Sizes of the last lists, by message type. Types with the same remainder share one.
  @list_sizes 64

  @typedoc """
  A network namespace: that of the VM, that of an OS process, or that of a file such as
  `/run/netns/NAME`.
  """
  @type netns :: :host | {:pid, pos_integer()} | {:path, binary()}

  @typedoc """
  An open socket.

  Fields:

    * `:socket` - the `:socket.socket()`, for functions of OTP;
    * `:netns` - the namespace that it was opened in, a pid as its path;
    * `:protocol` - number of the protocol, `NETLINK_*`;
    * `:seq` - `:atomics` reference; slot 1 holds the last sequence number that was used, the others
      are private;
    * `:channel`, `:lookups` - private.
  """
  @type t :: %__MODULE__{
          socket: :socket.socket(),
          netns: netns(),
          protocol: non_neg_integer(),
          seq: :atomics.atomics_ref(),
          channel: reference() | nil,
          lookups: Lookups.t() | nil
        }

  @typedoc """
  The step of opening a socket that failed, and the reason; in another namespace, the
  number of the errno.
  """
  @type open_error ::
          {:socket | :bind, atom()}
          | {:open | :setns | :socket | :thread, errno :: pos_integer()}
          | {:bad_path, binary()}
          | {:bad_netns, term()}

  @last_seq 0xFFFFFFFF

  # Twice the longest message of nfnetlink_log (NFULNL_NLBUFSIZ_MAX of
  # net/netfilter/nfnetlink_log.c, 131072). Dumps come in at most 32 KiB.
  @datagram 262_144

  @doc """
  Opens a socket of `protocol` (0 rtnetlink, 12 nfnetlink, 16 generic netlink, …)
  in `netns`.

  It asks for extended acknowledgements and is bound to a port of the kernel's
  choice. Opening needs no privilege in the VM's namespace, and `CAP_SYS_ADMIN`
  in another one.

  Errors: `{:socket, atom}` and `{:bind, reason}`; for another namespace
  `{stage, errno}` with the errno as a number, such as `{:open, 2}` for a path or
  pid that does not exist, `{:setns, 22}` for a file that is no network
  namespace, `{:setns, 1}` without the privilege; `{:bad_path, path}` for a path
  with a NUL byte, `{:bad_netns, value}` for what names no namespace at all. A protocol that is
  no integer, or negative, is a `FunctionClauseError`.
  """
  @spec open(non_neg_integer(), netns()) :: {:ok, t()} | {:error, open_error()}
  def open(protocol, netns \\ :host)

  def open(protocol, netns) when is_integer(protocol) and protocol >= 0 do
    with {:ok, netns} <- netns(netns),
         {:ok, {handover, fd}} <- open_fd(protocol, netns),
         {:ok, socket} <- adopt(handover, fd),
         {:ok, channel} <- channel(socket) do
      seq = :atomics.new(1 + 2 * @list_sizes, signed: false)

      {:ok,
       %__MODULE__{
         socket: socket,
         netns: netns,
         protocol: protocol,
         seq: seq,
         channel: channel,
         lookups: Lookups.new(protocol)
       }}
    end
  end

  defp netns(:host), do: {:ok, :host}

  defp netns({:pid, pid}) when is_integer(pid) and pid > 0,
    do: {:ok, {:path, "/proc/#{pid}/ns/net"}}

  defp netns({:path, path} = netns) when is_binary(path) do
    if :binary.match(path, <<0>>) == :nomatch, do: {:ok, netns}, else: {:error, {:bad_path, path}}
  end

  defp netns(other), do: {:error, {:bad_netns, other}}

  # A protocol number that is no C int is no protocol either: EPROTONOSUPPORT.
  defp open_fd(protocol, :host) when protocol > 0x7FFFFFFF,
    do: {:error, {:socket, :eprotonosupport}}

  defp open_fd(protocol, {:path, _}) when protocol > 0x7FFFFFFF, do: {:error, {:socket, 93}}

  defp open_fd(protocol, :host) do
    with {:error, {stage, errno}} <- Permit.run(&Native.open(&1, protocol)),
         do: {:error, {stage, Errno.atom(errno)}}
  end

  defp open_fd(protocol, {:path, path}),
    do: Permit.run(&Native.open_in(&1, path, protocol))

  # `:socket` waits for readiness, and closes the socket with its process. It duplicates the
  # descriptor, so that the original is closed here.
  defp adopt(handover, fd) do
    result = :socket.open(fd)
    :ok = Native.release_fd(handover)
    with {:error, reason} <- result, do: {:error, {:socket, reason}}
  end

  defp channel(socket) do
    with {:ok, fd} <- :socket.getopt(socket, :otp, :fd),
         {:ok, channel} <- Native.channel(fd) do
      {:ok, channel}
    else
      {:error, errno} ->
        _ = :socket.close(socket)
        {:error, {:socket, if(is_integer(errno), do: Errno.atom(errno), else: errno)}}
    end
  end

  @doc false
  # Bytes of the last list of objects of a message type that this socket has read, and the words of heap
  # that its structs took; 0 if there was none.
  @spec list_size(t(), 0..0xFFFF) :: {bytes :: non_neg_integer(), words :: non_neg_integer()}
  def list_size(%__MODULE__{seq: seq}, type) do
    slot = list_slot(type)
    {:atomics.get(seq, slot), :atomics.get(seq, slot + 1)}
  end

  @doc false
  @spec put_list_size(t(), 0..0xFFFF, {non_neg_integer(), non_neg_integer()}) :: :ok
  def put_list_size(%__MODULE__{seq: seq}, type, {bytes, words}) do
    slot = list_slot(type)
    :ok = :atomics.put(seq, slot, bytes)
    :atomics.put(seq, slot + 1, words)
  end

  defp list_slot(type), do: 2 + 2 * rem(type, @list_sizes)

  @doc """
  Closes a socket, also from another process, also a second time: `:ok`.

  Calls in flight on it end with an error, as does every later one.
  """
  @spec close(t()) :: :ok
  def close(%__MODULE__{socket: socket, channel: channel, lookups: lookups}) do
    :ok = Native.close(channel)
    :ok = Lookups.delete(lookups)
    _ = :socket.close(socket)
    :ok
  end

  @doc """
  The next sequence number: 1 at first, 1 again after 4294967295, never 0.
  """
  @spec next_seq(t()) :: 1..0xFFFFFFFF
  def next_seq(%__MODULE__{} = sock), do: next_seq(sock, 1)

  @doc false
  # The first of `count` sequence numbers that follow each other.
  @spec next_seq(t(), pos_integer()) :: 1..0xFFFFFFFF
  def next_seq(%__MODULE__{seq: seq}, count), do: take_seq(seq, count, :atomics.get(seq, 1))

  defp take_seq(seq, count, last) do
    first = if last > @last_seq - count, do: 1, else: last + 1

    case :atomics.compare_exchange(seq, 1, last, first + count - 1) do
      :ok -> first
      moved -> take_seq(seq, count, moved)
    end
  end

  @doc """
  Joins a multicast group, by number, not by mask (`RTNLGRP_*`, `NFNLGRP_*`).

  Some groups need privilege. `{:error, :closed}` on a closed socket, `:einval`
  for a group that the protocol does not have, else the system's reason.
  """
  @spec add_membership(t(), pos_integer()) :: :ok | {:error, atom()}
  def add_membership(%__MODULE__{channel: channel}, group) when is_integer(group) and group > 0,
    do: membership(channel, group, true)

  @doc """
  Leaves a multicast group. Returns as `add_membership/2`.
  """
  @spec drop_membership(t(), pos_integer()) :: :ok | {:error, atom()}
  def drop_membership(%__MODULE__{channel: channel}, group) when is_integer(group) and group > 0,
    do: membership(channel, group, false)

  defp membership(_channel, group, _join) when group > 0xFFFFFFFF, do: {:error, :einval}

  defp membership(channel, group, join),
    do: done(Permit.run(&Native.membership(&1, channel, group, join)))

  @doc """
  Receives one datagram: the next one in the socket, or else the first to arrive.

      :ok = Socket.add_membership(sock, 1)
      {:ok, datagram} = Socket.recv_datagram(sock)
      [message | _] = Linx.Netlink.Message.decode(datagram)

  It waits without limit, as `:socket.recv/1` does, and takes the datagram of any sender.
  `size`, 262144 if not given, is the largest datagram in bytes. A larger one is lost:
  `{:error, :truncated}`. `{:error, :enobufs}`: the kernel dropped datagrams for which the
  receive buffer had no room. `{:error, :closed}`: the socket is closed.
  """
  @spec recv_datagram(t(), pos_integer()) :: {:ok, binary()} | {:error, atom()}
  def recv_datagram(%__MODULE__{socket: socket}, size \\ @datagram)
      when size in 1..0x7FFFFFFF do
    case :socket.recvmsg(socket, size, 0, [], :infinity) do
      {:ok, %{iov: iov, flags: flags}} ->
        if :trunc in flags, do: {:error, :truncated}, else: {:ok, IO.iodata_to_binary(iov)}

      {:error, reason} ->
        {:error, reason}
    end
  end

  @doc """
  Sets the receive buffer in bytes (`SO_RCVBUF`).

  The kernel doubles the number and caps it at twice `net.core.rmem_max`. With
  `force: true` it goes beyond that cap (`SO_RCVBUFFORCE`), which needs
  `CAP_NET_ADMIN` in the initial user namespace: `{:error, :eperm}` without.

  Wrong options are `{:bad_option, :force, value}` and `{:unknown_option, key}`.
  """
  @spec set_rcvbuf(t(), pos_integer(), force: boolean()) ::
          :ok | {:error, atom() | {:bad_option, :force, term()} | {:unknown_option, term()}}
  def set_rcvbuf(%__MODULE__{channel: channel}, bytes, opts \\ [])
      when is_integer(bytes) and bytes > 0 do
    # The kernel caps the size below the largest C int.
    with {:ok, chosen} <- Options.cast([force: :boolean], opts) do
      force = Map.get(chosen, :force, false)
      done(Native.set_rcvbuf(channel, min(bytes, 0x7FFFFFFF), force))
    end
  end

  defp done({:ok, :ok}), do: :ok
  defp done({:error, 9}), do: {:error, :closed}
  defp done({:error, errno}), do: {:error, Errno.atom(errno)}
end
