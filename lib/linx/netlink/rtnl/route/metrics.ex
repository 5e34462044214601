defmodule Linx.Netlink.Rtnl.Route.Metrics do
  @moduledoc """
  What is known of the path that a route leads along.

  Kernel side: `RTAX_*` of `include/uapi/linux/rtnetlink.h`.

      Route.add(sock, "10.9.0.0", 16, "10.0.0.1", metrics: [mtu: 1400, lock: [:mtu], initcwnd: 20])

  A locked metric is not changed by what is learned on the way, as from path MTU
  discovery.
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

  codec do
    attr 1, :lock, {:flags, :u32, @lock}
    attr 2, :mtu, :u32
    attr 3, :window, :u32
    attr 4, :rtt, :u32
    attr 5, :rttvar, :u32
    attr 6, :ssthresh, :u32
    attr 7, :cwnd, :u32
    attr 8, :advmss, :u32
    attr 9, :reordering, :u32
    attr 10, :hoplimit, :u32
    attr 11, :initcwnd, :u32
    attr 12, :features, {:flags, :u32, @features}
    attr 13, :rto_min, :u32
    attr 14, :initrwnd, :u32
    attr 15, :quickack, :u32
    attr 16, :cc_algo, :string
    attr 17, :fastopen_no_cookie, :u32
  end

  options(
    lock: {{:flags, @lock}, "metrics that stay as they are"},
    mtu: {@u32, "largest packet, bytes"},
    window: {@u32, "largest TCP window to advertise, bytes"},
    rtt: {@u32, "first estimate of the round trip, eighths of a millisecond"},
    rttvar: {@u32, "its first deviation, quarters of a millisecond"},
    ssthresh: {@u32, "first slow start threshold, segments"},
    cwnd: {@u32, "limit of the congestion window, segments, if locked"},
    advmss: {@u32, "segment size to advertise, bytes"},
    reordering: {@u32, "reordering to expect, segments"},
    hoplimit: {0..255, "hop limit"},
    initcwnd: {@u32, "first congestion window, segments"},
    features: {{:flags, @features}, "what TCP may use"},
    rto_min: {@u32, "least TCP retransmission timeout, milliseconds"},
    initrwnd: {@u32, "first receive window, segments"},
    quickack: {:bool, "acknowledge without delay"},
    cc_algo: {{:string, 15}, "TCP congestion control"},
    fastopen_no_cookie: {:bool, "TCP Fast Open without a cookie"}
  )
end
