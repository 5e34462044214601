defmodule Linx.Netlink.Rtnl.NeighbourTable.Parms do
  @moduledoc """
  Parameters of a link in a neighbour table, or the defaults of new links: `NDTPA_*` of
  `include/uapi/linux/neighbour.h`.

  Times are in milliseconds. `reachable_time` is drawn at random around `base_reachable_time`,
  every few minutes; `refcnt` is the number of references.
  """

  use Linx.Netlink.Codec

  codec prefix: "NDTPA_" do
    attr 1, :ifindex, :u32
    attr 2, :refcnt, :u32
    attr 3, :reachable_time, :u64
    attr 4, :base_reachable_time, :u64
    attr 5, :retrans_time, :u64
    attr 6, :gc_staletime, :u64
    attr 7, :delay_probe_time, :u64
    attr 8, :queue_len, :u32
    attr 9, :app_probes, :u32
    attr 10, :ucast_probes, :u32
    attr 11, :mcast_probes, :u32
    attr 12, :anycast_delay, :u64
    attr 13, :proxy_delay, :u64
    attr 14, :proxy_qlen, :u32
    attr 15, :locktime, :u64
    attr 16, :queue_lenbytes, :u32
    attr 17, :mcast_reprobes, :u32
    attr 19, :interval_probe_time_ms, :u64
  end
end
