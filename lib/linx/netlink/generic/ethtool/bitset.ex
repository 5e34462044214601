defmodule Linx.Netlink.Generic.Ethtool.Bitset do
  @moduledoc """
  Set of bits, as it is in a message: a list of bits, or two bitmaps.

  Kernel side: `ETHTOOL_A_BITSET_*` of `include/uapi/linux/ethtool_netlink.h`.
  `Linx.Netlink.Generic.Ethtool.Bits` is what callers get and give.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.Bitset.Bit

  codec prefix: "ETHTOOL_A_BITSET_" do
    attr 1, :nomask, :flag, "the set has no mask: bits that it lacks are clear"
    attr 2, :size, :u32, "number of bits"

    attr 0x8003, :bits, {:array, {:nested, Bit}, 1}, "bits", element: "ETHTOOL_A_BITSET_BITS_BIT"

    attr 4, :value, :binary, "bits that are set, words of 32 bits"
    attr 5, :mask, :binary, "bits that there are, or that change, words of 32 bits"
  end
end
