defmodule Linx.Netlink.Nfnl.Conntrack.Timestamp do
  @moduledoc """
  Start and end of a connection: `CTA_TIMESTAMP_*`, nanoseconds since 1970.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :start, :be64
    attr 2, :stop, :be64
  end
end
