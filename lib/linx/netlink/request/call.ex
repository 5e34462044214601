defmodule Linx.Netlink.Request.Call do
  @moduledoc false
  # One request: from its options to the bytes of its reply.

  import Bitwise, only: [|||: 2]
  import Linx.Netlink.Constants, only: [nlm_f_request: 0]

  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.{Message, Native, Socket, Target}
  alias Linx.Netlink.Request.{Failure, InFlight}

  # The payload may hold keys.
  @derive {Inspect, except: [:payload]}
  @enforce_keys [:sock, :conn, :type, :flags, :payload, :codec, :timeout, :dump_retries]
  defstruct @enforce_keys

  @typedoc """
  `:conn` is the connection that the socket is of, if any; `:flags` include `NLM_F_REQUEST`;
  `:codec` is the module that encoded the payload, if known; `:timeout` is in milliseconds;
  `:dump_retries` is how often an interrupted dump is repeated.
  """
  @type t :: %__MODULE__{
          sock: Socket.t(),
          conn: Target.handle() | nil,
          type: 0..0xFFFF,
          flags: 0..0xFFFF,
          payload: binary(),
          codec: module() | nil,
          timeout: timeout(),
          dump_retries: non_neg_integer()
        }

  @timeout 5000
  @dump_retries 2

  @doc """
  A request whose body is bytes or the struct of a codec module, with checked options.
  """
  @spec new(Target.t(), 0..0xFFFF, 0..0xFFFF, iodata() | struct(), keyword()) ::
          {:ok, t()} | {:error, {:send, atom()}}
  def new(target, type, flags, body, opts) when type in 0..0xFFFF and flags in 0..0xFFFF do
    with {:ok, sock, conn} <- Target.resolve(target) do
      {codec, payload} =
        case body do
          %codec{} -> {codec, body |> codec.encode() |> Message.put_head(opts[:head])}
          iodata -> {nil, IO.iodata_to_binary(iodata)}
        end

      {:ok,
       %__MODULE__{
         sock: sock,
         conn: conn,
         type: type,
         flags: flags ||| nlm_f_request(),
         payload: payload,
         codec: codec,
         timeout: timeout(opts),
         dump_retries: Keyword.get(opts, :dump_retries, @dump_retries)
       }}
    end
  end

  @doc """
  Timeout of checked options, in milliseconds.
  """
  @spec timeout(keyword()) :: timeout()
  def timeout(opts), do: Keyword.get(opts, :timeout, @timeout)

  @doc """
  Sends a request and waits for its whole reply: the messages, one behind the other, and their
  number.
  """
  @spec run(t()) :: {:ok, binary(), non_neg_integer()} | {:error, term()}
  def run(call),
    do: Target.with_socket(call.sock, call.conn, &run(%{call | sock: &1}, call.dump_retries))

  defp run(call, retries) do
    case call |> submit(InFlight.whole()) |> InFlight.await() do
      {:ok, bytes, count} -> {:ok, bytes, count}
      :interrupted when retries > 0 -> run(call, retries - 1)
      failure -> {:error, Failure.reason(failure, body(call))}
    end
  end

  @doc """
  Sends a request for one object, and decodes that by a codec module. `{:error, :no_reply}` if the kernel
  acknowledged the request without an object.
  """
  @spec object(t(), module(), [atom()]) :: {:ok, struct()} | {:error, term()}
  def object(call, codec, skip) do
    with {:ok, bytes, _count} <- run(call) do
      case Engine.decode_first(codec, bytes, skip) do
        nil -> {:error, :no_reply}
        object -> {:ok, object}
      end
    end
  end

  @doc """
  Sends a request that makes an object, which the kernel reports (`NLM_F_ECHO`), and decodes that. A report of
  what the object replaced may come first, with another message type.
  """
  @spec made(t(), module()) :: {:ok, struct()} | {:error, term()}
  def made(call, codec) do
    with {:ok, bytes, _count} <- run(call) do
      case Engine.decode_first(codec, from_type(bytes, call.type) || bytes, []) do
        nil -> {:error, :no_reply}
        object -> {:ok, object}
      end
    end
  end

  # The messages from the first one of a type on.
  defp from_type(<<_len::native-32, type::native-16, _::binary>> = bytes, type), do: bytes

  defp from_type(<<len::native-32, _::binary>> = bytes, type) do
    aligned = div(len + 3, 4) * 4

    if aligned in 16..byte_size(bytes)//1,
      do: bytes |> binary_part(aligned, byte_size(bytes) - aligned) |> from_type(type)
  end

  defp from_type(_bytes, _type), do: nil

  @doc """
  Sends a request whose reply is read in slices of so many bytes.
  """
  @spec open(t(), pos_integer()) :: {:ok, {t(), InFlight.t()}} | {:error, term()}
  def open(call, slice) do
    Target.with_socket(call.sock, call.conn, fn sock ->
      call = %{call | sock: sock}

      case submit(call, slice) do
        %{answer: {:send, _reason} = failure} -> {:error, Failure.reason(failure, body(call))}
        request -> {:ok, {call, request}}
      end
    end)
  end

  # Only the body of a codec module is sent with strict checks (`NETLINK_GET_STRICT_CHK`).
  defp submit(%{sock: sock, type: type, flags: flags, payload: payload} = call, slice) do
    seq = Socket.next_seq(sock)
    strict = call.codec != nil

    InFlight.send(sock, seq, slice, call.timeout, fn ticket ->
      Native.request(sock.channel, ticket, seq, type, flags, payload, strict, slice)
    end)
  end

  @doc """
  Body of a request, for `Linx.Netlink.Request.Failure.reason/2`.
  """
  @spec body(t()) :: Failure.body()
  def body(%{codec: nil}), do: nil
  def body(%{codec: codec, payload: payload}), do: {codec, payload}
end
