defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Hhf do
  @moduledoc """
  Filter of heavy hitters: flows with many bytes wait behind the others.

  Kernel side: `TCA_HHF_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :hhf, admit_bytes: "128k", non_hh_weight: 2)

  The kernel has timeouts in its jiffies.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_HHF_" do
    attr 1, :backlog_limit, :u32, "length of the queue, packets"
    attr 2, :quantum, :u32, "bytes sent in a round"
    attr 3, :hh_flows_limit, :u32, "heavy hitters at most"
    attr 4, :reset_timeout, :u32, "time after which counting begins again, microseconds"
    attr 5, :admit_bytes, :u32, "bytes within that time that make a heavy hitter"
    attr 6, :evict_timeout, :u32, "time without packets after which a flow is none, microseconds"
    attr 7, :non_hh_weight, :u32, "weight of other flows, of heavy hitters 1"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of the queue, packets", field: [:backlog_limit]},
    quantum: {Units.size(), "bytes sent in a round, at least 256"},
    hh_limit: {0..0xFFFFFFFF, "heavy hitters at most", field: [:hh_flows_limit]},
    reset_timeout: {Units.usecs(), "time after which counting begins again"},
    admit_bytes: {Units.size(), "bytes within that time that make a heavy hitter"},
    evict_timeout: {Units.usecs(), "time without packets after which a flow is none"},
    non_hh_weight: {1..0xFFFFFFFF, "weight of other flows, of heavy hitters 1"}
  )
end
