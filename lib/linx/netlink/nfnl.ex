defmodule Linx.Netlink.Nfnl do
  @moduledoc """
  Netfilter's netlink: firewall rules, connections, logged packets.

  Kernel side: `NETLINK_NETFILTER` of `include/uapi/linux/netlink.h`; its messages are
  framed as `include/uapi/linux/netfilter/nfnetlink.h` has it.

      {:ok, sock} = Linx.Netlink.Nfnl.open()

      :ok =
        Linx.Netlink.Nfnl.batch(sock, [
          Nft.add(%Nft.Table{family: :inet, name: "demo"}),
          Nft.add(%Nft.Chain{family: :inet, table: "demo", name: "ours"})
        ])

  | what | module | as tools know it |
  |---|---|---|
  | tables, chains, rules, sets, objects, flowtables | `Linx.Netlink.Nfnl.Nft` | `nft` |
  | tracked connections | `Linx.Netlink.Nfnl.Conntrack` | `conntrack` |
  | logged packets | `Linx.Netlink.Nfnl.Log` | `ulogd` |
  | changes, as they happen | `Linx.Netlink.Nfnl.Monitor` | `nft monitor`, `conntrack -E` |

  Nearly everything needs `CAP_NET_ADMIN` in the socket's namespace, reading included.

  Only what comes from the kernel is read. If a message of its is broken all the same, too short
  a value is `nil`; where lengths contradict each other, a list raises `ArgumentError`, a monitor
  reports the event as `{:unknown, type}`, and a packet log leaves the packet out.
  """

  import Bitwise, only: [|||: 2, &&&: 2, bnot: 1]
  import Linx.Netlink.Constants, only: [nlm_f_request: 0, nlm_f_ack: 0, nlm_f_echo: 0]

  alias Linx.Netlink.{Batch, Error, Message, Options, Socket, Target}
  alias Linx.Netlink.Nfnl.{Codec, Event, Nft}
  alias Linx.Netlink.Request.Call

  @netlink_netfilter 12

  # What an answer takes of the receive buffer: `struct sk_buff` and its data, with a
  # long sentence of the kernel's.
  @answer 1280

  # What the echoes take of it for each byte of the messages, elements of sets being told of
  # one by one and with the names of their set and table.
  @echo 32

  # The most that a buffer can have (net/core/sock.c, `__sock_set_rcvbuf`).
  @largest 0x7FFFFFFE

  # SO_SNDBUFFORCE of include/uapi/asm-generic/socket.h. Where an architecture numbers it
  # otherwise, the kernel knows no such option, and the one that needs no privilege is left.
  @so_sndbufforce 32

  # What the kernel takes off the send buffer before it compares a datagram with it
  # (net/netlink/af_netlink.c, netlink_sendmsg).
  @overhead 32

  # Events of what a batch made; the others tell of all that went with a table, too.
  @made [
    :new_table,
    :new_chain,
    :new_rule,
    :new_set,
    :new_elements,
    :new_object,
    :new_flowtable
  ]

  # What cannot be inside a batch: NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END.
  @envelopes [0x10, 0x11]

  @typedoc "Options of `batch/4`."
  @type option ::
          {:genid, 0..0xFFFFFFFF | nil} | {:echo, boolean()} | {:timeout, timeout()}

  @typedoc "Why a batch was not carried out."
  @type error ::
          {pos_integer() | nil, Error.t()}
          | {:send | :recv, atom()}
          | {:bad_message, pos_integer()}
          | {:bad_subsys, term()}
          | {:bad_option, :genid | :echo, term()}
          | {:unknown_option, term()}
          | {:bad_timeout, term()}
          | {:bad_target, term()}
          | {:wrong_protocol, {12, actual :: non_neg_integer()}}

  @doc """
  Opens an nfnetlink socket in a network namespace, by default that of the VM.

      {:ok, sock} = Linx.Netlink.Nfnl.open({:path, "/run/netns/box"})

  Needs no privilege in one's own namespace, and `CAP_SYS_ADMIN` to enter another.
  Errors are those of `Linx.Netlink.Socket.open/2`.
  """
  @spec open(Socket.netns()) :: {:ok, Socket.t()} | {:error, Socket.open_error()}
  def open(netns \\ :host), do: Socket.open(@netlink_netfilter, netns)

  @doc """
  Carries out messages as one transaction: all of them, or none.

      {:error, {2, %Linx.Netlink.Error{errno: :enoent}}} =
        batch(sock, [Nft.add(table), Nft.delete(%Nft.Table{family: :ip, name: "absent"})])

  They go to the kernel in one datagram, each with a sequence number of its own and with
  `NLM_F_REQUEST` and `NLM_F_ACK`. The buffers of the socket are enlarged where that
  takes it: thousands of messages are no problem. No messages, nothing sent: `:ok`.

  The socket may be that of a `Linx.Netlink.Connection`, by its pid or name; a table with an
  owner goes when the connection opens another. `subsys` is who carries the messages out; of
  the subsystems only nf_tables takes batches.

  Options:

    * `:genid` - the generation that the ruleset must have, or nothing is done: `{nil,
      %Linx.Netlink.Error{errno: :erestart}}`; from `Linx.Netlink.Nfnl.Codec.get_gen/1`;
    * `:echo` - `true` to get `{:ok, objects}` in place of `:ok`: what was made or changed, as
      the kernel has it now, handles included, in the order of the messages. What was there
      already is not among them, nor what was deleted; elements of sets come one by one, each
      as `Linx.Netlink.Nfnl.Nft.Elements`;
    * `:timeout` - how long to wait for the next answer, in milliseconds or `:infinity`;
      5000 if not given.

  Errors, after which the ruleset is as it was:

    * `{position, %Linx.Netlink.Error{}}` - the first message that was refused, counted
      from 1;
    * `{nil, %Linx.Netlink.Error{}}` - the batch as a whole was refused, such as without
      privilege (`:eperm`);
    * `{:send, reason}` - nothing was sent; `:emsgsize` if the batch is larger than the
      socket may send, which without `CAP_NET_ADMIN` on the host is twice
      `net.core.wmem_max`;
    * `{:bad_message, position}` - what is no message, one without the header that
      `Linx.Netlink.Nfnl.Codec.encode_nfgenmsg/2` makes, or one that would end the batch;
      found before anything is sent, since the kernel answers nothing at all to these;
    * `{:bad_subsys, value}`, `{:bad_option, key, value}`, `{:unknown_option, key}`,
      `{:bad_timeout, value}`;
    * `{:wrong_protocol, {12, actual}}` - the socket is not one of nfnetlink;
    * `{:bad_target, value}` - neither a socket nor a connection.

  After `{:recv, reason}` it may have been carried out or not: compare generations. With
  `:echo`, `{:recv, :enobufs}` says that some objects had no room in the receive buffer,
  which without `CAP_NET_ADMIN` on the host is no more than twice `net.core.rmem_max`.
  """
  @spec batch(Batch.target(), [Message.t()], Codec.subsys(), [option()]) ::
          :ok | {:ok, [Nft.object() | Nft.Elements.t()]} | {:error, error()}
  def batch(sock, messages, subsys \\ :nftables, opts \\ []) when is_list(messages) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_netfilter),
         :ok <- subsys(subsys),
         {:ok, genid} <- genid(opts),
         :ok <- target(sock),
         {:ok, messages} <- sound(messages, 1, []),
         echo = Keyword.get(request, :echo, false),
         {:ok, timeout} = Call.timeout(request),
         {:ok, echoes} <- transact(sock, messages, subsys, genid ++ [echo: echo], timeout) do
      if echo, do: {:ok, made(echoes)}, else: :ok
    end
  end

  # A batch of requests is no socket.
  defp target(%Batch{} = batch), do: {:error, {:bad_target, batch}}
  defp target(sock), do: Target.check(sock, @netlink_netfilter)

  defp subsys(subsys) when subsys in 0..255, do: :ok
  defp subsys(name), do: if(Codec.subsys?(name), do: :ok, else: {:error, {:bad_subsys, name}})

  # Without a generation, `nil`, any will do.
  defp genid(opts) do
    opts = Enum.reject(opts, &(&1 == {:genid, nil}))

    with {:ok, checked} <- Options.cast([genid: 0..0xFFFFFFFF], opts),
         do: {:ok, Map.to_list(checked)}
  end

  defp sound([message | rest], position, done) do
    case Message.check(message) do
      {:ok, %{type: type, payload: payload} = message}
      when type not in @envelopes and byte_size(payload) >= 4 ->
        sound(rest, position + 1, [message | done])

      _ ->
        {:error, {:bad_message, position}}
    end
  end

  defp sound([], _position, done), do: {:ok, Enum.reverse(done)}
  defp sound(_other, position, _done), do: {:error, {:bad_message, position}}

  defp transact(_sock, [], _subsys, _opts, _timeout), do: {:ok, <<>>}

  defp transact(sock, messages, subsys, opts, timeout) do
    last = length(messages)
    traits = if opts[:echo], do: [:enveloped, :echo], else: [:enveloped]

    case Call.batch(sock, &datagram(&1, messages, last, subsys, opts), last, traits, timeout) do
      {:ok, [], echoes} -> {:ok, echoes}
      {:ok, refusals, _echoes} -> {:error, culprit(refusals, last)}
      {:error, reason} -> {:error, reason}
    end
  end

  defp made(echoes) do
    for message <- Message.decode(echoes),
        %Event{op: op, resource: object} = Event.decode(message),
        op in @made,
        do: object
  end

  # The messages in their envelope, on a socket that has room for them.
  defp datagram(sock, messages, last, subsys, opts) do
    {echo, told} = if opts[:echo], do: {nlm_f_echo(), @echo * bytes(messages)}, else: {0, 0}

    flags = flags(room_for_answers?(sock, last * @answer + told), last)

    inner =
      Enum.with_index(messages, fn message, at ->
        {message.type, flags.(message.flags ||| echo, at + 1), message.payload}
      end)

    first = Codec.batch_begin(subsys, Keyword.take(opts, [:genid]))
    final = Codec.batch_end(subsys)

    datagram =
      [{first.type, nlm_f_request(), first.payload}] ++
        inner ++ [{final.type, nlm_f_request(), final.payload}]

    :ok = make_room_for(sock, datagram)
    datagram
  end

  # Refusals come in any case. So where the acknowledgements of all messages have no room,
  # and could not be told from refusals that got lost, the last one stands for all.
  defp flags(true, _last), do: fn flags, _at -> flags ||| nlm_f_request() ||| nlm_f_ack() end

  defp flags(false, last) do
    fn
      flags, ^last -> flags ||| nlm_f_request() ||| nlm_f_ack()
      flags, _at -> (flags ||| nlm_f_request()) &&& bnot(nlm_f_ack())
    end
  end

  defp culprit(refusals, last) do
    inner = for {at, error} <- refusals, at in 1..last, do: {at, error}

    case inner do
      [] -> {nil, refusals |> hd() |> elem(1)}
      inner -> Enum.min_by(inner, &elem(&1, 0))
    end
  end

  # Buffers only ever grow: others may be using the socket. The kernel doubles what it is
  # told, and tells what it has.

  defp room_for_answers?(sock, needed) do
    needed = min(needed, @largest)

    if below?(sock, :rcvbuf, needed) do
      half = div(needed + 1, 2)

      _ =
        with {:error, _reason} <- Socket.set_rcvbuf(sock, half, force: true),
             do: Socket.set_rcvbuf(sock, half)

      not below?(sock, :rcvbuf, needed)
    else
      true
    end
  end

  defp bytes(messages), do: Enum.reduce(messages, 0, &(&2 + byte_size(&1.payload)))

  defp make_room_for(%Socket{socket: socket} = sock, datagram) do
    needed =
      Enum.reduce(datagram, @overhead, fn {_type, _flags, payload}, bytes ->
        bytes + 16 + div(byte_size(payload) + 3, 4) * 4
      end)

    # If both fail, sending tells.
    if below?(sock, :sndbuf, needed) do
      half = div(needed + 1, 2)

      with {:error, _reason} <- :socket.setopt_native(socket, {:socket, @so_sndbufforce}, half),
           {:error, _reason} <- :socket.setopt(socket, :socket, :sndbuf, half),
           do: :ok
    else
      :ok
    end
  end

  defp below?(%Socket{socket: socket}, name, needed) do
    case :socket.getopt(socket, :socket, name) do
      {:ok, bytes} -> bytes < needed
      # A closed one: sending tells.
      {:error, _reason} -> false
    end
  end
end
