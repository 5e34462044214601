defmodule Linx.Netlink.Rtnl.Tc.Filter.U32.Key do
  @moduledoc """
  Key of a u32 filter.

  Kernel side: `struct tc_u32_key` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_u32_key" do
      field :mask, :be32, "bits that count"
      field :val, :be32, "value of these bits"
      field :off, :s32, "offset from the network header, bytes"
      field :offmask, :s32, "-1 if the offset is that from the next header"
    end
  end
end
