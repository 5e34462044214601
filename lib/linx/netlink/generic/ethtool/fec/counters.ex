defmodule Linx.Netlink.Generic.Ethtool.Fec.Counters do
  @moduledoc """
  Counters of forward error correction; `nil` where the driver has none.

  Kernel side: `ETHTOOL_A_FEC_STAT_*` of `include/uapi/linux/ethtool_netlink.h`.

  Each counter is a list: the total, then the value of each lane.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.Fec.Bin

  codec prefix: "ETHTOOL_A_FEC_STAT_" do
    attr 2, :corrected, {:packed, :u64}, "corrected blocks", volatile: true
    attr 3, :uncorr, {:packed, :u64}, "blocks that could not be corrected", volatile: true
    attr 4, :corr_bits, {:packed, :u64}, "corrected bits", volatile: true
    attr 5, :hist, {:repeated, {:nested, Bin}}, "blocks by number of bit errors", volatile: true
  end
end
