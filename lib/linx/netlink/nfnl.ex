defmodule Linx.Netlink.Nfnl do
  @moduledoc """
  nfnetlink: firewall rules, tracked connections and logged packets.

  Kernel side: `NETLINK_NETFILTER` of `include/uapi/linux/netlink.h`; the header of its messages
  is `struct nfgenmsg` of `include/uapi/linux/netfilter/nfnetlink.h`.

      {:ok, sock} = Linx.Netlink.Nfnl.open()

      :ok =
        Linx.Netlink.Nfnl.batch(sock, [
          Nft.add(%Nft.Table{family: :inet, name: "demo"}),
          Nft.add(%Nft.Chain{family: :inet, table: "demo", name: "services"})
        ])

  | objects | module | tool |
  |---|---|---|
  | tables, chains, rules, sets, stateful objects, flowtables | `Linx.Netlink.Nfnl.Nft` | `nft` |
  | tracked connections | `Linx.Netlink.Nfnl.Conntrack` | `conntrack` |
  | logged packets | `Linx.Netlink.Nfnl.Log` | `ulogd` |
  | notifications of changes | `Linx.Netlink.Nfnl.Monitor` | `nft monitor`, `conntrack -E` |

  Nearly all requests need `CAP_NET_ADMIN` in the socket's namespace, reading included.

  Datagrams that another process sent are discarded. A malformed message of the kernel: a value
  that is too short decodes to `nil`; if lengths contradict each other, a list raises
  `ArgumentError`, a monitor reports the event as `{:unknown, type}`, and a packet log skips the
  packet.
  """

  import Bitwise, only: [|||: 2, &&&: 2, bnot: 1]
  import Linx.Netlink.Constants, only: [nlm_f_request: 0, nlm_f_ack: 0, nlm_f_echo: 0]

  alias Linx.Netlink.{Batch, Error, Message, Options, Socket, Target}
  alias Linx.Netlink.Nfnl.{Codec, Event, Nft}
  alias Linx.Netlink.Request.{Call, Datagram}
  alias Linx.Netlink.Socket.Buffers

  @netlink_netfilter 12

  # Receive buffer that the echoes take per byte of the messages: each element of a set is
  # echoed in a message of its own, with the names of its set and table.
  @echo_factor 32

  # Events that an echo returns. The deletion of a table is echoed with an event for each object
  # in it; these are left out.
  @echoed_ops [
    :new_table,
    :new_chain,
    :new_rule,
    :new_set,
    :new_elements,
    :new_object,
    :new_flowtable
  ]

  # Types that a message within a batch cannot have: NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END.
  @batch_types [0x10, 0x11]

  @typedoc "Options of `batch/4`."
  @type option ::
          {:genid, 0..0xFFFFFFFF | nil} | {:echo, boolean()} | {:timeout, timeout()}

  @typedoc "Error of `batch/4`."
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

  Opening in the VM's namespace needs no privilege, in another one `CAP_SYS_ADMIN`.
  Errors are those of `Linx.Netlink.Socket.open/2`.
  """
  @spec open(Socket.netns()) :: {:ok, Socket.t()} | {:error, Socket.open_error()}
  def open(netns \\ :host), do: Socket.open(@netlink_netfilter, netns)

  @doc """
  Executes messages as one transaction: all of them, or none.

      {:error, {2, %Linx.Netlink.Error{errno: :enoent}}} =
        batch(sock, [Nft.add(table), Nft.delete(%Nft.Table{family: :ip, name: "absent"})])

  The messages are sent in one datagram, between `NFNL_MSG_BATCH_BEGIN` and
  `NFNL_MSG_BATCH_END`. Each message gets its own sequence number, `NLM_F_REQUEST` and
  `NLM_F_ACK`. The socket's buffers are enlarged to hold thousands of messages. An empty list
  sends nothing and returns `:ok`.

  `sock` is a socket, or the pid or name of a `Linx.Netlink.Connection`; when a connection
  reopens its socket, tables that the old socket owned are deleted. `subsys` is the subsystem that
  executes the batch; of the kernel's subsystems nf_tables alone supports batches.

  Options:

    * `:genid` - the generation that the ruleset must have, from
      `Linx.Netlink.Nfnl.Codec.get_gen/1`. If it has another one the error is `{nil,
      %Linx.Netlink.Error{errno: :erestart}}`. `nil`, the default, accepts any generation;
    * `:echo` - `true` to return `{:ok, objects}` in place of `:ok`: the objects that were created
      or changed, handles included, in the order of the messages. Objects that existed unchanged
      and deleted objects are not among them. Each element of a set is a
      `Linx.Netlink.Nfnl.Nft.Elements` of its own;
    * `:timeout` - milliseconds to wait for the next datagram of the reply, or `:infinity`; by
      default 5000.

  Errors, after which the ruleset is unchanged:

    * `{position, %Linx.Netlink.Error{}}` - the first message that the kernel refused, counted
      from 1. Messages of `Linx.Netlink.Nfnl.Nft` have a `:codec`, so that the error's `:attribute` is
      the path of the attribute that the kernel names;
    * `{nil, %Linx.Netlink.Error{}}` - the kernel refused the batch as a whole, such as `:eperm`
      without `CAP_NET_ADMIN`;
    * `{:send, reason}` - nothing was sent. `:emsgsize`: the batch is larger than the send buffer,
      whose limit without `CAP_NET_ADMIN` in the initial namespace is twice `net.core.wmem_max`;
    * `{:bad_message, position}` - the value at this position is no message, lacks the header that
      `Linx.Netlink.Nfnl.Codec.encode_nfgenmsg/2` makes, or would begin or end a batch. It is found
      before anything is sent: the kernel does not answer such messages;
    * `{:bad_subsys, value}`, `{:bad_option, key, value}`, `{:unknown_option, key}`,
      `{:bad_timeout, value}`;
    * `{:wrong_protocol, {12, actual}}` - the socket is not an nfnetlink socket;
    * `{:bad_target, value}` - the value is neither a socket nor a connection.

  After `{:recv, reason}` the batch may have been executed or not: compare generations. With
  `:echo`, `{:recv, :enobufs}` means that echoes did not fit the receive buffer, whose limit
  without `CAP_NET_ADMIN` in the initial namespace is twice `net.core.rmem_max`.
  """
  @spec batch(Batch.target(), [Message.t()], Codec.subsys(), [option()]) ::
          :ok | {:ok, [Nft.object() | Nft.Elements.t()]} | {:error, error()}
  def batch(sock, messages, subsys \\ :nftables, opts \\ []) when is_list(messages) do
    with {:ok, request, opts} <- Options.split(opts, :add, @netlink_netfilter),
         :ok <- subsys(subsys),
         {:ok, genid} <- genid(opts),
         :ok <- target(sock),
         {:ok, messages} <- validate_messages(messages, 1, []),
         echo = Keyword.get(request, :echo, false),
         timeout = Call.timeout(request),
         {:ok, echoes} <- transact(sock, messages, subsys, genid ++ [echo: echo], timeout) do
      if echo, do: {:ok, echoed_objects(echoes)}, else: :ok
    end
  end

  # A `Linx.Netlink.Batch` cannot hold a transaction.
  defp target(%Batch{} = batch), do: {:error, {:bad_target, batch}}
  defp target(sock), do: Target.check(sock, @netlink_netfilter)

  defp subsys(subsys) when subsys in 0..255, do: :ok
  defp subsys(name), do: if(Codec.subsys?(name), do: :ok, else: {:error, {:bad_subsys, name}})

  defp genid(opts) do
    opts = Enum.reject(opts, &(&1 == {:genid, nil}))

    with {:ok, checked} <- Options.cast([genid: 0..0xFFFFFFFF], opts),
         do: {:ok, Map.to_list(checked)}
  end

  defp validate_messages([message | rest], position, done) do
    case Message.check(message) do
      {:ok, %{type: type, payload: payload} = message}
      when type not in @batch_types and byte_size(payload) >= 4 ->
        validate_messages(rest, position + 1, [message | done])

      _ ->
        {:error, {:bad_message, position}}
    end
  end

  defp validate_messages([], _position, done), do: {:ok, Enum.reverse(done)}
  defp validate_messages(_other, position, _done), do: {:error, {:bad_message, position}}

  defp transact(_sock, [], _subsys, _opts, _timeout), do: {:ok, <<>>}

  defp transact(sock, messages, subsys, opts, timeout) do
    last = length(messages)
    sending = [echo: opts[:echo], timeout: timeout]

    case Datagram.transact(sock, &datagram(&1, messages, last, subsys, opts), sending) do
      {:ok, [], echoes} -> {:ok, echoes}
      {:ok, refusals, _echoes} -> {:error, first_error(refusals, last)}
      {:error, reason} -> {:error, reason}
    end
  end

  defp echoed_objects(echoes) do
    for message <- Message.decode(echoes),
        %Event{op: op, resource: object} = Event.decode(message),
        op in @echoed_ops,
        do: object
  end

  # The messages between those that begin and end the batch, with the socket's buffers enlarged.
  defp datagram(sock, messages, last, subsys, opts) do
    {echo, echoes} =
      if opts[:echo], do: {nlm_f_echo(), @echo_factor * bytes(messages)}, else: {0, 0}

    flags = flags(Buffers.fit_replies(sock, last, echoes), last)

    inner =
      Enum.with_index(messages, fn message, at ->
        %{message | flags: flags.(message.flags ||| echo, at + 1)}
      end)

    first = %{Codec.batch_begin(subsys, Keyword.take(opts, [:genid])) | flags: nlm_f_request()}
    final = %{Codec.batch_end(subsys) | flags: nlm_f_request()}
    datagram = [first] ++ inner ++ [final]
    :ok = Buffers.fit_datagram(sock, Enum.map(datagram, & &1.payload))
    datagram
  end

  defp bytes(messages), do: Enum.reduce(messages, 0, &(&2 + byte_size(&1.payload)))

  # Flags of each message, by whether the receive buffer holds all acknowledgements. If not, only
  # the last message asks for one: a lost acknowledgement cannot be distinguished from a lost refusal, and
  # the kernel sends refusals without NLM_F_ACK too.
  defp flags(true, _last), do: fn flags, _at -> flags ||| nlm_f_request() ||| nlm_f_ack() end

  defp flags(false, last) do
    fn
      flags, ^last -> flags ||| nlm_f_request() ||| nlm_f_ack()
      flags, _at -> (flags ||| nlm_f_request()) &&& bnot(nlm_f_ack())
    end
  end

  # A refusal at place 0, or behind the last message, is that of the batch as a whole.
  defp first_error(refusals, last) do
    inner = for {at, error} <- refusals, at in 1..last, do: {at, error}

    case inner do
      [] -> {nil, refusals |> hd() |> elem(1)}
      inner -> Enum.min_by(inner, &elem(&1, 0))
    end
  end
end
