defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond do
  @moduledoc """
  Counters of a bond of mode `:"802.3ad"`, or of its port: `BOND_XSTATS_*` of
  `include/uapi/linux/if_bonding.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Lacp

  codec prefix: "BOND_XSTATS_" do
    attr 1, :"3ad", {:nested, Lacp}, "messages of LACP"
  end
end
