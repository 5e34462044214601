defmodule Linx.Netlink.Rtnl.FdbExtAttrs do
  @moduledoc """
  Ageing of an entry of a forwarding table: `NFEA_*` of `include/uapi/linux/neighbour.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "NFEA_" do
    attr 1,
         :activity_notify,
         {:flags, :u8, bit: 0x1, inactive_bit: 0x2},
         "notifications of activity",
         values: "FDB_NOTIFY_"

    attr 2, :dont_refresh, :flag, "an update does not count as activity"
  end
end
