defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfos do
  @moduledoc """
  Which groups hardware counts. The attributes are numbered like the groups themselves,
  `IFLA_OFFLOAD_XSTATS_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.Offload.HwInfo

  codec do
    attr 3, :l3_stats, {:nested, HwInfo}
  end
end
