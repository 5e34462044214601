defmodule Linx.Netlink.Request.Call do
  @moduledoc false
  # One request: from its options to the bytes of its reply.

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants

  alias Linx.Errno
  alias Linx.Netlink.{Batch, Connection, Error, Native, Socket}
  alias Linx.Netlink.Request.InFlight

  @enforce_keys [:sock, :conn, :send, :payload, :module, :timeout, :dump_retries]
  defstruct @enforce_keys

  @type t :: %__MODULE__{
          sock: Socket.t(),
          conn: Connection.handle() | nil,
          send:
            (Socket.t(),
             ticket :: non_neg_integer(),
             seq :: pos_integer(),
             slice :: pos_integer() ->
               InFlight.answer()),
          payload: binary(),
          module: module() | nil,
          timeout: timeout(),
          dump_retries: non_neg_integer()
        }

  @typedoc """
  A request to be sent with others.
  """
  @type message :: {type :: 0..0xFFFF, flags :: 0..0xFFFF, payload :: binary()}

  @timeout 5000
  @dump_retries 2

  # How many bytes of a reply are read before the scheduler is let go.
  @slice 16 * 1024 * 1024

  # A request is bytes, or the struct of a codec module, and so well-formed to
  # the letter.
  @spec new(Batch.target() | Batch.t(), 0..0xFFFF, 0..0xFFFF, iodata() | struct(), keyword()) ::
          {:ok, t()}
          | {:error, {:bad_timeout | :bad_dump_retries, term()} | {:send, atom()}}
  def new(target, type, flags, request, opts) when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, timeout} <- timeout(opts),
         {:ok, dump_retries} <- dump_retries(opts),
         {:ok, sock, conn} <- Connection.resolve(Batch.target(target)) do
      {module, payload} =
        case request do
          %module{} -> {module, module.encode(request)}
          iodata -> {nil, IO.iodata_to_binary(iodata)}
        end

      flags = flags ||| nlm_f_request()
      strict = module != nil
      send = &Native.request(&1.channel, &2, &3, type, flags, payload, strict, &4)

      {:ok,
       %__MODULE__{
         sock: sock,
         conn: conn,
         send: send,
         payload: payload,
         module: module,
         timeout: timeout,
         dump_retries: dump_retries
       }}
    end
  end

  # Sends many requests in one datagram and collects what was refused of them, as
  # `{place, error}` from place 0 on: once the one at place `last` is answered, or
  # what holds a batch together that is `:enveloped` is refused. `messages` makes the
  # requests for a socket. With `:echo`, the messages in which the kernel tells of their
  # changes come too, one behind the other.
  @spec batch(
          Batch.target(),
          (Socket.t() -> [message()]),
          non_neg_integer(),
          [:enveloped | :echo],
          timeout()
        ) :: {:ok, [{non_neg_integer(), Error.t()}], binary()} | {:error, {:send | :recv, atom()}}
  def batch(target, messages, last, traits, timeout) do
    enveloped = :enveloped in traits
    echo = :echo in traits

    with {:ok, sock, conn} <- Connection.resolve(target) do
      call = %__MODULE__{
        sock: sock,
        conn: conn,
        send: fn sock, ticket, seq, _slice ->
          Native.batch(sock.channel, ticket, seq, messages.(sock), last, enveloped, echo)
        end,
        payload: <<>>,
        module: nil,
        timeout: timeout,
        dump_retries: 0
      }

      on_connection(call, &batch(&1, last + if(enveloped, do: 2, else: 1), enveloped))
    end
  end

  defp batch(call, count, enveloped) do
    seq = Socket.next_seq(call.sock, count)
    drops = drops(call.sock)

    case call |> send(seq, @slice) |> InFlight.await() do
      {:acks, refusals, echoes} ->
        # What was dropped may have been a refusal, or an echo. One refusal is enough for
        # the refusal of all that an envelope holds.
        if drops(call.sock) == drops or (enveloped and refusals != []) do
          errors = for {at, code, extack} <- refusals, do: {at, Error.refusal(code, extack)}
          {:ok, errors, echoes}
        else
          {:error, reason(:lost, call)}
        end

      failed ->
        {:error, reason(failed, call)}
    end
  end

  # How many datagrams the socket had no room for: SK_MEMINFO_DROPS of SO_MEMINFO,
  # `include/uapi/linux/sock_diag.h`. The error that the kernel reports does not do: while a
  # receive buffer that has overflowed is being emptied, it drops more without another one.
  defp drops(%Socket{socket: socket}) do
    case :socket.getopt_native(socket, {1, 55}, 36) do
      {:ok, <<_::binary-size(32), drops::native-32, _::binary>>} -> drops
      # Before Linux 4.12, or of a closed socket.
      _ -> 0
    end
  end

  @doc false
  @spec timeout(keyword()) :: {:ok, timeout()} | {:error, {:bad_timeout, term()}}

  def timeout(opts) do
    case Keyword.get(opts, :timeout, @timeout) do
      :infinity -> {:ok, :infinity}
      ms when is_integer(ms) and ms >= 0 -> {:ok, ms}
      bad -> {:error, {:bad_timeout, bad}}
    end
  end

  defp dump_retries(opts) do
    case Keyword.get(opts, :dump_retries, @dump_retries) do
      n when is_integer(n) and n >= 0 -> {:ok, n}
      bad -> {:error, {:bad_dump_retries, bad}}
    end
  end

  # The messages of the reply, one behind the other, and their number.
  @spec run(t()) :: {:ok, binary(), non_neg_integer()} | {:error, term()}
  def run(call), do: on_connection(call, &run(&1, &1.dump_retries))

  defp run(call, retries) do
    seq = Socket.next_seq(call.sock)

    case call |> send(seq, @slice) |> InFlight.await() do
      {:ok, bytes, count} -> {:ok, bytes, count}
      :torn when retries > 0 -> run(call, retries - 1)
      failed -> {:error, reason(failed, call)}
    end
  end

  # Sends the request, for a reply that is read in slices of so many bytes.
  @spec open(t(), pos_integer()) :: {:ok, {t(), InFlight.t()}} | {:error, term()}
  def open(call, slice) do
    on_connection(call, fn call ->
      case send(call, Socket.next_seq(call.sock), slice) do
        %{answer: {:send, _reason} = failed} -> {:error, reason(failed, call)}
        request -> {:ok, {call, request}}
      end
    end)
  end

  defp send(%{sock: sock} = call, seq, slice),
    do: InFlight.send(sock, seq, slice, call.timeout, &call.send.(sock, &1, seq, slice))

  # The socket of a connection may be closed before its callers know. A request that was
  # not sent is made once more, on the next socket; one that was sent is not.
  defp on_connection(%{conn: nil} = call, run), do: run.(call)

  defp on_connection(%{conn: conn, sock: sock} = call, run) do
    with {:error, {:send, :closed}} <- run.(call),
         {:ok, sock} <- Connection.renew(conn, sock),
         do: run.(%{call | sock: sock})
  end

  # Why there is no reply, from the answer of the native side.
  @doc false
  @spec reason(InFlight.answer(), t()) :: term()
  def reason(:torn, _call), do: :dump_interrupted

  def reason({:refused, code, extack}, call),
    do: Error.refusal(code, extack, call.module && {call.module, call.payload})

  def reason(:malformed, _call), do: %Error{errno: :malformed_error, code: nil}
  def reason(:truncated, _call), do: {:recv, :truncated}
  def reason(:lost, _call), do: {:recv, :enobufs}
  # The descriptor is gone, whatever number it had.
  def reason({stage, 9}, _call), do: {stage, :closed}
  def reason({stage, errno}, _call) when is_integer(errno), do: {stage, Errno.atom(errno)}
  def reason({stage, reason}, _call), do: {stage, reason}
end
