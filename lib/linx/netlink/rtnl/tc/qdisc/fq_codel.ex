defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel do
  @moduledoc """
  Fair queueing with controlled delay.

  Kernel side: `TCA_FQ_CODEL_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :fq_codel, target: "5ms", interval: "100ms", ecn: true)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_FQ_CODEL_" do
    attr 1, :target, :u32, "acceptable delay, microseconds"
    attr 2, :limit, :u32, "length of the queue, packets"
    attr 3, :interval, :u32, "time in which the delay must fall below the target, microseconds"
    attr 4, :ecn, {:bool, :u32}, "packets are marked before they are dropped"
    attr 5, :flows, :u32, "number of flows"
    attr 6, :quantum, :u32, "bytes sent in a round"
    attr 7, :ce_threshold, :u32, "delay from which on all packets are marked, microseconds"
    attr 8, :drop_batch_size, :u32, "packets dropped at once"
    attr 9, :memory_limit, :u32, "memory of the queue, bytes"
    attr 10, :ce_threshold_selector, :u8, "value of the TOS field that `ce_threshold` is for"
    attr 11, :ce_threshold_mask, :u8, "mask of the TOS field that `ce_threshold` is for"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of the queue, packets"},
    flows: {1..65_536, "number of flows, at creation only"},
    target: {Units.usecs(), "acceptable delay"},
    interval: {Units.usecs(), "time in which the delay must fall below the target"},
    quantum: {Units.size(), "bytes sent in a round"},
    ecn: {:bool, "mark packets before they are dropped"},
    ce_threshold: {Units.usecs(), "delay from which on all packets are marked"},
    ce_threshold_selector: {0..255, "value of the TOS field that `:ce_threshold` is for"},
    ce_threshold_mask: {0..255, "mask of the TOS field that `:ce_threshold` is for"},
    drop_batch: {1..0xFFFFFFFF, "packets dropped at once", field: [:drop_batch_size]},
    memory_limit: {Units.size(), "memory of the queue"}
  )
end
