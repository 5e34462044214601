defmodule Linx.Netlink.Generic.Ethtool.Fec.Bin do
  @moduledoc """
  Bin of a histogram of blocks by number of bit errors.

  Kernel side: `ETHTOOL_A_FEC_HIST_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_FEC_HIST_" do
    attr 2, :bin_low, :u32, "smallest number of bit errors"
    attr 3, :bin_high, :u32, "largest number of bit errors"
    attr 4, :bin_val, :uint, "blocks", volatile: true
    attr 5, :bin_val_per_lane, {:packed, :u64}, "blocks of each lane", volatile: true
  end
end
