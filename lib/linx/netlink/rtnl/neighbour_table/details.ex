defmodule Linx.Netlink.Rtnl.NeighbourTable.Config do
  @moduledoc """
  What a table is like now: `struct ndt_config` of `include/uapi/linux/neighbour.h`.

  `last_flush` and `last_rand` are milliseconds since. `entries` counts those of all
  namespaces.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :key_len, :u16
      field :entry_size, :u16
      field :entries, :u32
      field :last_flush, :u32
      field :last_rand, :u32
      field :hash_rnd, :u32
      field :hash_mask, :u32
      field :hash_chain_gc, :u32
      field :proxy_qlen, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.NeighbourTable.Parms do
  @moduledoc """
  The parameters of a link in a table, or of links to be made: `NDTPA_*` of
  `include/uapi/linux/neighbour.h`.

  Times are in milliseconds. `reachable_time` is picked at random around
  `base_reachable_time`, every few minutes; `refcnt` counts the users.
  """

  use Linx.Netlink.Codec

  codec do
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

defmodule Linx.Netlink.Rtnl.NeighbourTable.Stats do
  @moduledoc """
  What a table has counted, over all processors: `struct ndt_stats` of
  `include/uapi/linux/neighbour.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :allocs, :u64
      field :destroys, :u64
      field :hash_grows, :u64
      field :res_failed, :u64
      field :lookups, :u64
      field :hits, :u64
      field :rcv_probes_mcast, :u64
      field :rcv_probes_ucast, :u64
      field :periodic_gc_runs, :u64
      field :forced_gc_runs, :u64
      field :table_fulls, :u64
    end
  end
end
