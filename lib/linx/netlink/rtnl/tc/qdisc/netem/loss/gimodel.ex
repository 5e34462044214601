defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Loss.Gimodel do
  @moduledoc """
  Probabilities of transitions between four states: 1 for packets received in a gap between bursts, 2 for
  those received in a burst, 3 for those lost in a burst, 4 for one lost in a gap.

  Kernel side: `struct tc_netem_gimodel` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_gimodel" do
      field :p13, :u32, "from state 1 to 3, 4294967295 for 100 %"
      field :p31, :u32, "from state 3 to 1, 4294967295 for 100 %"
      field :p32, :u32, "from state 3 to 2, 4294967295 for 100 %"
      field :p14, :u32, "from state 1 to 4, 4294967295 for 100 %"
      field :p23, :u32, "from state 2 to 3, 4294967295 for 100 %"
    end
  end
end
