defmodule Linx.Netlink.Rtnl.LinkInfo.VrfPort do
  @moduledoc """
  What a link carries as member of a VRF: its table.

  Kernel side: `IFLA_VRF_PORT_*` of `include/uapi/linux/if_link.h`; only read.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :table, :u32
  end
end
