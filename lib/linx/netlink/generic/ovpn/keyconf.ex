defmodule Linx.Netlink.Generic.Ovpn.Keyconf do
  @moduledoc """
  Key of a peer of an ovpn link.

  Kernel side: `OVPN_A_KEYCONF_*` of `include/uapi/linux/ovpn.h`.

  A key of `:aes_gcm` is 16, 24 or 32 bytes, one of `:chacha20_poly1305` 32 bytes. The nonces are the
  last 8 bytes of the cipher's nonce; the number of the packet precedes them.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Ovpn.Keydir

  @slots [primary: 0, secondary: 1]
  @ciphers [none: 0, aes_gcm: 1, chacha20_poly1305: 2]

  codec prefix: "OVPN_A_KEYCONF_" do
    attr 1, :peer_id, :u32, "number of the peer"
    attr 2, :slot, {:enum, :u32, @slots}, "slot", values: "OVPN_KEY_SLOT_"
    attr 3, :key_id, :u32, "number of the key, 0 to 7"
    attr 4, :cipher_alg, {:enum, :u32, @ciphers}, "cipher", values: "OVPN_CIPHER_ALG_"
    attr 5, :encrypt_dir, {:nested, Keydir}, "key of sent packets, request only"
    attr 6, :decrypt_dir, {:nested, Keydir}, "key of received packets, request only"
  end

  # The key in a request.
  @keyconf {:keyconf, __MODULE__}
  @encrypt {:encrypt_dir, Keydir}
  @decrypt {:decrypt_dir, Keydir}
  @key {:secret, {:check, &Keydir.key/1, "binary of 16, 24 or 32 bytes"}}

  options(
    slot: {{:enum, @slots}, "slot", field: [@keyconf, :slot], required: true},
    key_id: {0..7, "number of the key", field: [@keyconf, :key_id], required: true},
    cipher_alg: {{:enum, @ciphers}, "cipher", field: [@keyconf, :cipher_alg], required: true},
    encrypt_key:
      {@key, "key of sent packets", field: [@keyconf, @encrypt, :cipher_key], required: true},
    encrypt_nonce:
      {{:secret, {:binary, 8}}, "end of the nonces of sent packets",
       field: [@keyconf, @encrypt, :nonce_tail], required: true},
    decrypt_key:
      {@key, "key of received packets", field: [@keyconf, @decrypt, :cipher_key], required: true},
    decrypt_nonce:
      {{:secret, {:binary, 8}}, "end of the nonces of received packets",
       field: [@keyconf, @decrypt, :nonce_tail], required: true}
  )

  @doc false
  @spec slots() :: keyword(non_neg_integer())
  def slots, do: @slots
end
