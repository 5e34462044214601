defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Fifo do
  @moduledoc """
  Queue that drops what comes when it is full: `:pfifo`, `:bfifo`, `:pfifo_head_drop`.

  Kernel side: `struct tc_fifo_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec do
    header "struct tc_fifo_qopt" do
      field :limit, :u32, "length of the queue: packets, of `:bfifo` bytes"
    end
  end

  options(limit: {Units.size(), "length of the queue: packets, of `:bfifo` bytes"})
end
