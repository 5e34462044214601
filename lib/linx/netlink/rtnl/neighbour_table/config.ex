defmodule Linx.Netlink.Rtnl.NeighbourTable.Config do
  @moduledoc """
  State of a table: `struct ndt_config` of `include/uapi/linux/neighbour.h`.

  `last_flush` and `last_rand` are the milliseconds since the table was last flushed, and since the
  reachable times were last drawn. `entries` counts the entries of all namespaces.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ndt_config", prefix: "ndtc_" do
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
