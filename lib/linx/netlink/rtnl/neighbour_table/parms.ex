defmodule Linx.Netlink.Rtnl.NeighbourTable.Parms do
  @moduledoc """
  Parameters of a link in a neighbour table, or the defaults of new links: `NDTPA_*` of
  `include/uapi/linux/neighbour.h`.

  Times are in milliseconds. `reachable_time` is drawn at random around `base_reachable_time`,
  every few minutes; `refcnt` is the number of references.
  """

  use Linx.Netlink.Codec

  codec prefix: "NDTPA_" do
    attr 1, :ifindex, :u32, "index of the link, `nil` for the defaults"
    attr 2, :refcnt, :u32, "number of references", volatile: true

    attr 3, :reachable_time, :u64, "time for which a confirmed entry is reachable, ms",
      volatile: true

    attr 4, :base_reachable_time, :u64, "mean of `reachable_time`, ms"
    attr 5, :retrans_time, :u64, "interval of probes, ms"
    attr 6, :gc_staletime, :u64, "time after which an unused entry is collected, ms"
    attr 7, :delay_probe_time, :u64, "delay of the first probe after a stale entry is used, ms"
    attr 8, :queue_len, :u32, "limit of the packets queued for an unresolved entry"
    attr 9, :app_probes, :u32, "number of probes left to a program"
    attr 10, :ucast_probes, :u32, "number of unicast probes"
    attr 11, :mcast_probes, :u32, "number of multicast probes"
    attr 12, :anycast_delay, :u64, "largest delay of an answer for an anycast address, ms"
    attr 13, :proxy_delay, :u64, "largest delay of an answer for a proxy entry, ms"
    attr 14, :proxy_qlen, :u32, "limit of the delayed answers for proxy entries"
    attr 15, :locktime, :u64, "time for which a new entry is not overwritten, ms"
    attr 16, :queue_lenbytes, :u32, "limit of the bytes queued for an unresolved entry"
    attr 17, :mcast_reprobes, :u32, "number of multicast probes after failed unicast ones"
    attr 19, :interval_probe_time_ms, :u64, "interval of probes of a managed entry, ms"
  end
end
