defmodule Linx.Netlink.Generic.Family.McastGroup do
  @moduledoc """
  Multicast group of a family.

  Kernel side: `CTRL_ATTR_MCAST_GRP_*` of `include/uapi/linux/genetlink.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTRL_ATTR_MCAST_GRP_" do
    attr 1, :name, :string, "name"
    attr 2, :id, :u32, "number to join"
  end
end
