defmodule Linx.Netlink.Rtnl.Encap.Seg6Local.Counters do
  @moduledoc """
  Counters of a segment endpoint: `SEG6_LOCAL_CNT_*` of
  `include/uapi/linux/seg6_local.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "SEG6_LOCAL_CNT_" do
    attr 2, :packets, :u64, "packets processed", volatile: true
    attr 3, :bytes, :u64, "bytes processed", volatile: true
    attr 4, :errors, :u64, "packets in error", volatile: true
  end
end
