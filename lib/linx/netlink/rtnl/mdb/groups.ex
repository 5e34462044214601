defmodule Linx.Netlink.Rtnl.Mdb.Groups do
  @moduledoc """
  The groups of a multicast database: `MDBA_MDB`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Mdb.Group

  codec prefix: "MDBA_MDB_" do
    attr 1, :group, {:repeated, {:nested, Group}}, "entries of each group", c: "MDBA_MDB_ENTRY"
  end
end
