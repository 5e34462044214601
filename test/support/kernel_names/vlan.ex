defmodule Linx.Test.KernelNames.Vlan do
  @moduledoc false
  # The kernel's names for the VLANs of bridges. `Linx.Test.KernelNames` tells how to read
  # this.

  alias Linx.Netlink.Rtnl.Vlan

  def headers, do: ~w(linux/if_bridge.h)

  def table do
    %{
      Vlan => [attrs: "BRIDGE_VLANDB_", struct: "br_vlan_msg"],
      Vlan.Entry => [
        attrs: "BRIDGE_VLANDB_ENTRY_",
        names: [state: "BR_STATE_", mcast_router: "MDB_RTR_TYPE_"]
      ],
      Vlan.GlobalOptions => [attrs: "BRIDGE_VLANDB_GOPTS_"],
      Vlan.Info => [struct: "bridge_vlan_info", names: [flags: "BRIDGE_VLAN_INFO_"]],
      Vlan.Query => [
        attrs: "BRIDGE_VLANDB_DUMP_",
        struct: "br_vlan_msg",
        names: [flags: "BRIDGE_VLANDB_DUMPF_"]
      ],
      Vlan.RouterPort => [attrs: "MDBA_ROUTER_PATTR_", names: [type: "MDB_RTR_TYPE_"]],
      Vlan.RouterPorts => [attrs: "MDBA_", elements: [router: "MDBA_ROUTER_PORT"]],
      Vlan.Stats => [attrs: "BRIDGE_VLANDB_STATS_"],
      Vlan.TunnelInfo => [attrs: "BRIDGE_VLANDB_TINFO_"]
    }
  end

  def newer do
    %{
      {6, 12} => ~w(BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS
         BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS),
      {7, 2} => ~w(BRIDGE_VLANDB_ENTRY_NEIGH_FORWARD_GRAT)
    }
  end

  def functions, do: []
end
