defmodule Linx.Netlink.Rtnl.Encap.Seg6Local.Flavors do
  @moduledoc """
  Variants of an action: `SEG6_LOCAL_FLV_*` of `include/uapi/linux/seg6_local.h`.
  """

  use Linx.Netlink.Codec

  # Bits of SEG6_LOCAL_FLV_OP_*.
  @operations [psp: 0x2, usp: 0x4, usd: 0x8, next_csid: 0x10]

  codec prefix: "SEG6_LOCAL_FLV_" do
    attr 1, :operation, {:flags, :u32, @operations}, "variants",
      values: {:bit, "SEG6_LOCAL_FLV_OP_"}

    attr 2, :lcblock_bits, :u8, "length of the locator block of compressed segments, bits"
    attr 3, :lcnode_fn_bits, :u8, "length of node and function of compressed segments, bits"
  end

  @doc false
  @spec __operations__() :: keyword(pos_integer())
  def __operations__, do: @operations
end
