defmodule Linx.Netlink.Rtnl.Stats.AfSpec.Mpls do
  @moduledoc """
  Counters of MPLS: `MPLS_STATS_*` of `include/uapi/linux/mpls.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Link

  codec prefix: "MPLS_STATS_" do
    attr 1, :link, Link, "counters of labelled packets"
  end
end
