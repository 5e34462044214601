defmodule Linx.Netlink.Nfnl.Conntrack.Counters do
  @moduledoc """
  Packets of one direction, and their bytes: `CTA_COUNTERS_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :packets, :be64
    attr 2, :bytes, :be64
  end
end
