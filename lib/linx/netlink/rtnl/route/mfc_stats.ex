defmodule Linx.Netlink.Rtnl.Route.MfcStats do
  @moduledoc """
  Counters of a multicast route.

  Kernel side: `struct rta_mfc_stats` of `include/uapi/linux/rtnetlink.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rta_mfc_stats", prefix: "mfcs_" do
      field :packets, :u64, volatile: true
      field :bytes, :u64, volatile: true
      field :wrong_if, :u64, volatile: true
    end
  end
end
