defmodule Linx.Netlink.Generic.Netdev.Queue do
  @moduledoc """
  Queue of a device.

  Kernel side: `NETDEV_A_QUEUE_*` of `include/uapi/linux/netdev.h`; from Linux 6.8.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Netdev.{IoUring, Lease, QueueId}

  codec prefix: "NETDEV_A_QUEUE_" do
    header Linx.Netlink.Generic.Header
    attr 2, :ifindex, :u32, "index of the link"
    include QueueId
    attr 4, :napi_id, :u32, "id of the NAPI instance that polls the queue"
    attr 5, :dmabuf, :u32, "id of the dmabuf that the queue receives into"
    attr 6, :io_uring, {:nested, IoUring}, "memory of io_uring that the queue receives into"
    attr 7, :xsk, :flag, "an AF_XDP socket is bound to the queue"
    attr 8, :lease, {:nested, Lease}, "queue of another device that this one stands for"
  end
end
