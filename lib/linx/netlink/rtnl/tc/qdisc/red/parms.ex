defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Red.Parms do
  @moduledoc """
  Parameters of random early detection, bytes, and of CHOKe, packets.

  Kernel side: `struct tc_red_qopt` of `include/uapi/linux/pkt_sched.h`, and `struct tc_choke_qopt`, which has
  the same fields.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early

  codec do
    header "struct tc_red_qopt" do
      field :limit, :u32, "length of the queue"
      field :qth_min, :u32, "average length from which on packets are dropped at random"
      field :qth_max, :u32, "average length from which on all packets are dropped"
      field :wlog, :u8, "weight of the length in the average, a power of two", c: "Wlog"
      field :plog, :u8, "slope of the probability, a power of two", c: "Plog"
      field :scell_log, :u8, "step of the table of the decay, a power of two", c: "Scell_log"
      field :flags, {:flags, :u8, Early.flags()}, "flags", values: Early.values()
    end
  end
end
