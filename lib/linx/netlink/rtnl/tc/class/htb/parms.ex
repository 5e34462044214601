defmodule Linx.Netlink.Rtnl.Tc.Class.Htb.Parms do
  @moduledoc """
  Parameters of a class of a hierarchical token bucket.

  Kernel side: `struct tc_htb_opt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Ratespec

  codec do
    header "struct tc_htb_opt" do
      embed :rate, Ratespec, value: :rate
      embed :ceil, Ratespec, value: :rate
      field :buffer, :ticks, "time to send a burst at the guaranteed rate, ns"
      field :cbuffer, :ticks, "time to send a burst at the largest rate, ns"
      field :quantum, :u32, "bytes sent in a round"
      field :level, :u32, "level in the hierarchy, 0 for a leaf"
      field :prio, :u32, "priority, the lowest is served first"
    end
  end
end
