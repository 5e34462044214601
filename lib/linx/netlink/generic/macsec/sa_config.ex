defmodule Linx.Netlink.Generic.Macsec.SaConfig do
  @moduledoc """
  Secure association in a request. `inspect/2` shows neither `key` nor `salt`.

  Kernel side: `MACSEC_SA_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "MACSEC_SA_ATTR_" do
    attr 1, :an, :u8, "number, 0 to 3"
    attr 2, :active, {:bool, :u8}, "in use"

    attr 3,
         :pn,
         :binary,
         "packet number, host byte order: 4 bytes, for the ciphers `gcm_aes_xpn_*` 8"

    attr 4, :key, :binary, "key", secret: true
    attr 5, :keyid, {:binary, 16}, "identifier of the key"
    attr 8, :ssci, :be32, "short identifier of the channel, for the ciphers `gcm_aes_xpn_*`"
    attr 9, :salt, {:binary, 12}, "salt, for the ciphers `gcm_aes_xpn_*`", secret: true
  end

  @doc false
  # A key of either length, as an option.
  @spec key(term()) :: {:ok, binary()} | :error
  def key(key) when is_binary(key) and byte_size(key) in [16, 32], do: {:ok, key}
  def key(_other), do: :error

  @doc false
  # A packet number of 32 bits, as an option. The kernel refuses one of the other width.
  @spec pn(term()) :: {:ok, binary()} | :error
  def pn(pn) when is_integer(pn) and pn in 1..0xFFFFFFFF, do: {:ok, <<pn::native-32>>}
  def pn(_other), do: :error

  @doc false
  # A packet number of 64 bits.
  @spec xpn(term()) :: {:ok, binary()} | :error
  def xpn(pn) when is_integer(pn) and pn in 1..0xFFFFFFFFFFFFFFFF, do: {:ok, <<pn::native-64>>}
  def xpn(_other), do: :error

  defimpl Inspect do
    alias Linx.Text

    def inspect(sa, opts) do
      Text.show(sa, opts, fn ->
        [
          Text.part("an=", sa.an),
          Text.part("active=", sa.active),
          sa.key && "key=redacted",
          sa.salt && "salt=redacted"
        ]
      end)
    end
  end
end
