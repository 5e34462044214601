defmodule Linx.Netlink.Rtnl.Stats.Xstats do
  @moduledoc """
  Counters of a bridge or bond, or of one of its ports: `LINK_XSTATS_TYPE_*`.

  Kernel side: `include/uapi/linux/if_link.h`. At most one of the two is present.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Bond, Bridge}

  codec prefix: "LINK_XSTATS_TYPE_" do
    attr 1, :bridge, {:nested, Bridge}, "counters of a bridge or its port"
    attr 2, :bond, {:nested, Bond}, "counters of a bond or its port"
  end
end
