defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls do
  @moduledoc """
  Counters of MPLS: `MPLS_STATS_*` of `include/uapi/linux/mpls.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Link

  codec do
    attr 1, :link, Link
  end
end
