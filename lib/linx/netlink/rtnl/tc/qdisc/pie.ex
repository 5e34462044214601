defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Pie do
  @moduledoc """
  Proportional integral controller: packets are dropped at random, the more the longer they wait.

  Kernel side: `TCA_PIE_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :pie, target: "15ms", ecn: true)

  The kernel has `tupdate` in its jiffies, and reports a target of more than 4.29 s without the upper bits.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_PIE_" do
    attr 1, :target, :u32, "acceptable delay, microseconds"
    attr 2, :limit, :u32, "length of the queue, packets"
    attr 3, :tupdate, :u32, "time between updates of the probability, microseconds"
    attr 4, :alpha, :u32, "weight of the delay, 1/16 per second"
    attr 5, :beta, :u32, "weight of the change of the delay, 1/16 per second"
    attr 6, :ecn, {:bool, :u32}, "packets are marked before they are dropped"
    attr 7, :bytemode, {:bool, :u32}, "the probability grows with the size of a packet"
    attr 8, :dq_rate_estimator, {:bool, :u32}, "the delay is computed of an estimated rate"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of the queue, packets"},
    target: {Units.usecs(), "acceptable delay"},
    tupdate: {Units.usecs(), "time between updates of the probability"},
    alpha: {0..32, "weight of the delay, 1/16 per second"},
    beta: {0..32, "weight of the change of the delay, 1/16 per second"},
    ecn: {:bool, "mark packets before they are dropped"},
    bytemode: {:bool, "let the probability grow with the size of a packet"},
    dq_rate_estimator: {:bool, "compute the delay of an estimated rate"}
  )
end
