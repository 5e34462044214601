defmodule Linx.Netlink.Generic.Macsec.TxScStats do
  @moduledoc """
  Counters of the channel in which a MACsec link sends.

  Kernel side: `MACSEC_TXSC_STATS_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "MACSEC_TXSC_STATS_ATTR_" do
    attr 1, :out_pkts_protected, :u64, "packets sent with a check value", volatile: true
    attr 2, :out_pkts_encrypted, :u64, "packets sent encrypted", volatile: true
    attr 3, :out_octets_protected, :u64, "bytes sent with a check value", volatile: true
    attr 4, :out_octets_encrypted, :u64, "bytes sent encrypted", volatile: true
  end
end
