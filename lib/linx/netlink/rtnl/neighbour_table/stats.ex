defmodule Linx.Netlink.Rtnl.NeighbourTable.Stats do
  @moduledoc """
  Counters of a table, summed over all processors: `struct ndt_stats` of
  `include/uapi/linux/neighbour.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ndt_stats", prefix: "ndts_" do
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
