defmodule Linx.Netlink.Generic.Ovpn.Keydir do
  @moduledoc """
  Key of one direction, in a request. `inspect/2` shows none of it.

  Kernel side: `OVPN_A_KEYDIR_*` of `include/uapi/linux/ovpn.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "OVPN_A_KEYDIR_" do
    attr 1, :cipher_key, :binary, "key of the cipher", secret: true
    attr 2, :nonce_tail, {:binary, 8}, "last bytes of the nonces", secret: true
  end

  @doc false
  # A key, as an option.
  @spec key(term()) :: {:ok, binary()} | :error
  def key(key) when is_binary(key) and byte_size(key) in [16, 24, 32], do: {:ok, key}
  def key(_other), do: :error

  defimpl Inspect do
    def inspect(_keydir, _opts), do: "#Linx.Netlink.Generic.Ovpn.Keydir<redacted>"
  end
end
