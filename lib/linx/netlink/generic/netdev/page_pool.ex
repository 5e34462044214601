defmodule Linx.Netlink.Generic.Netdev.PagePool do
  @moduledoc """
  Page pool: memory that a driver receives packets into.

  Kernel side: `NETDEV_A_PAGE_POOL_*` of `include/uapi/linux/netdev.h`; from Linux 6.8.

  A pool whose device has been deleted, or that the driver does not use any more, remains until its memory
  has been returned: `detach_time` is set then.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Netdev.IoUring

  codec prefix: "NETDEV_A_PAGE_POOL_" do
    header Linx.Netlink.Generic.Header
    attr 1, :id, :uint, "id"
    attr 2, :ifindex, :u32, "index of the link; `nil` or 0 for one that was deleted"
    attr 3, :napi_id, :uint, "id of the NAPI instance that uses the pool"
    attr 4, :inflight, :uint, "pages that are in use", volatile: true
    attr 5, :inflight_mem, :uint, "memory that is in use, bytes", volatile: true
    attr 6, :detach_time, :uint, "time of the detachment, s since the boot"
    attr 7, :dmabuf, :u32, "id of the dmabuf"
    attr 8, :io_uring, {:nested, IoUring}, "memory of io_uring"
  end
end
