defmodule Linx.Netlink.Generic.TcpMetrics.Vals do
  @moduledoc """
  Values of earlier connections to a peer, from which a new one begins; 0 is not reported.

  Kernel side: `enum tcp_metric_index` of `include/uapi/linux/tcp_metrics.h`; an attribute has the number of
  the metric and 1.

  The kernel scales the times: `Linx.Netlink.Generic.TcpMetrics.rtt/1` and
  `Linx.Netlink.Generic.TcpMetrics.rttvar/1` return microseconds.
  """

  use Linx.Netlink.Codec

  codec prefix: "TCP_METRICS_A_METRICS_" do
    attr 1, :rtt, :u32, "smoothed round trip time, 1/8 ms"
    attr 2, :rttvar, :u32, "variation of the round trip time, 1/4 ms"
    attr 3, :ssthresh, :u32, "slow start threshold, segments"
    attr 4, :cwnd, :u32, "congestion window, segments"

    attr 5, :reordering, :u32, "packets that overtook another",
      c: "TCP_METRICS_A_METRICS_REODERING"

    attr 6, :rtt_us, :u32, "smoothed round trip time, 1/8 µs"
    attr 7, :rttvar_us, :u32, "variation of the round trip time, 1/4 µs"
  end
end
