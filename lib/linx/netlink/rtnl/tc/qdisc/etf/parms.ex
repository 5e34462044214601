defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Etf.Parms do
  @moduledoc """
  Parameters of earliest transmission time first.

  Kernel side: `struct tc_etf_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Clock

  @flags [deadline_mode: 0x1, offload: 0x2, skip_sock_check: 0x4]

  codec do
    header "struct tc_etf_qopt" do
      field :delta, :s32, "time that a packet leaves the queue ahead, ns"
      field :clockid, {:enum, :s32, Clock.ids()}, "clock", values: "CLOCK_"

      field :flags, {:flags, :u32, @flags}, "flags",
        values:
          {"TC_ETF_", [deadline_mode: "TC_ETF_DEADLINE_MODE_ON", offload: "TC_ETF_OFFLOAD_ON"]}
    end
  end
end
