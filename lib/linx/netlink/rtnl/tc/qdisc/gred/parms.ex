defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Gred.Parms do
  @moduledoc """
  Parameters and counters of a virtual queue.

  Kernel side: `struct tc_gred_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_gred_qopt" do
      field :limit, :u32, "length of the queue, bytes"
      field :qth_min, :u32, "average length from which on packets are dropped at random, bytes"
      field :qth_max, :u32, "average length from which on all packets are dropped, bytes"
      field :dp, :u32, "number of the queue, 16 and more for one that is not set up", c: "DP"
      field :backlog, :u32, "length at present, bytes", volatile: true
      field :qave, :u32, "average length, bytes", volatile: true
      field :forced, :u32, "packets dropped above the upper threshold", volatile: true
      field :early, :u32, "packets dropped at random", volatile: true
      field :other, :u32, "packets dropped otherwise", volatile: true
      field :pdrop, :u32, "packets dropped at the limit", volatile: true
      field :wlog, :u8, "weight of the length in the average, a power of two", c: "Wlog"
      field :plog, :u8, "slope of the probability, a power of two", c: "Plog"
      field :scell_log, :u8, "step of the table of the decay, a power of two", c: "Scell_log"
      field :prio, :u8, "priority, 1 the highest"
      field :packets, :u32, "packets queued", volatile: true
      field :bytesin, :u32, "bytes queued", volatile: true
    end
  end
end
