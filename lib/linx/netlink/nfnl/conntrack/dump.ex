defmodule Linx.Netlink.Nfnl.Conntrack.Dump do
  @moduledoc false
  # Repeated entries of a dump. If the entry at which a part of the dump stopped has ended, the
  # next part repeats the whole bucket, and all buckets before it if the table has grown
  # (net/netfilter/nf_conntrack_netlink.c, ctnetlink_dump_table). No entry is missing. Another dump
  # is no remedy, since `:zero` has reset the counters.

  alias Linx.Netlink.Nfnl.Conntrack

  @doc """
  Each entry once, as it was dumped first.
  """
  @spec distinct([Conntrack.t()]) :: [Conntrack.t()]
  def distinct(entries) do
    ids = :maps.from_keys(Enum.map(entries, & &1.id), [])

    # An id is a 32-bit hash: two entries can have the same.
    if map_size(ids) == length(entries),
      do: entries,
      else: Enum.uniq_by(entries, &{&1.id, &1.tuple_orig, &1.zone})
  end
end
