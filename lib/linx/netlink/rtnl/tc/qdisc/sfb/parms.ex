defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Sfb.Parms do
  @moduledoc """
  Parameters of stochastic fair blue.

  Kernel side: `struct tc_sfb_qopt` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_sfb_qopt" do
      field :rehash_interval, :u32, "time between changes of the hash, milliseconds"
      field :warmup_time, :u32, "time before that in which both hashes count, milliseconds"
      field :max, :u32, "longest bin, packets"
      field :bin_size, :u32, "length of a bin up to which no packet is dropped, packets"
      field :increment, :u32, "step of the probability up, 65535 for 1"
      field :decrement, :u32, "step of the probability down, 65535 for 1"
      field :limit, :u32, "length of the queue, packets"
      field :penalty_rate, :u32, "rate of inelastic flows, packets per second"
      field :penalty_burst, :u32, "burst of inelastic flows, packets"
    end
  end
end
