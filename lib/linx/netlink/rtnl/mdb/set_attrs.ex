defmodule Linx.Netlink.Rtnl.Mdb.SetAttrs do
  @moduledoc """
  Attributes of an entry in a request: `MDBE_ATTR_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.IP
  alias Linx.Netlink.Rtnl.Mdb.SourceList

  codec prefix: "MDBE_ATTR_" do
    attr 1, :source, IP, "source of an `(S, G)` entry"
    attr 2, :src_list, {:nested, SourceList}, "sources"
    attr 3, :group_mode, {:enum, :u8, exclude: 0, include: 1}, "filter mode", values: "MCAST_"
  end
end
