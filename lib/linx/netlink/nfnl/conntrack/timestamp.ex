defmodule Linx.Netlink.Nfnl.Conntrack.Timestamp do
  @moduledoc """
  When a connection began, and ended: `CTA_TIMESTAMP_*`, in nanoseconds since 1970.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :start, :be64
    attr 2, :stop, :be64
  end
end
