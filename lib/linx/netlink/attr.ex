defmodule Linx.Netlink.Attr do
  @moduledoc """
  Attributes as they lie on the wire: a length, a type, bytes.

  Kernel side: `struct nlattr` of `include/uapi/linux/netlink.h`.

      iex> bytes = Linx.Netlink.Attr.encode([{3, "eth0\\0"}, {4, <<1500::native-32>>}])
      iex> Linx.Netlink.Attr.decode(bytes)
      [{3, "eth0\\0"}, {4, <<1500::native-32>>}]

  What an attribute means is not known here; that is what
  `Linx.Netlink.Codec` is for. The two flags in the upper bits of a type
  (`Linx.Netlink.Constants.nla_f_nested/0` and `nla_f_net_byteorder/0`) are
  passed through, so a type may read as `0x8012` where `18` was meant.
  """

  import Linx.Netlink.Codec.NativeError, only: [ok!: 1]
  import Linx.Netlink.Native, only: [is_large: 1]

  alias Linx.Netlink.Native

  @typedoc "A type with its flag bits, and a payload without padding."
  @type attr :: {0..0xFFFF, binary()}

  @doc """
  Joins attributes, each padded to a multiple of four bytes.

  An attribute that holds attributes is made from the result of another
  `encode/1`.

  Raises `ArgumentError` for a type outside `0..0xFFFF` and for a payload that
  the 16-bit length cannot express, which is one above 65,531 bytes.
  """
  @spec encode([{0..0xFFFF, iodata()}]) :: binary()
  def encode(attrs) when is_list(attrs) do
    case Native.attr_encode(attrs) do
      :dirty -> attrs |> Native.attr_encode_dirty() |> ok!()
      encoded -> ok!(encoded)
    end
  end

  @doc """
  Splits bytes into attributes, in their order.

  Fewer than four bytes at the end are padding; the last attribute may lack
  its own. Payloads above 64 bytes refer to `binary`, smaller ones are copies.

  Raises `ArgumentError` for a length below four or beyond the bytes there are.
  """
  @spec decode(binary()) :: [attr()]
  def decode(binary) when is_large(binary), do: binary |> Native.attr_decode_dirty() |> ok!()
  def decode(binary) when is_binary(binary), do: binary |> Native.attr_decode() |> ok!()
end
