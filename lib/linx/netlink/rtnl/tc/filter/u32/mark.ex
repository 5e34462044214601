defmodule Linx.Netlink.Rtnl.Tc.Filter.U32.Mark do
  @moduledoc """
  Mark that a u32 filter matches.

  Kernel side: `struct tc_u32_mark` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_u32_mark" do
      field :val, :u32, "value"
      field :mask, :u32, "bits that count"
      field :success, :u32, "packets with this mark", volatile: true
    end
  end
end
