defmodule Linx.Netlink.Generic.Macsec.Secy do
  @moduledoc """
  Properties of a MACsec link: those of its secure entity and of the channel in which it sends.

  Kernel side: `MACSEC_SECY_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo

  @ciphers LinkInfo.Macsec.__names__(:ciphers)
  @validations LinkInfo.Macsec.__names__(:validations)

  codec prefix: "MACSEC_SECY_ATTR_" do
    attr 1, :sci, :be64, "identifier of the channel: MAC address and port"
    attr 2, :encoding_sa, :u8, "association used for sending"
    attr 3, :window, :u32, "replay window, packets"

    attr 4, :cipher_suite, {:enum, :u64, @ciphers}, "cipher",
      values: {"MACSEC_CIPHER_ID_", default: "MACSEC_DEFAULT_CIPHER_ID"}

    attr 5, :icv_len, :u8, "length of the check value, bytes"
    attr 6, :protect, {:bool, :u8}, "sent frames are protected"
    attr 7, :replay, {:bool, :u8}, "replayed frames are dropped"
    attr 8, :oper, {:bool, :u8}, "operational"

    attr 9, :validate, {:enum, :u8, @validations}, "treatment of frames that fail the check",
      values: "MACSEC_VALIDATE_"

    attr 10, :encrypt, {:bool, :u8}, "frames are encrypted as well as authenticated"
    attr 11, :inc_sci, {:bool, :u8}, "the identifier is sent in each frame"
    attr 12, :es, {:bool, :u8}, "end station bit"
    attr 13, :scb, {:bool, :u8}, "single copy broadcast bit"
  end
end
