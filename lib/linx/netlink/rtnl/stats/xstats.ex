defmodule Linx.Netlink.Rtnl.Stats.Xstats do
  @moduledoc """
  What a bridge or bond counts, or one of its ports: `LINK_XSTATS_TYPE_*`.

  Kernel side: `include/uapi/linux/if_link.h`. One of the two is there, if any.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Bond, Bridge}

  codec do
    attr 1, :bridge, {:nested, Bridge}
    attr 2, :bond, {:nested, Bond}
  end
end
