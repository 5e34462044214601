defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Addresses do
  @moduledoc """
  Source and destination of a tuple, IPv4 or IPv6: `CTA_IP_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec prefix: "CTA_IP_" do
    attr 1, :v4_src, IP, "IPv4 source"
    attr 2, :v4_dst, IP, "IPv4 destination"
    attr 3, :v6_src, IP, "IPv6 source"
    attr 4, :v6_dst, IP, "IPv6 destination"
  end
end
