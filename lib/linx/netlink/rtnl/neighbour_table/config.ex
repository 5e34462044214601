defmodule Linx.Netlink.Rtnl.NeighbourTable.Config do
  @moduledoc """
  State of a table: `struct ndt_config` of `include/uapi/linux/neighbour.h`.

  `last_flush` and `last_rand` are the milliseconds since the table was last flushed, and since the
  reachable times were last drawn. `entries` counts the entries of all namespaces.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ndt_config", prefix: "ndtc_" do
      field :key_len, :u16, "length of an address, bytes"
      field :entry_size, :u16, "size of an entry, bytes"
      field :entries, :u32, "number of entries"
      field :last_flush, :u32, "time since the last flush, ms"
      field :last_rand, :u32, "time since the reachable times were drawn, ms"
      field :hash_rnd, :u32, "seed of the hash"
      field :hash_mask, :u32, "mask of the hash"
      field :hash_chain_gc, :u32, "next hash chain to collect"
      field :proxy_qlen, :u32, "number of delayed answers for proxy entries"
    end
  end
end
