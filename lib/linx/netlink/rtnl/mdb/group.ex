defmodule Linx.Netlink.Rtnl.Mdb.Group do
  @moduledoc """
  The entries of one group: `MDBA_MDB_ENTRY`.

  Kernel side: `include/uapi/linux/if_bridge.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Mdb.Entry

  codec prefix: "MDBA_MDB_ENTRY_" do
    attr 1, :entry, {:repeated, Entry}, "entries", c: "MDBA_MDB_ENTRY_INFO"
  end
end
