defmodule Linx.Netlink.Nfnl.Conntrack.Counters do
  @moduledoc """
  Packets and bytes of one direction of a connection: `CTA_COUNTERS_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_COUNTERS_" do
    attr 1, :packets, :be64, "packets"
    attr 2, :bytes, :be64, "bytes"
  end
end
