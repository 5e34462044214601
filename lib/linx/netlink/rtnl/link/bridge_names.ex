defmodule Linx.Netlink.Rtnl.Link.BridgeNames do
  @moduledoc false
  # Names of values that several attribute sets of bridges, ports and their VLANs have:
  # include/uapi/linux/if_bridge.h.

  # BR_STATE_*
  @spec states() :: keyword(non_neg_integer())
  def states, do: [disabled: 0, listening: 1, learning: 2, forwarding: 3, blocking: 4]

  # MDB_RTR_TYPE_*
  @spec router_types() :: keyword(non_neg_integer())
  def router_types, do: [disabled: 0, temp_query: 1, perm: 2, temp: 3]

  # BRIDGE_VLAN_INFO_*
  @spec vlan_flags() :: keyword(pos_integer())
  def vlan_flags do
    [
      master: 0x1,
      pvid: 0x2,
      untagged: 0x4,
      range_begin: 0x8,
      range_end: 0x10,
      brentry: 0x20,
      only_opts: 0x40
    ]
  end
end
