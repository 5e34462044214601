defmodule Linx.Netlink.Generic.Macsec.Sa do
  @moduledoc """
  Secure association of a MACsec link. The kernel does not return its key.

  Kernel side: `MACSEC_SA_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Macsec.SaStats

  codec prefix: "MACSEC_SA_ATTR_" do
    attr 1, :an, :u8, "number, 0 to 3"
    attr 2, :active, {:bool, :u8}, "in use"
    attr 3, :pn, :uint, "next packet number, or the lowest acceptable one"
    attr 5, :keyid, {:binary, 16}, "identifier of the key"
    attr 6, :stats, {:nested, SaStats}, "counters"
    attr 8, :ssci, :be32, "short identifier of the channel, of the ciphers `gcm_aes_xpn_*`"
  end
end
