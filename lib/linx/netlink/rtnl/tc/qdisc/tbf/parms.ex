defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Tbf.Parms do
  @moduledoc """
  Parameters of a token bucket filter.

  Kernel side: `struct tc_tbf_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Ratespec

  codec do
    header "struct tc_tbf_qopt" do
      embed :rate, Ratespec, value: :rate
      embed :peakrate, Ratespec, value: :rate
      field :limit, :u32, "length of the queue, bytes"
      field :buffer, :ticks, "time to send a full bucket, ns"
      field :mtu, :ticks, "time to send a full bucket of the peak rate, ns"
    end
  end
end
