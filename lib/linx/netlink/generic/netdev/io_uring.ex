defmodule Linx.Netlink.Generic.Netdev.IoUring do
  @moduledoc """
  Memory of `io_uring` that a queue receives into.

  Kernel side: `NETDEV_A_IO_URING_PROVIDER_INFO_*` of `include/uapi/linux/netdev.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NETDEV_A_IO_URING_PROVIDER_INFO_" do
    attr 1, :rx_buf_len, :uint, "size of a receive buffer, bytes"
  end
end
