defmodule Linx.Netlink.Generic.Macsec.RxScStats do
  @moduledoc """
  Counters of the channel of a peer.

  Kernel side: `MACSEC_RXSC_STATS_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "MACSEC_RXSC_STATS_ATTR_" do
    attr 1, :in_octets_validated, :u64, "bytes checked", volatile: true
    attr 2, :in_octets_decrypted, :u64, "bytes decrypted", volatile: true
    attr 3, :in_pkts_unchecked, :u64, "packets accepted without check", volatile: true
    attr 4, :in_pkts_delayed, :u64, "packets below the replay window, accepted", volatile: true
    attr 5, :in_pkts_ok, :u64, "packets accepted", volatile: true
    attr 6, :in_pkts_invalid, :u64, "packets that failed the check, accepted", volatile: true
    attr 7, :in_pkts_late, :u64, "packets dropped as replayed", volatile: true
    attr 8, :in_pkts_not_valid, :u64, "packets that failed the check, dropped", volatile: true
    attr 9, :in_pkts_not_using_sa, :u64, "packets without association, dropped", volatile: true
    attr 10, :in_pkts_unused_sa, :u64, "packets without association, accepted", volatile: true
  end
end
