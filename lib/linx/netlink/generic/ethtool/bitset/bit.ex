defmodule Linx.Netlink.Generic.Ethtool.Bitset.Bit do
  @moduledoc """
  Bit of a set.

  Kernel side: `ETHTOOL_A_BITSET_BIT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_BITSET_BIT_" do
    attr 1, :index, :u32, "number"
    attr 2, :name, :string, "name"
    attr 3, :value, :flag, "it is set"
  end
end
