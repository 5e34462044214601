defmodule Linx.Netlink.Nfnl.Conntrack.Tuple.Addresses do
  @moduledoc """
  Source and destination of a tuple, as IPv4 or as IPv6: `CTA_IP_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec do
    attr 1, :v4_src, IP
    attr 2, :v4_dst, IP
    attr 3, :v6_src, IP
    attr 4, :v6_dst, IP
  end
end
