defmodule Linx.Netlink.Request do
  @moduledoc """
  One request to the kernel, and its whole reply.

  Kernel side: `struct nlmsghdr` of `include/uapi/linux/netlink.h`.

      # RTM_GETLINK with NLM_F_DUMP: every link, undecoded.
      {:ok, messages} = Linx.Netlink.Request.talk(sock, 18, 0x300, <<0::128>>)

  `talk/5` sends and returns messages as they are on the wire, for every netlink
  family. `dump/4`, `stream!/4`, `fetch/4` and `run/5` take and return structs of a
  `Linx.Netlink.Codec` module; the verbs of `Linx.Netlink.Rtnl` are made of them.
  `async/3` starts a request and returns at once.

  The pid or the name of a `Linx.Netlink.Connection` may stand in place of a socket.
  Any number of processes may share either. Replies are matched to requests by sequence
  number; dumps, of which the kernel runs one per socket, wait for each other.

  ## Options

    * `:timeout` - limit of the wait for the next datagram of this reply, in
      milliseconds or `:infinity`; 5000 if not given. It restarts with each datagram
      of this reply; time queued behind other dumps does not count;
    * `:dump_retries` - limit of the repetitions of an interrupted dump, whose objects
      may be missing or doubled since they changed meanwhile; 2 if not given;
    * `:skip` - names of attributes of the codec module that are not decoded; their
      fields stay `nil`. Saves time where many large objects are read;
    * `:protocol` - number of the protocol that the socket must be of, such as 0
      for rtnetlink. The verbs of `Linx.Netlink.Rtnl` and `Linx.Netlink.Nfnl` give it;
    * `:head` - 2 bytes that replace the first ones of an encoded struct: command and version of
      `struct genlmsghdr`. The verbs of `Linx.Netlink.Generic` give it;
    * `:reply` - codec module of the objects of the reply, if that is not the one of the request.

  A `:timeout` above 4294967295 (49 days), the longest wait of the VM, counts as that.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused the request;
    * `:dump_interrupted` - the dump and its repetitions were interrupted;
    * `{:send, reason}`, `{:recv, reason}` - the socket failed: `:closed`,
      `:timeout`, `:truncated` (a datagram did not fit any buffer), `:enobufs`
      (the receive buffer overflowed, and the reply may have been lost; the
      request may have been carried out), or the name of an errno; `{:send, :noproc}`: there
      is no such connection;
    * `{:bad_timeout, value}`, `{:bad_dump_retries, value}`, `{:bad_option, key, value}`,
      `{:unknown_option, key}`;
    * `{:wrong_protocol, {expected, actual}}` - the socket is of another protocol;
    * `{:bad_target, value}` - neither a socket nor a connection;
    * `{:bad_payload, value}` - no iodata.

  All but the first three are found before anything is sent. A type or flags beyond 16 bits,
  and a body that is no struct, raise `FunctionClauseError`; a struct with a value that does
  not fit its field raises the `ArgumentError` of its `encode/1`, before anything is sent.
  """

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants

  alias Linx.Netlink.{Batch, Error, Message, Options, Reason, Target}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Request.{Call, Dump, Exchange, Stream}

  @typedoc """
  Destination of a request: a socket or a connection. A batch collects requests for one object and
  requests that change something, and sends dumps at once.
  """
  @type target :: Target.t() | Batch.t()

  @type option ::
          {:timeout, timeout()}
          | {:dump_retries, non_neg_integer()}
          | {:skip, [atom()]}
          | {:protocol, non_neg_integer()}
          | {:head, <<_::16>>}
          | {:reply, module()}

  @type error ::
          Error.t()
          | :dump_interrupted
          | {:send | :recv, atom()}
          | {:bad_timeout | :bad_dump_retries | :unknown_option | :bad_payload, term()}
          | {:bad_option, atom(), term()}
          | {:bad_target, term()}
          | {:wrong_protocol, {expected :: non_neg_integer(), actual :: non_neg_integer()}}

  @doc """
  Sends a message of `type` with `flags` (`NLM_F_REQUEST` is added) and `payload`,
  and collects the reply.

  Returns `{:ok, messages}`: none for an acknowledgement, one for a single
  reply, all parts of a dump in order. A single reply is returned when it arrives,
  before the acknowledgement of the same request, unless `NLM_F_ECHO` and
  `NLM_F_ACK` are both set.
  """
  @spec talk(target(), 0..0xFFFF, 0..0xFFFF, iodata(), [option()]) ::
          {:ok, [Message.t()]} | {:error, error()}
  def talk(sock, type, flags, payload \\ <<>>, opts \\ [])
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, payload} <- payload(payload),
         {:ok, call} <- call(sock, type, flags, payload, opts),
         {:ok, bytes, _count} <- Call.run(call),
         do: {:ok, Message.decode(bytes)}
  end

  defp payload(iodata) do
    {:ok, IO.iodata_to_binary(iodata)}
  rescue
    ArgumentError -> {:error, {:bad_payload, iodata}}
  end

  # Errors of a request's arguments are found here, before anything is sent.
  defp call(target, type, flags, request, opts) do
    target = Batch.target(target)

    with {:ok, opts} <- check(target, opts),
         do: Call.new(target, type, flags, request, opts)
  end

  defp check(target, opts) do
    with {:ok, opts} <- Options.request(opts),
         :ok <- Target.check(target, opts[:protocol]),
         do: {:ok, opts}
  end

  @doc """
  Dumps the objects that match `query`, decoded by its codec module.

  The kernel checks every field of `query` and filters by it where it can
  (`NETLINK_GET_STRICT_CHK`).
  """
  @spec dump(target(), 0..0xFFFF, struct(), [option()]) :: {:ok, [struct()]} | {:error, error()}
  def dump(sock, type, %module{} = query, opts \\ []) when type in 0..0xFFFF do
    with {:ok, call} <- call(sock, type, nlm_f_dump(), query, opts),
         do: Dump.list(call, reply(opts, module), skip(opts))
  end

  defp skip(opts), do: Keyword.get(opts, :skip, [])
  defp reply(opts, module), do: Keyword.get(opts, :reply, module)

  @doc """
  Stream of the structs that `dump/4` returns, read lazily and in constant memory.

  Each enumeration is a dump of its own. An interrupted dump is not repeated, since
  its first objects have been emitted: the stream raises `Linx.Netlink.Error` with
  the `:errno` `:dump_interrupted`, and after any other failure with the errno of the
  refusal or the reason of the socket's failure. Other dumps on the socket wait until
  the enumeration ends.

  Wrong options and a socket of another protocol raise `ArgumentError` at once.
  """
  @spec stream!(target(), 0..0xFFFF, struct(), [option()]) :: Enumerable.t()
  def stream!(sock, type, %module{} = query, opts \\ []) when type in 0..0xFFFF do
    target = Batch.target(sock)

    case check(target, opts) do
      {:ok, opts} ->
        Stream.stream!(
          fn -> Call.new(target, type, nlm_f_dump(), query, opts) end,
          &Engine.decode_some(reply(opts, module), &1, &2, skip(opts))
        )

      {:error, reason} ->
        raise ArgumentError, "cannot stream: #{Reason.text(reason)}"
    end
  end

  @doc """
  Gets the object that matches `query`, decoded by its codec module.
  `{:error, :no_reply}` if the kernel acknowledged the request without an object.

  With a `Linx.Netlink.Batch` in place of a socket it sends nothing and returns the request:
  `{:ok, %Linx.Netlink.Batch.Read{}}`.
  """
  @spec fetch(target(), 0..0xFFFF, struct(), [option()]) ::
          {:ok, struct() | Batch.Read.t()} | {:error, error() | :no_reply}
  def fetch(sock, type, query, opts \\ [])

  def fetch(%Batch{sock: sock}, type, %_module{} = query, opts) when type in 0..0xFFFF do
    with {:ok, opts} <- check(sock, opts), do: Batch.gather_read(type, query, opts)
  end

  def fetch(sock, type, %_module{} = query, opts) when type in 0..0xFFFF do
    with {:ok, opts} <- check(sock, opts),
         :custom <- Exchange.fetch(sock, type, query, opts),
         {:ok, call} <- Call.new(sock, type, 0, query, opts),
         do: Call.object(call, reply(opts, call.codec), skip(opts))
  end

  @doc """
  Gets all objects that the kernel answers with to a request that is no dump, decoded by the codec module
  of `query`: a reply of one message, or of several that `NLMSG_DONE` ends.

  A batch makes the request at once, as a dump.
  """
  @spec fetch_all(target(), 0..0xFFFF, struct(), [option()]) ::
          {:ok, [struct()]} | {:error, error()}
  def fetch_all(sock, type, %module{} = query, opts \\ []) when type in 0..0xFFFF do
    with {:ok, call} <- call(sock, type, 0, query, opts),
         {:ok, bytes, _count} <- Call.run(call),
         do:
           {:ok,
            for(message <- Message.decode(bytes), do: reply(opts, module).decode(message.payload))}
  end

  @doc false
  # Reads an object by a function of a target and the options of its requests: at once, or for a batch
  # at its place among the requests of that.
  @spec read(target(), [option()], (Target.t(), [option()] -> result)) ::
          {:ok, Batch.Read.t()} | result
        when result: term()
  def read(%Batch{sock: sock}, opts, fun) do
    with {:ok, _opts} <- check(sock, opts) do
      call = fn target, timeout -> fun.(target, Keyword.put(opts, :timeout, timeout)) end
      {:ok, %Batch.Read{type: nil, payload: nil, codec: nil, call: call}}
    end
  end

  def read(sock, opts, fun), do: fun.(sock, opts)

  @doc """
  Changes something: sends `body` with `flags` and `NLM_F_ACK`, and waits for the
  acknowledgement.

  With the option `echo: true` it returns `{:ok, object}`, the object that was made,
  as the kernel reports it before the acknowledgement (`NLM_F_ECHO`), or
  `{:error, :no_reply}` if the kernel acknowledges without a report. Of several messages it is the first with
  the type of the request: the kernel may report what the object replaced before it.

  With a `Linx.Netlink.Batch` in place of a socket it sends nothing and returns the
  request: `{:ok, %Linx.Netlink.Message{}}`.
  """
  @spec run(target(), 0..0xFFFF, 0..0xFFFF, struct(), [
          option() | {:echo, boolean()}
        ]) ::
          :ok | {:ok, struct() | Message.t()} | {:error, error() | :no_reply}
  def run(sock, type, flags, body, opts \\ [])

  # A batch sends the request later, with a timeout of its own.
  def run(%Batch{} = batch, type, flags, %_module{} = body, opts)
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, opts} <- check(Batch.target(batch), opts),
         do: Batch.gather(type, flags, body, opts)
  end

  def run(sock, type, flags, %_module{} = body, opts)
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, opts} <- check(sock, opts),
         echo = Keyword.get(opts, :echo, false),
         flags = flags ||| nlm_f_ack() ||| if(echo, do: nlm_f_echo(), else: 0),
         {:ok, call} <- Call.new(sock, type, flags, body, opts) do
      if echo,
        do: Call.made(call, reply(opts, call.codec)),
        else: with({:ok, _bytes, _count} <- Call.run(call), do: :ok)
    end
  end

  @doc """
  Starts a request and returns a task for it at once.

      task = Request.async(sock, &Link.list/1)
      {:ok, links} = Linx.Netlink.Connection.await(task)

  The request is a function of the target, or a message, such as verbs return for a
  `Linx.Netlink.Batch`. A message is sent with `NLM_F_ACK`, and has the result, the options and
  the errors of `talk/5`, the path of a refused attribute included. A function has no options.

  The result is a `Task`: it is linked to the caller, and a function that raises ends the caller.
  When the caller ends, for whatever reason, the request is cancelled.
  """
  @spec async(target(), (target() -> term()) | Message.t(), [option()]) :: Task.t()
  def async(sock, request, opts \\ [])

  def async(sock, fun, opts) when is_function(fun, 1),
    do: start(fn -> with {:ok, %{}} <- Options.cast([], opts), do: fun.(sock) end)

  def async(sock, %Message{} = message, opts),
    do: start(fn -> acknowledged(sock, message, opts) end)

  defp acknowledged(target, %{type: type, flags: flags} = message, opts) do
    with {:ok, payload} <- payload(message.payload),
         {:ok, call} <- call(target, type, flags ||| nlm_f_ack(), payload, opts),
         {:ok, bytes, _count} <- Call.run(%{call | codec: message.codec}),
         do: {:ok, Message.decode(bytes)}
  end

  defp start(request) do
    owner = self()

    Task.async(fn ->
      worker = self()
      # A link does not end the worker when the owner ends normally.
      spawn(fn -> cancel_after(owner, worker) end)
      request.()
    end)
  end

  defp cancel_after(owner, worker) do
    worker_ref = Process.monitor(worker)
    owner_ref = Process.monitor(owner)

    receive do
      {:DOWN, ^worker_ref, :process, _, _} -> :ok
      {:DOWN, ^owner_ref, :process, _, _} -> Process.exit(worker, :kill)
    end
  end
end
