defmodule Linx.Netlink.Generic.Ethtool.Tsinfo.Counters do
  @moduledoc """
  Counters of the timestamps of sent packets; `nil` where the driver has none.

  Kernel side: `ETHTOOL_A_TS_STAT_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "ETHTOOL_A_TS_STAT_" do
    attr 1, :tx_pkts, :uint, "packets with a timestamp", volatile: true
    attr 2, :tx_lost, :uint, "packets whose timestamp was lost", volatile: true
    attr 3, :tx_err, :uint, "packets whose timestamp failed", volatile: true

    attr 4, :tx_onestep_pkts_unconfirmed, :uint, "packets of one step, unconfirmed",
      volatile: true
  end
end
