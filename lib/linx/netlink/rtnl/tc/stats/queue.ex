defmodule Linx.Netlink.Rtnl.Tc.Stats.Queue do
  @moduledoc """
  Queue of a qdisc or a class.

  Kernel side: `struct gnet_stats_queue` of `include/uapi/linux/gen_stats.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct gnet_stats_queue" do
      field :qlen, :u32, "packets in the queue"
      field :backlog, :u32, "bytes in the queue"
      field :drops, :u32, "packets dropped"
      field :requeues, :u32, "packets put back"
      field :overlimits, :u32, "times that the limit was exceeded"
    end
  end
end
