defmodule Linx.Netlink.Generic.Macsec.SecyStats do
  @moduledoc """
  Counters of a MACsec link.

  Kernel side: `MACSEC_SECY_STATS_ATTR_*` of `include/uapi/linux/if_macsec.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "MACSEC_SECY_STATS_ATTR_" do
    attr 1, :out_pkts_untagged, :u64, "packets sent without protection", volatile: true
    attr 2, :in_pkts_untagged, :u64, "packets received without tag and accepted", volatile: true

    attr 3, :out_pkts_too_long, :u64, "packets not sent, longer than the MTU of the link below",
      volatile: true

    attr 4, :in_pkts_no_tag, :u64, "packets received without tag and dropped", volatile: true
    attr 5, :in_pkts_bad_tag, :u64, "packets dropped for an invalid tag", volatile: true
    attr 6, :in_pkts_unknown_sci, :u64, "packets of an unknown channel, accepted", volatile: true
    attr 7, :in_pkts_no_sci, :u64, "packets of an unknown channel, dropped", volatile: true
    attr 8, :in_pkts_overrun, :u64, "packets dropped for lack of resources", volatile: true
  end
end
