defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond.Lacp do
  @moduledoc """
  Messages of the link aggregation control protocol (LACP): `BOND_3AD_STAT_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "BOND_3AD_STAT_" do
    attr 0, :lacpdu_rx, :u64, "LACP messages received"
    attr 1, :lacpdu_tx, :u64, "LACP messages sent"
    attr 2, :lacpdu_unknown_rx, :u64, "messages of an unknown slow protocol received"
    attr 3, :lacpdu_illegal_rx, :u64, "malformed messages received"
    attr 4, :marker_rx, :u64, "marker messages received"
    attr 5, :marker_tx, :u64, "marker messages sent"
    attr 6, :marker_resp_rx, :u64, "marker responses received"
    attr 7, :marker_resp_tx, :u64, "marker responses sent"
    attr 8, :marker_unknown_rx, :u64, "marker messages of an unknown type received"
  end
end
