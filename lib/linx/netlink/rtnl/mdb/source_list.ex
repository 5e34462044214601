defmodule Linx.Netlink.Rtnl.Mdb.SourceList do
  @moduledoc """
  The sources of an entry: `MDBA_MDB_SRCLIST_*`, of requests `MDBE_SRC_LIST_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Mdb.Source

  codec prefix: "MDBA_MDB_SRCLIST_" do
    attr 1, :entry, {:repeated, {:nested, Source}}, "sources"
  end
end
