defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit.Key do
  @moduledoc """
  Edit of 4 bytes of a packet.

  Kernel side: `struct tc_pedit_key` of `include/uapi/linux/tc_act/tc_pedit.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct tc_pedit_key" do
      field :mask, :be32, "bits that stay, in the order of the packet"
      field :val, :be32, "bits that are inverted afterwards, or the number to add"
      field :off, :u32, "offset in the header, bytes"
      field :at, :u32, "offset of a byte that is added to the offset"
      field :offmask, :u32, "bits of that byte that count, 0 for no such byte"
      field :shift, :u32, "bits by which it is shifted to the right"
    end
  end
end
