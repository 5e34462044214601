defmodule Linx.Netlink.Rtnl.Mdb.Change do
  @moduledoc """
  A request that changes a multicast database: `MDBA_SET_ENTRY*`.

  Kernel side: `struct br_port_msg` of `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Mdb.{BrPortMsg, Entry, SetAttrs}

  codec prefix: "MDBA_SET_" do
    header BrPortMsg

    attr 1, :entry, Entry, "entry, without attributes"
    attr 2, :attrs, {:nested, SetAttrs}, "attributes of the entry", c: "MDBA_SET_ENTRY_ATTRS"
  end
end
