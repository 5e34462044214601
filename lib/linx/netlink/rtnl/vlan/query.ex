defmodule Linx.Netlink.Rtnl.Vlan.Query do
  @moduledoc """
  Request for a dump of VLANs: `BRIDGE_VLANDB_DUMP_*`.
  """

  use Linx.Netlink.Codec

  codec prefix: "BRIDGE_VLANDB_DUMP_" do
    header "struct br_vlan_msg" do
      field :family, :u8, "address family, 7 (AF_BRIDGE)"
      pad 3
      field :ifindex, :u32, "index of a bridge or port, 0 for all"
    end

    attr 1, :flags, {:flags, :u32, stats: 0x1, global: 0x2}, "counters, global options",
      values: "BRIDGE_VLANDB_DUMPF_"
  end
end
