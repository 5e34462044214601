defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond.Lacp do
  @moduledoc """
  Messages of the link aggregation control protocol (LACP): `BOND_3AD_STAT_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "BOND_3AD_STAT_" do
    attr 0, :lacpdu_rx, :u64
    attr 1, :lacpdu_tx, :u64
    attr 2, :lacpdu_unknown_rx, :u64
    attr 3, :lacpdu_illegal_rx, :u64
    attr 4, :marker_rx, :u64
    attr 5, :marker_tx, :u64
    attr 6, :marker_resp_rx, :u64
    attr 7, :marker_resp_tx, :u64
    attr 8, :marker_unknown_rx, :u64
  end
end
