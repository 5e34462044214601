defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Loss.Gemodel do
  @moduledoc """
  Probabilities of a good and a bad state.

  Kernel side: `struct tc_netem_gemodel` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_gemodel" do
      field :p, :u32, "from the good to the bad state, 4294967295 for 100 %"
      field :r, :u32, "from the bad to the good state, 4294967295 for 100 %"
      field :h, :u32, "that a packet is received in the bad state, 4294967295 for 100 %"
      field :k1, :u32, "that a packet is lost in the good state, 4294967295 for 100 %"
    end
  end
end
