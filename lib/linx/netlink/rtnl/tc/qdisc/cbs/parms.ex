defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Cbs.Parms do
  @moduledoc """
  Parameters of a credit based shaper.

  Kernel side: `struct tc_cbs_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_cbs_qopt" do
      field :offload, {:bool, :u8}, "the hardware does the work"
      pad 3
      field :hicredit, :s32, "largest credit, bytes"
      field :locredit, :s32, "least credit, bytes"
      field :idleslope, :s32, "rate at which credit grows while packets wait, kbit/s"
      field :sendslope, :s32, "rate at which credit changes while packets are sent, kbit/s"
    end
  end
end
