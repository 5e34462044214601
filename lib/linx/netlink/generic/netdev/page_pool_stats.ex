defmodule Linx.Netlink.Generic.Netdev.PagePoolStats do
  @moduledoc """
  Counters of a page pool.

  Kernel side: `NETDEV_A_PAGE_POOL_STATS_*` of `include/uapi/linux/netdev.h`; from Linux 6.8, in a kernel with
  `CONFIG_PAGE_POOL_STATS`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Netdev.PagePool

  codec prefix: "NETDEV_A_PAGE_POOL_STATS_" do
    header Linx.Netlink.Generic.Header
    attr 1, :info, {:attributes, PagePool}, "the pool: `id` and `ifindex`"
    attr 8, :alloc_fast, :uint, "pages from the cache", volatile: true
    attr 9, :alloc_slow, :uint, "pages from the allocator", volatile: true
    attr 10, :alloc_slow_high_order, :uint, "of these, groups of pages", volatile: true
    attr 11, :alloc_empty, :uint, "requests that found the ring empty", volatile: true
    attr 12, :alloc_refill, :uint, "times that the cache was refilled", volatile: true
    attr 13, :alloc_waive, :uint, "pages that another NUMA node has", volatile: true
    attr 14, :recycle_cached, :uint, "pages returned to the cache", volatile: true
    attr 15, :recycle_cache_full, :uint, "pages that the full cache refused", volatile: true
    attr 16, :recycle_ring, :uint, "pages returned to the ring", volatile: true
    attr 17, :recycle_ring_full, :uint, "pages that the full ring refused", volatile: true

    attr 18, :recycle_released_refcnt, :uint, "pages released since others use them",
      volatile: true
  end
end
