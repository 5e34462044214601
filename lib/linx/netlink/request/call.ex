defmodule Linx.Netlink.Request.Call do
  @moduledoc false
  # One request on its way: from its options to the bytes of its reply.
  #
  # Nothing waits inside a NIF. Where a reply has not come yet, we wait here, by
  # the readiness that `:socket` reports, and are woken by our token if another
  # caller has read it for us.
  #
  # What the exchange answers (`native/linx_nif/src/request.rs`):
  #
  #     {:turn, token}              other dumps come first; then ask again
  #     {:wait, token, progress}    nothing is there to be read: look, and say so
  #     {:rest, token, progress}    the same, but a dump starts: do not look
  #     {:more, token, progress}    more is there to be read
  #     anything else               the call is over
  #
  # `progress` counts the datagrams of the reply so far.

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants

  alias Linx.Errno
  alias Linx.Netlink.{Batch, Connection, Error, Native, Socket}

  @enforce_keys [:sock, :conn, :send, :payload, :module, :timeout, :dump_retries]
  defstruct @enforce_keys

  @type t :: %__MODULE__{
          sock: Socket.t(),
          conn: Connection.handle() | nil,
          send:
            (Socket.t(), seq :: pos_integer(), slice :: pos_integer() ->
               answer :: tuple() | atom()),
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

  # How many bytes of a reply are read before the scheduler is let go, and of a
  # stream before they are handed on.
  @slice 16 * 1024 * 1024
  @stream_slice 256 * 1024

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
      send = &Native.request(&1.channel, &2, type, flags, payload, strict, &3)

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
        send: fn sock, seq, _slice ->
          Native.batch(sock.channel, seq, messages.(sock), last, enveloped, echo)
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
    {answer, token} = request(call, seq, @slice)

    case finish(call, seq, answer, @slice) |> awake(token || token(answer)) do
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

  @doc false
  @spec dump_retries(keyword()) ::
          {:ok, non_neg_integer()} | {:error, {:bad_dump_retries, term()}}
  def dump_retries(opts) do
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
    {answer, token} = request(call, seq, @slice)

    case finish(call, seq, answer, @slice) |> awake(token || token(answer)) do
      {:ok, bytes, count} -> {:ok, bytes, count}
      :torn when retries > 0 -> run(call, retries - 1)
      failed -> {:error, reason(failed, call)}
    end
  end

  # The socket of a connection may be closed before its callers know. A request that was
  # not sent is made once more, on the next socket; one that was sent is not.
  defp on_connection(%{conn: nil} = call, run), do: run.(call)

  defp on_connection(%{conn: conn, sock: sock} = call, run) do
    with {:error, {:send, :closed}} <- run.(call),
         {:ok, sock} <- Connection.renew(conn, sock),
         do: run.(%{call | sock: sock})
  end

  defp finish(call, seq, answer, slice), do: finish(call, seq, answer, 0, deadline(call), slice)

  defp finish(call, seq, {kind, _, _} = answer, seen, deadline, slice)
       when kind in [:wait, :rest, :more] do
    {answer, seen, deadline} = step(call, seq, answer, seen, deadline, slice)
    finish(call, seq, answer, seen, deadline, slice)
  end

  defp finish(_call, _seq, ended, _seen, _deadline, _slice), do: ended

  # A stream of what `decode` makes of the messages that have come: it returns some, and the
  # offset of the rest.
  @spec stream!(
          (() -> {:ok, t()} | {:error, term()}),
          (binary(), offset :: non_neg_integer() -> {list(), non_neg_integer()})
        ) :: Enumerable.t()
  def stream!(new, decode) do
    fn
      {:cont, acc}, fun -> reduce(open!(new.()), decode, acc, fun)
      {:halt, acc}, _fun -> {:halted, acc}
      {:suspend, acc}, fun -> {:suspended, acc, &stream!(new, decode).(&1, fun)}
    end
  end

  # Not with `Stream.resource/3`, which takes a third as long for a struct as to decode it.
  defp reduce({<<>>, 0, nil}, _decode, acc, _fun), do: {:done, acc}
  defp reduce({<<>>, 0, call}, decode, acc, fun), do: reduce(next!(call), decode, acc, fun)

  defp reduce({bytes, offset, call}, decode, acc, fun) do
    {structs, offset} = guarded(call, fn -> decode.(bytes, offset) end)
    rest = if offset < byte_size(bytes), do: {bytes, offset, call}, else: {<<>>, 0, call}
    each(fn -> Enumerable.reduce(structs, {:cont, acc}, fun) end, rest, decode, fun)
  end

  # Structs of one decoding, then the rest.
  defp each(structs, {_bytes, _offset, call} = rest, decode, fun) do
    case guarded(call, structs) do
      {:done, acc} ->
        reduce(rest, decode, acc, fun)

      {:halted, acc} ->
        leave(call)
        {:halted, acc}

      {:suspended, acc, more} ->
        {:suspended, acc, fn command -> each(fn -> more.(command) end, rest, decode, fun) end}
    end
  end

  # Who decodes may fail, and so may what the user does with a struct.
  defp guarded(call, fun) do
    fun.()
  catch
    kind, reason ->
      leave(call)
      :erlang.raise(kind, reason, __STACKTRACE__)
  end

  defp open!({:error, reason}), do: raise(exception(reason))

  defp open!({:ok, call}) do
    case on_connection(call, &begin/1) do
      {:error, reason} -> raise exception(reason)
      stream -> {<<>>, 0, stream}
    end
  end

  defp begin(call) do
    seq = Socket.next_seq(call.sock)

    case request(call, seq, @stream_slice) do
      {{:send, _errno} = failed, token} -> awake({:error, reason(failed, call)}, token)
      {answer, token} -> {call, seq, answer, token || token(answer), 0, deadline(call)}
    end
  end

  defp next!({call, seq, {kind, _, _} = answer, token, seen, deadline})
       when kind in [:wait, :rest, :more] do
    {bytes, _count} = Native.take(call.sock.channel, seq)
    {answer, seen, deadline} = step(call, seq, answer, seen, deadline, @stream_slice)
    {bytes, 0, {call, seq, answer, token, seen, deadline}}
  end

  defp next!({_call, _seq, {:ok, bytes, _count}, token, _seen, _deadline}) do
    awake(:ok, token)
    {bytes, 0, nil}
  end

  defp next!({call, _seq, failed, token, _seen, _deadline}) do
    awake(:ok, token)
    raise exception(reason(failed, call))
  end

  defp leave(nil), do: :ok

  defp leave({call, seq, _answer, token, _seen, _deadline}) do
    :ok = Native.forget(call.sock.channel, seq)
    awake(:ok, token)
  end

  defp exception(%Error{} = error), do: error
  defp exception({_stage, reason}), do: %Error{errno: reason, code: nil}
  defp exception(reason), do: %Error{errno: reason, code: nil}

  # Sends, when it is its turn. With the token that it was woken with before.
  defp request(call, seq, slice, token \\ nil) do
    case call.send.(call.sock, seq, slice) do
      {:turn, token} ->
        receive do
          {:linx_netlink, ^token} -> request(call, seq, slice, token)
        end

      answer ->
        {answer, token}
    end
  end

  defp token({kind, token, _progress}) when kind in [:wait, :rest, :more], do: token
  defp token(_ended), do: nil

  # Waits if need be and asks once more; `seen` datagrams of the reply had come
  # when `deadline` was set.
  defp step(call, seq, {kind, token, progress}, seen, deadline, slice) do
    deadline = if progress == seen, do: deadline, else: deadline(call)

    case wait(kind, call.sock, seq, token, deadline) do
      :timeout ->
        :ok = Native.forget(call.sock.channel, seq)
        {{:recv, :timeout}, progress, deadline}

      ready ->
        answer = Native.resume(call.sock.channel, seq, ready == :overrun, slice)
        {answer, progress, deadline}
    end
  end

  # Until there is something to be read, or the call has been ended.
  defp wait(:more, _sock, _seq, _token, deadline) do
    if left(deadline) == 0, do: :timeout, else: :ready
  end

  defp wait(:rest, _sock, _seq, token, deadline) do
    receive do
      {:linx_netlink, ^token} -> :ready
    after
      left(deadline) -> :timeout
    end
  end

  defp wait(:wait, %{socket: socket, channel: channel}, seq, token, deadline) do
    # A look at one byte leaves the datagram to whoever reads it.
    look = :socket.recv(socket, 1, [:peek], :nowait)
    :ok = Native.looked(channel, seq)

    case look do
      {:select, {:select_info, _tag, handle} = info} ->
        outcome =
          receive do
            {:"$socket", ^socket, :select, ^handle} -> :ready
            {:"$socket", ^socket, :abort, {^handle, _reason}} -> :ready
            {:linx_netlink, ^token} -> :ready
          after
            left(deadline) -> :timeout
          end

        # Also when selected: only then is the next process in line served.
        _ = :socket.cancel(socket, info)
        outcome

      {:error, :enobufs} ->
        :overrun

      # A closed socket included, which the exchange reports.
      _ ->
        :ready
    end
  end

  # Whoever ended our call may have woken us after we knew.
  defp awake(answer, nil), do: answer

  defp awake(answer, token) do
    receive do
      {:linx_netlink, ^token} -> awake(answer, token)
    after
      0 -> answer
    end
  end

  defp deadline(%{timeout: :infinity}), do: :infinity
  defp deadline(%{timeout: ms}), do: System.monotonic_time(:millisecond) + ms

  defp left(:infinity), do: :infinity
  defp left(deadline), do: max(deadline - System.monotonic_time(:millisecond), 0)

  defp reason(:torn, _call), do: :dump_interrupted

  defp reason({:refused, code, extack}, call),
    do: Error.refusal(code, extack, call.module && {call.module, call.payload})

  defp reason(:malformed, _call), do: %Error{errno: :malformed_error, code: nil}
  defp reason(:truncated, _call), do: {:recv, :truncated}
  defp reason(:lost, _call), do: {:recv, :enobufs}
  # The descriptor is gone, whatever number it had.
  defp reason({stage, 9}, _call), do: {stage, :closed}
  defp reason({stage, errno}, _call) when is_integer(errno), do: {stage, Errno.atom(errno)}
  defp reason({stage, reason}, _call), do: {stage, reason}
end
