defmodule Linx.Netlink.Generic.L2tp.Stats do
  @moduledoc """
  Counters of an L2TP tunnel or session.

  Kernel side: `L2TP_ATTR_STATS` of `include/uapi/linux/l2tp.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "L2TP_ATTR_" do
    attr 1, :tx_packets, :u64, "packets sent", volatile: true
    attr 2, :tx_bytes, :u64, "bytes sent", volatile: true
    attr 3, :tx_errors, :u64, "packets not sent", volatile: true
    attr 4, :rx_packets, :u64, "packets received", volatile: true
    attr 5, :rx_bytes, :u64, "bytes received", volatile: true
    attr 6, :rx_seq_discards, :u64, "packets dropped for their sequence number", volatile: true
    attr 7, :rx_oos_packets, :u64, "packets received out of sequence", volatile: true
    attr 8, :rx_errors, :u64, "packets dropped for other reasons", volatile: true
    attr 10, :rx_cookie_discards, :u64, "packets dropped for their cookie", volatile: true
    attr 11, :rx_invalid, :u64, "packets that were malformed", volatile: true
  end
end
