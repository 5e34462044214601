defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond do
  @moduledoc """
  What a bond of mode `:"802.3ad"` or its port counts: `BOND_XSTATS_*` of
  `include/uapi/linux/if_bonding.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Lacp

  codec do
    attr 1, :"3ad", {:nested, Lacp}
  end
end
