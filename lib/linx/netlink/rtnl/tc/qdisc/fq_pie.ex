defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqPie do
  @moduledoc """
  Fair queueing with a proportional integral controller for each flow, as of `Linx.Netlink.Rtnl.Tc.Qdisc.Pie`.

  Kernel side: `TCA_FQ_PIE_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :fq_pie, flows: 512, target: "15ms", ecn: true)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_FQ_PIE_" do
    attr 1, :limit, :u32, "length of the queue, packets"
    attr 2, :flows, :u32, "number of flows"
    attr 3, :target, :u32, "acceptable delay, microseconds"
    attr 4, :tupdate, :u32, "time between updates of the probability, microseconds"
    attr 5, :alpha, :u32, "weight of the delay, 1/16 per second"
    attr 6, :beta, :u32, "weight of the change of the delay, 1/16 per second"
    attr 7, :quantum, :u32, "bytes sent in a round"
    attr 8, :memory_limit, :u32, "memory of the queue, bytes"
    attr 9, :ecn_prob, :u32, "probability up to which packets are marked, percent"
    attr 10, :ecn, {:bool, :u32}, "packets are marked before they are dropped"
    attr 11, :bytemode, {:bool, :u32}, "the probability grows with the size of a packet"
    attr 12, :dq_rate_estimator, {:bool, :u32}, "the delay is computed of an estimated rate"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of the queue, packets"},
    flows: {1..65_536, "number of flows, at creation only"},
    target: {Units.usecs(), "acceptable delay"},
    tupdate: {Units.usecs(), "time between updates of the probability"},
    alpha: {0..32, "weight of the delay, 1/16 per second"},
    beta: {0..32, "weight of the change of the delay, 1/16 per second"},
    quantum: {Units.size(), "bytes sent in a round"},
    memory_limit: {Units.size(), "memory of the queue"},
    ecn_prob: {0..100, "probability up to which packets are marked, percent"},
    ecn: {:bool, "mark packets before they are dropped"},
    bytemode: {:bool, "let the probability grow with the size of a packet"},
    dq_rate_estimator: {:bool, "compute the delay of an estimated rate"}
  )
end
