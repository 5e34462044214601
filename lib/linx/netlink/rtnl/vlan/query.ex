defmodule Linx.Netlink.Rtnl.Vlan.Query do
  @moduledoc """
  Request for a dump of VLANs: `BRIDGE_VLANDB_DUMP_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Vlan.BrVlanMsg

  codec prefix: "BRIDGE_VLANDB_DUMP_" do
    header BrVlanMsg

    attr 1, :flags, {:flags, :u32, stats: 0x1, global: 0x2}, "counters, global options",
      values: "BRIDGE_VLANDB_DUMPF_"
  end
end
