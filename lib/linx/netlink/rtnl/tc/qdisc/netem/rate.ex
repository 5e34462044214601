defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Rate do
  @moduledoc """
  Rate of an emulated network, and how packets are measured.

  Kernel side: `struct tc_netem_rate` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_netem_rate" do
      field :rate, :u32, "bytes per second, 4294967295 for more, 0 for no limit"
      field :packet_overhead, :s32, "bytes added to each packet"
      field :cell_size, :u32, "bytes of a cell, 0 for none"
      field :cell_overhead, :s32, "bytes added to each cell"
    end
  end
end
