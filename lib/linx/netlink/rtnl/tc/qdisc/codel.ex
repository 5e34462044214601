defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Codel do
  @moduledoc """
  Controlled delay: packets are dropped when all wait too long.

  Kernel side: `TCA_CODEL_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :codel, target: "5ms", interval: "100ms", ecn: true)

  The kernel has times in steps of 1.024 microseconds: 5000 is read as 4999.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_CODEL_" do
    attr 1, :target, :u32, "acceptable delay, microseconds"
    attr 2, :limit, :u32, "length of the queue, packets"
    attr 3, :interval, :u32, "time in which the delay must fall below the target, microseconds"
    attr 4, :ecn, {:bool, :u32}, "packets are marked before they are dropped"
    attr 5, :ce_threshold, :u32, "delay from which on all packets are marked, microseconds"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of the queue, packets"},
    target: {Units.usecs(), "acceptable delay"},
    interval: {Units.usecs(), "time in which the delay must fall below the target"},
    ecn: {:bool, "mark packets before they are dropped"},
    ce_threshold: {Units.usecs(), "delay from which on all packets are marked"}
  )
end
