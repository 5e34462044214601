defmodule Linx.Netlink.Socket.Buffers do
  @moduledoc false
  # Sizes of a socket's buffers: how many replies fit, and room for a large datagram.
  #
  # Buffers are only enlarged: other callers may use the socket. The kernel doubles the size that
  # is set, and reports the doubled size (`socket(7)`).

  alias Linx.Netlink.{Socket, Target}

  # Receive buffer that one refusal or acknowledgement occupies: `struct sk_buff` and its data,
  # with a long message of the kernel.
  @reply 1280

  # Receive buffer that the reply to a request for one object occupies, usually and at most: one page
  # and the `struct sk_buff`, or two for a link with all its settings. A short reply is trimmed
  # (`netlink_trim` of net/netlink/af_netlink.c). Measured with SK_MEMINFO_RMEM_ALLOC on Linux 6.18:
  # 832 bytes for a route, a neighbour or the counters of a link, 2304 to 4352 for a link.
  @object {1280, 4608}
  @link {4608, 8704}

  # RTM_GETLINK.
  @getlink 18

  # Receive buffer that a dump occupies beyond half of it, by `netlink_recvmsg` and `netlink_dump`
  # of net/netlink/af_netlink.c: one datagram.
  @dump 32 * 1024 + 256

  # What the kernel subtracts from the send buffer before it compares it with a datagram
  # (net/netlink/af_netlink.c, `netlink_sendmsg`).
  @overhead 32

  # `struct nlmsghdr`.
  @header 16

  # Largest size of a buffer (net/core/sock.c, `__sock_set_rcvbuf`).
  @largest 0x7FFFFFFE

  # SO_SNDBUFFORCE of include/uapi/asm-generic/socket.h. An architecture that numbers it otherwise
  # has no such option, and SO_SNDBUF, which needs no privilege, is set instead.
  @so_sndbufforce 32

  # SOL_SOCKET and SO_MEMINFO, and the size of its array of u32
  # (include/uapi/linux/sock_diag.h, SK_MEMINFO_VARS).
  @so_meminfo {1, 55}
  @meminfo_size 36

  @doc """
  Bytes of replies that are sure to fit into half of a target's receive buffer; at least 1. The other
  half is for a dump that another caller reads at the same time.
  """
  @spec reply_room(Target.t()) :: pos_integer()
  def reply_room(target) do
    with {:ok, %Socket{socket: socket}, _conn} <- Target.resolve(target),
         {:ok, bytes} <- :socket.getopt(socket, :socket, :rcvbuf) do
      max(div(bytes, 2) - @dump, 1)
    else
      {:error, _closed} -> 1
    end
  end

  @doc "Bytes of the receive buffer that a refusal occupies."
  @spec refusal_room() :: pos_integer()
  def refusal_room, do: @reply

  @doc "Bytes that the object of a request of this type occupies, usually and at most."
  @spec read_room(0..0xFFFF) :: {pos_integer(), pos_integer()}
  def read_room(@getlink), do: @link
  def read_room(_type), do: @object

  @doc """
  Enlarges the receive buffer to hold so many replies and so many bytes besides, where it is
  smaller. Returns whether it holds them.
  """
  @spec fit_replies(Socket.t(), non_neg_integer(), non_neg_integer()) :: boolean()
  def fit_replies(%Socket{} = sock, count, bytes) do
    needed = min(count * @reply + bytes, @largest)

    if smaller?(sock, :rcvbuf, needed) do
      half = div(needed + 1, 2)

      _ =
        with {:error, _reason} <- Socket.set_rcvbuf(sock, half, force: true),
             do: Socket.set_rcvbuf(sock, half)

      not smaller?(sock, :rcvbuf, needed)
    else
      true
    end
  end

  @doc """
  Enlarges the send buffer for a datagram of messages with these payloads, where it is smaller. If
  the kernel refuses, sending the datagram fails with `:emsgsize`.
  """
  @spec fit_datagram(Socket.t(), [binary()]) :: :ok
  def fit_datagram(%Socket{socket: socket} = sock, payloads) do
    needed =
      Enum.reduce(payloads, @overhead, fn payload, bytes ->
        bytes + @header + div(byte_size(payload) + 3, 4) * 4
      end)

    if smaller?(sock, :sndbuf, needed) do
      half = div(needed + 1, 2)

      with {:error, _reason} <- :socket.setopt_native(socket, {:socket, @so_sndbufforce}, half),
           {:error, _reason} <- :socket.setopt(socket, :socket, :sndbuf, half),
           do: :ok
    else
      :ok
    end
  end

  # `false` for a closed socket, which fails when the request is sent.
  defp smaller?(%Socket{socket: socket}, name, needed) do
    case :socket.getopt(socket, :socket, name) do
      {:ok, bytes} -> bytes < needed
      {:error, _reason} -> false
    end
  end

  @doc """
  Number of datagrams that the kernel dropped for want of receive buffer: SK_MEMINFO_DROPS of
  SO_MEMINFO, include/uapi/linux/sock_diag.h.

  `ENOBUFS` does not serve: while a receive buffer that has overflowed is being read, the kernel
  drops further datagrams without a second `ENOBUFS`.
  """
  @spec drops(Socket.t()) :: non_neg_integer()
  def drops(%Socket{socket: socket}) do
    case :socket.getopt_native(socket, @so_meminfo, @meminfo_size) do
      {:ok, <<_::binary-size(32), drops::native-32, _::binary>>} -> drops
      # Before Linux 4.12, or a closed socket.
      _ -> 0
    end
  end
end
