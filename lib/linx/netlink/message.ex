defmodule Linx.Netlink.Message do
  @moduledoc """
  A netlink message: a header of 16 bytes and a payload.

  Kernel side: `struct nlmsghdr` of `include/uapi/linux/netlink.h`.

      iex> bytes = Linx.Netlink.Message.encode(%Linx.Netlink.Message{type: 18, seq: 7})
      iex> [message] = Linx.Netlink.Message.decode(bytes)
      iex> {message.type, message.seq}
      {18, 7}

  `:pid` is the port id of the socket that sent the request, which is an OS
  process id only by coincidence.
  """

  import Linx.Netlink.Codec.NativeError, only: [ok!: 1]
  import Linx.Netlink.Native, only: [is_large: 1]

  alias Linx.Netlink.Native

  @enforce_keys [:type]
  defstruct [:type, flags: 0, seq: 0, pid: 0, payload: <<>>, codec: nil]

  @typedoc """
  A message. Its header fields are those of `struct nlmsghdr`:

    * `:type` - `nlmsg_type`;
    * `:flags` - `nlmsg_flags`, `NLM_F_*`;
    * `:seq` - `nlmsg_seq`;
    * `:pid` - `nlmsg_pid`, the port id of the sender;
    * `:payload` - the body, not interpreted; iodata is allowed in a message that is to be sent
      or encoded;
    * `:codec` - the codec module that encoded the body, `nil` if unknown. Not on the wire: a
      refusal of the message names the refused attribute by it, as `:attribute` of
      `Linx.Netlink.Error`. `nil` in a decoded message.
  """
  @type t :: %__MODULE__{
          type: 0..0xFFFF,
          flags: 0..0xFFFF,
          seq: 0..0xFFFFFFFF,
          pid: 0..0xFFFFFFFF,
          payload: iodata(),
          codec: module() | nil
        }

  @doc """
  Encodes a message, padded to a multiple of four bytes.

  The length in the header is that of header and payload, without the padding;
  results can be concatenated. Raises `ArgumentError` for a number that does
  not fit its field, and for a payload that is no iodata.
  """
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{} = message) do
    %{type: type, flags: flags, seq: seq, pid: pid, payload: payload} = message

    case Native.message_encode(type, flags, seq, pid, payload) do
      :dirty -> type |> Native.message_encode_dirty(flags, seq, pid, payload) |> ok!()
      encoded -> ok!(encoded)
    end
  end

  @doc """
  Splits bytes into messages, in their order.

  Fewer than 16 bytes at the end are ignored; the last message may lack its
  padding. Raises `ArgumentError` for a length below 16 or beyond the bytes
  there are.
  """
  @spec decode(binary()) :: [t()]
  def decode(binary) when is_large(binary), do: binary |> Native.message_decode_dirty() |> ok!()
  def decode(binary) when is_binary(binary), do: binary |> Native.message_decode() |> ok!()

  @doc false
  # Checks a message that is to be sent, and makes its payload a binary.
  @spec check(term()) :: {:ok, t()} | :error
  def check(%__MODULE__{type: type, flags: flags, payload: payload} = message)
      when type in 0..0xFFFF and flags in 0..0xFFFF do
    if codec?(message.codec),
      do: {:ok, %{message | payload: IO.iodata_to_binary(payload)}},
      else: :error
  rescue
    ArgumentError -> :error
  end

  def check(_other), do: :error

  @doc false
  # A body with other first bytes; the body itself for `nil`.
  @spec put_head(binary(), <<_::16>> | nil) :: binary()
  def put_head(body, nil), do: body
  def put_head(<<_::16, rest::binary>>, head), do: <<head::2-bytes, rest::binary>>

  @doc false
  # Whether a value may be the codec of a message.
  @spec codec?(term()) :: boolean()
  def codec?(nil), do: true

  def codec?(module),
    do:
      is_atom(module) and Code.ensure_loaded?(module) and
        function_exported?(module, :__codec__, 0)
end

defimpl Inspect, for: Linx.Netlink.Message do
  alias Linx.Netlink.Codec

  def inspect(message, opts), do: message |> hidden() |> Inspect.Any.inspect(opts)

  defp hidden(%{codec: codec} = message),
    do: if(Codec.secret?(codec), do: %{message | payload: :redacted}, else: message)
end
