defmodule Linx.Netlink.Generic.Netdev.Lease do
  @moduledoc """
  Queue of another device that a queue stands for, or that stands for it.

  Kernel side: `NETDEV_A_LEASE_*` of `include/uapi/linux/netdev.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Netdev.QueueId

  codec prefix: "NETDEV_A_LEASE_" do
    attr 1, :ifindex, :u32, "index of the other link"
    attr 2, :queue, {:nested, QueueId}, "the queue of it"
    attr 3, :netns_id, :s32, "id of its network namespace"
  end
end
