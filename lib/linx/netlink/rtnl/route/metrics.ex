defmodule Linx.Netlink.Rtnl.Route.Metrics do
  @moduledoc """
  Metrics of a route: properties of its path, and parameters of TCP connections over it.

  Kernel side: `RTAX_*` of `include/uapi/linux/rtnetlink.h`.

      Route.add(sock, "10.9.0.0", 16, "10.0.0.1", metrics: [mtu: 1400, lock: [:mtu], initcwnd: 20])

  The kernel does not change a locked metric, such as `mtu` after path MTU discovery.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  # Bits of RTAX_*.
  @lock [
    mtu: 0x4,
    window: 0x8,
    rtt: 0x10,
    rttvar: 0x20,
    ssthresh: 0x40,
    cwnd: 0x80,
    advmss: 0x100,
    reordering: 0x200,
    hoplimit: 0x400,
    initcwnd: 0x800,
    features: 0x1000,
    rto_min: 0x2000,
    initrwnd: 0x4000,
    quickack: 0x8000,
    cc_algo: 0x10000,
    fastopen_no_cookie: 0x20000
  ]

  # RTAX_FEATURE_*.
  @features [ecn: 0x1, sack: 0x2, timestamp: 0x4, allfrag: 0x8, tcp_usec_ts: 0x10]

  @u32 0..0xFFFFFFFF

  codec prefix: "RTAX_" do
    attr 1, :lock, {:flags, :u32, @lock}, "metrics that the kernel does not change",
      values: {:bit, "RTAX_"}

    attr 2, :mtu, :u32, "path MTU, bytes"
    attr 3, :window, :u32, "largest TCP window to advertise, bytes"
    attr 4, :rtt, :u32, "initial round trip time, 1/8 ms"
    attr 5, :rttvar, :u32, "initial deviation of the round trip time, 1/4 ms"
    attr 6, :ssthresh, :u32, "initial slow start threshold, segments"
    attr 7, :cwnd, :u32, "largest congestion window, segments"
    attr 8, :advmss, :u32, "TCP segment size to advertise, bytes"
    attr 9, :reordering, :u32, "initial reordering, segments"
    attr 10, :hoplimit, :u32, "hop limit"
    attr 11, :initcwnd, :u32, "initial congestion window, segments"
    attr 12, :features, {:flags, :u32, @features}, "TCP features", values: "RTAX_FEATURE_"
    attr 13, :rto_min, :u32, "smallest TCP retransmission timeout, ms"
    attr 14, :initrwnd, :u32, "initial receive window, segments"
    attr 15, :quickack, {:bool, :u32}, "acknowledge without delay"
    attr 16, :cc_algo, :string, "name of the TCP congestion control"
    attr 17, :fastopen_no_cookie, {:bool, :u32}, "TCP Fast Open without a cookie"
  end

  options(
    lock: {{:flags, @lock}, "locked metrics"},
    mtu: {@u32, "path MTU, bytes"},
    window: {@u32, "largest TCP window to advertise, bytes"},
    rtt: {@u32, "initial round trip time, 1/8 ms"},
    rttvar: {@u32, "initial deviation of the round trip time, 1/4 ms"},
    ssthresh: {@u32, "initial slow start threshold, segments"},
    cwnd: {@u32, "largest congestion window if locked, segments"},
    advmss: {@u32, "TCP segment size to advertise, bytes"},
    reordering: {@u32, "initial reordering, segments"},
    hoplimit: {0..255, "hop limit"},
    initcwnd: {@u32, "initial congestion window, segments"},
    features: {{:flags, @features}, "TCP features"},
    rto_min: {@u32, "smallest TCP retransmission timeout, ms"},
    initrwnd: {@u32, "initial receive window, segments"},
    quickack: {:boolean, "acknowledge without delay"},
    cc_algo: {{:string, 15}, "name of the TCP congestion control"},
    fastopen_no_cookie: {:boolean, "TCP Fast Open without a cookie"}
  )
end
