defmodule Linx.Netlink.Rtnl.NeighbourTable.Stats do
  @moduledoc """
  Counters of a table, summed over all processors: `struct ndt_stats` of
  `include/uapi/linux/neighbour.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ndt_stats", prefix: "ndts_" do
      field :allocs, :u64, "entries allocated"
      field :destroys, :u64, "entries destroyed"
      field :hash_grows, :u64, "resizes of the hash table"
      field :res_failed, :u64, "resolutions that failed"
      field :lookups, :u64, "lookups"
      field :hits, :u64, "lookups that found an entry"
      field :rcv_probes_mcast, :u64, "multicast solicitations received, IPv6 only"
      field :rcv_probes_ucast, :u64, "unicast solicitations received, IPv6 only"
      field :periodic_gc_runs, :u64, "periodic garbage collections"
      field :forced_gc_runs, :u64, "forced garbage collections"
      field :table_fulls, :u64, "allocations that the limit refused"
    end
  end
end
