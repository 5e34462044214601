defmodule Linx.Netlink.Rtnl.LinkInfo.Macsec do
  @moduledoc """
  MACsec channel: kind `"macsec"`.

  Kernel side: `IFLA_MACSEC_*` of `include/uapi/linux/if_link.h`. Keys are set over
  generic netlink.

      Link.create(sock, "ms0", :macsec, parent: "eth0", encrypt: true)

  `sci` is a number, the MAC address followed by the port; `sci/1` has the two parts. The cipher
  `default` is the older number of gcm_aes_128, which the kernel reports.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @validations [disabled: 0, check: 1, strict: 2]
  @offloads [off: 0, phy: 1, mac: 2]
  @ciphers [
    default: 0x0080020001000001,
    gcm_aes_128: 0x0080C20001000001,
    gcm_aes_256: 0x0080C20001000002,
    gcm_aes_xpn_128: 0x0080C20001000003,
    gcm_aes_xpn_256: 0x0080C20001000004
  ]

  codec prefix: "IFLA_MACSEC_" do
    attr 1, :sci, :be64, "secure channel identifier, a number; `sci/1` has its parts"
    attr 2, :port, :be16, "port part of the identifier"
    attr 3, :icv_len, :u8, "length of the check value, bytes"

    attr 4, :cipher_suite, {:enum, :u64, @ciphers}, "cipher",
      values: {"MACSEC_CIPHER_ID_", default: "MACSEC_DEFAULT_CIPHER_ID"}

    attr 5, :window, :u32, "replay window, packets; needs replay_protect"
    attr 6, :encoding_sa, :u8, "association used for sending"
    attr 7, :encrypt, {:bool, :u8}, "encrypt as well as authenticate"
    attr 8, :protect, {:bool, :u8}, "protect sent frames"
    attr 9, :inc_sci, {:bool, :u8}, "send the identifier in each frame"
    attr 10, :es, {:bool, :u8}, "end station bit"
    attr 11, :scb, {:bool, :u8}, "single copy broadcast bit"
    attr 12, :replay_protect, {:bool, :u8}, "drop replayed frames; needs window"

    attr 13, :validation, {:enum, :u8, @validations}, "treatment of frames that fail the check",
      values: "MACSEC_VALIDATE_"

    attr 15, :offload, {:enum, :u8, @offloads}, "offload of MACsec to the PHY or MAC",
      values: "MACSEC_OFFLOAD_"
  end

  options(
    parent: {:link, "link that carries the frames", field: [:.., :link], required: true},
    sci: {0..0xFFFFFFFFFFFFFFFF, "secure channel identifier", only: :create},
    port: {1..65_535, "port part of the identifier", only: :create},
    icv_len: {8..16, "length of the check value, bytes", only: :create},
    cipher_suite: {{:enum, @ciphers}, "cipher", only: :create},
    window: {0..0xFFFFFFFF, "replay window, packets; needs replay_protect"},
    encoding_sa: {0..3, "association used for sending"},
    encrypt: {:bool, "encrypt as well as authenticate"},
    protect: {:bool, "protect sent frames"},
    inc_sci: {:bool, "send the identifier in each frame"},
    es: {:bool, "end station bit"},
    scb: {:bool, "single copy broadcast bit"},
    replay_protect: {:bool, "drop replayed frames; needs window"},
    validation: {{:enum, @validations}, "treatment of frames that fail the check"},
    offload: {{:enum, @offloads}, "offload of MACsec to the PHY or MAC"}
  )

  @doc false
  # The names of values that `Linx.Netlink.Generic.Macsec` has as well.
  @spec __names__(:ciphers | :validations | :offloads) :: keyword(non_neg_integer())
  def __names__(:ciphers), do: @ciphers
  def __names__(:validations), do: @validations
  def __names__(:offloads), do: @offloads

  @doc """
  The parts of the secure channel identifier: the MAC address and the port; `nil` without one.

      iex> alias Linx.Netlink.Rtnl.LinkInfo.Macsec
      iex> {mac, 9} = Macsec.sci(%Macsec{sci: 0x0200000000070009})
      iex> to_string(mac)
      "02:00:00:00:00:07"
  """
  @spec sci(t()) :: {Linx.MAC.t(), 0..0xFFFF} | nil
  def sci(%__MODULE__{sci: nil}), do: nil

  def sci(%__MODULE__{sci: sci}) do
    <<address::binary-6, port::16>> = <<sci::64>>
    {Linx.MAC.decode(address), port}
  end
end
