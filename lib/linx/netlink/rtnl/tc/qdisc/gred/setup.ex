defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Gred.Setup do
  @moduledoc """
  Number of virtual queues, and flags of all.

  Kernel side: `struct tc_gred_sopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early

  codec do
    header "struct tc_gred_sopt" do
      field :dps, :u32, "number of queues", c: "DPs"
      field :def_dp, :u32, "queue of packets without another one", c: "def_DP"
      field :grio, {:bool, :u8}, "queues have priorities"
      field :flags, {:flags, :u8, Early.flags()}, "flags", values: Early.values()
      pad 2
    end
  end
end
