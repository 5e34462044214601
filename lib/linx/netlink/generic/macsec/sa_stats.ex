defmodule Linx.Netlink.Generic.Macsec.SaStats do
  @moduledoc """
  Counters of an association: those of received packets for a peer, the others for sending.

  Kernel side: `MACSEC_SA_STATS_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "MACSEC_SA_STATS_ATTR_" do
    attr 1, :in_pkts_ok, :u32, "packets accepted", volatile: true
    attr 2, :in_pkts_invalid, :u32, "packets that failed the check, accepted", volatile: true
    attr 3, :in_pkts_not_valid, :u32, "packets that failed the check, dropped", volatile: true
    attr 4, :in_pkts_not_using_sa, :u32, "packets without association, dropped", volatile: true
    attr 5, :in_pkts_unused_sa, :u32, "packets without association, accepted", volatile: true
    attr 6, :out_pkts_protected, :u32, "packets sent with a check value", volatile: true
    attr 7, :out_pkts_encrypted, :u32, "packets sent encrypted", volatile: true
  end
end
