defmodule Linx.Netlink.Rtnl.Mdb.Source do
  @moduledoc """
  A source of an entry: `MDBA_MDB_SRCATTR_*`, of requests `MDBE_SRCATTR_*`.

  Kernel side: `include/uapi/linux/if_bridge.h`. `timer` is in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec prefix: "MDBA_MDB_SRCATTR_" do
    attr 1, :address, IP, "address"
    attr 2, :timer, :u32, "time left, 1/100 s", volatile: true
  end
end
