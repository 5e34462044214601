defmodule Linx.Netlink.Request do
  @moduledoc """
  One request to the kernel, and its whole reply.

  Kernel side: `struct nlmsghdr` of `include/uapi/linux/netlink.h`.

      # RTM_GETLINK with NLM_F_DUMP: every link, undecoded.
      {:ok, messages} = Linx.Netlink.Request.talk(sock, 18, 0x300, <<0::128>>)

  `talk/5` works with messages as they are on the wire, for every netlink
  family. `dump/4`, `stream!/4`, `fetch/4` and `run/5` work with the structs of a
  `Linx.Netlink.Codec` module; the verbs of `Linx.Netlink.Rtnl` are made of them.

  What takes a socket takes the pid or the name of a `Linx.Netlink.Connection` as well.
  Any number of processes may share either. Replies are told apart by sequence
  number; dumps, of which the kernel runs one per socket, wait for each other.

  ## Options

    * `:timeout` - how long to wait for the next datagram of this reply, in
      milliseconds or `:infinity`; 5000 if not given. What else arrives on the
      socket does not prolong it, and neither does waiting for other dumps
      shorten it.
    * `:dump_retries` - how often a dump is repeated when the objects changed
      while they were read, and so may be missing or doubled; 2 if not given;
    * `:skip` - attributes of the codec module that are not to be decoded, by
      name; their fields stay `nil`. Of use where many large objects are read;
    * `:protocol` - the number of the protocol that the socket must be of, such as 0
      for rtnetlink. The verbs of `Linx.Netlink.Rtnl` and `Linx.Netlink.Nfnl` give it.

  A `:timeout` above 4294967295 (49 days), which is the longest that the VM waits, counts
  as that.

  ## Errors

    * `%Linx.Netlink.Error{}` - the kernel refused;
    * `:dump_interrupted` - a dump was interrupted each time;
    * `{:send, reason}`, `{:recv, reason}` - the socket failed: `:closed`,
      `:timeout`, `:truncated` (a datagram did not fit any buffer), `:enobufs`
      (the receive buffer overflowed, and the reply may have been lost; the
      request may have been carried out), or an errno's name; `{:send, :noproc}` of a
      connection that is not there;
    * `{:bad_timeout, value}`, `{:bad_dump_retries, value}`, `{:bad_option, key, value}`,
      `{:unknown_option, key}`;
    * `{:wrong_protocol, {expected, actual}}` - the socket is of another protocol;
    * `{:bad_target, value}` - neither a socket nor a connection;
    * `{:bad_payload, value}` - no iodata.

  All but the first three are found before anything is sent. A type or flags beyond 16 bits,
  and what is no struct, are a `FunctionClauseError`; a struct with a value that does not
  fit its field is the `ArgumentError` of its `encode/1`, before anything is sent, too.
  """

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants

  alias Linx.Netlink.{Batch, Connection, Error, Message, Options, Socket, Target}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Request.{Call, Stream}

  @typedoc """
  Where a request goes: a socket or a connection. With a batch of one, what is to be
  changed is gathered, and what is to be read is read at once.
  """
  @type target :: Socket.t() | Connection.handle() | Batch.t()

  @type option ::
          {:timeout, timeout()}
          | {:dump_retries, non_neg_integer()}
          | {:skip, [atom()]}
          | {:protocol, non_neg_integer()}

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
  answer, all parts of a dump in order. A single answer is returned when it is
  there, without waiting for an acknowledgement asked for as well, unless
  `NLM_F_ECHO` and `NLM_F_ACK` are both set.
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

  # What is wrong with a request is found here, before anything is sent.
  defp call(sock, type, flags, request, opts) do
    with {:ok, opts} <- check(sock, opts),
         do: Call.new(sock, type, flags, request, opts)
  end

  defp check(sock, opts) do
    with {:ok, opts} <- Options.request(opts),
         :ok <- Target.check(sock, opts[:protocol]),
         do: {:ok, opts}
  end

  @doc """
  Dumps what `query` asks for, decoded by the codec module it is a struct of.

  The kernel checks `query` to the letter and filters by it where it can
  (`NETLINK_GET_STRICT_CHK`).
  """
  @spec dump(target(), 0..0xFFFF, struct(), [option()]) :: {:ok, [struct()]} | {:error, error()}
  def dump(sock, type, %module{} = query, opts \\ []) when type in 0..0xFFFF do
    with {:ok, call} <- call(sock, type, nlm_f_dump(), query, opts),
         {:ok, bytes, _count} <- Call.run(call),
         do: {:ok, Engine.decode_messages(module, bytes, skip(opts))}
  end

  defp skip(opts), do: Keyword.get(opts, :skip, [])

  @doc """
  The same as `dump/4`, lazily and in constant memory: a stream of structs.

  Each enumeration is a dump of its own. It cannot be repeated in secret, since
  its first objects may have been used already: if it turns out to have been
  interrupted, or fails otherwise, the stream raises `Linx.Netlink.Error`, whose
  `:errno` is then `:dump_interrupted`, or the reason of the socket's failure.
  While it is enumerated, other dumps on the socket wait.

  Wrong options and a socket of another protocol raise `ArgumentError`, at once.
  """
  @spec stream!(target(), 0..0xFFFF, struct(), [option()]) :: Enumerable.t()
  def stream!(sock, type, %module{} = query, opts \\ []) when type in 0..0xFFFF do
    case check(sock, opts) do
      {:ok, opts} ->
        Stream.stream!(
          fn -> Call.new(sock, type, nlm_f_dump(), query, opts) end,
          &Engine.decode_some(module, &1, &2, skip(opts))
        )

      {:error, reason} ->
        raise ArgumentError, "cannot stream: #{inspect(reason)}"
    end
  end

  @doc """
  Gets the one object that `query` asks for, decoded by the codec module it is a
  struct of. `{:error, :no_reply}` if the kernel acknowledged without it.
  """
  @spec fetch(target(), 0..0xFFFF, struct(), [option()]) ::
          {:ok, struct()} | {:error, error() | :no_reply}
  def fetch(sock, type, %_module{} = query, opts \\ []) when type in 0..0xFFFF do
    with {:ok, call} <- call(sock, type, 0, query, opts), do: object(call, skip(opts))
  end

  @doc """
  Has the kernel change something: sends `body` with `flags` and `NLM_F_ACK`, and
  waits for the acknowledgement.

  With the option `echo: true` it returns what was made: `{:ok, object}`, as the
  kernel reports it before it acknowledges, or `{:error, :no_reply}` for what it
  acknowledges without a report.

  With a `Linx.Netlink.Batch` for a socket it sends nothing, and returns the
  request: `{:ok, %Linx.Netlink.Message{}}`.
  """
  @spec run(target(), 0..0xFFFF, 0..0xFFFF, struct(), [
          option() | {:echo, boolean()}
        ]) ::
          :ok | {:ok, struct() | Message.t()} | {:error, error() | :no_reply}
  def run(sock, type, flags, body, opts \\ [])

  # The request of a batch is sent later; how long to wait is the batch's business.
  def run(%Batch{} = batch, type, flags, %_module{} = body, opts)
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, _opts} <- check(batch, opts), do: Batch.gather(type, flags, body)
  end

  def run(sock, type, flags, %_module{} = body, opts)
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, opts} <- check(sock, opts),
         echo = Keyword.get(opts, :echo, false),
         flags = flags ||| nlm_f_ack() ||| if(echo, do: nlm_f_echo(), else: 0),
         {:ok, call} <- Call.new(sock, type, flags, body, opts) do
      if echo,
        do: object(call, []),
        else: with({:ok, _bytes, _count} <- Call.run(call), do: :ok)
    end
  end

  defp object(call, skip) do
    with {:ok, bytes, _count} <- Call.run(call) do
      case Engine.decode_messages(call.module, bytes, skip) do
        [object | _] -> {:ok, object}
        [] -> {:error, :no_reply}
      end
    end
  end
end
