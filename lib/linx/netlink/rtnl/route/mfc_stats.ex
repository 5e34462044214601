defmodule Linx.Netlink.Rtnl.Route.MfcStats do
  @moduledoc """
  Counters of a multicast route.

  Kernel side: `struct rta_mfc_stats` of `include/uapi/linux/rtnetlink.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rta_mfc_stats", prefix: "mfcs_" do
      field :packets, :u64, "packets forwarded", volatile: true
      field :bytes, :u64, "bytes forwarded", volatile: true
      field :wrong_if, :u64, "packets from an unexpected link", volatile: true
    end
  end
end
