defmodule Linx.Netlink.Rtnl.LinkInfo.BondPort do
  @moduledoc """
  Port of a bond: the data of a link whose master is a bond.

  Kernel side: `IFLA_BOND_SLAVE_*` of `include/uapi/linux/if_link.h`.

      Link.set(sock, "eth0", port: [prio: 10])
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.LinkAddress

  # LACP_STATE_* of include/uapi/linux/if_bonding.h.
  @lacp_states [
    lacp_activity: 0x1,
    lacp_timeout: 0x2,
    aggregation: 0x4,
    synchronization: 0x8,
    collecting: 0x10,
    distributing: 0x20,
    defaulted: 0x40,
    expired: 0x80
  ]
  # churn_state_t of include/net/bond_3ad.h.
  @churn_states [monitor: 0, churn: 1, no_churn: 2]

  codec prefix: "IFLA_BOND_SLAVE_" do
    attr 1, :state, {:enum, :u8, active: 0, backup: 1}, "whether the port is active",
      values: "BOND_STATE_"

    attr 2,
         :mii_status,
         {:enum, :u8, up: 0, fail: 1, down: 2, back: 3},
         "state of the carrier of the port",
         values: "BOND_LINK_"

    attr 3, :link_failure_count, :u32, "number of losses of the carrier", volatile: true
    attr 4, :perm_hwaddr, LinkAddress, "permanent link-layer address of the port"
    attr 5, :queue_id, :u16, "transmit queue bound to the port"
    attr 6, :ad_aggregator_id, :u16, "identifier of the aggregator of the port"

    attr 7, :ad_actor_oper_port_state, {:flags, :u8, @lacp_states}, "802.3ad state of this end",
      values: "LACP_STATE_"

    attr 8,
         :ad_partner_oper_port_state,
         {:flags, :u16, @lacp_states},
         "802.3ad state of the partner",
         values: "LACP_STATE_"

    attr 9, :prio, :s32, "preference among backups, higher is better"
    attr 10, :actor_port_prio, :u16, "LACP port priority"

    attr 11, :ad_churn_actor_state, {:enum, :u8, @churn_states}, "churn detection of this end",
      values: {:kernel, "include/net/bond_3ad.h"}

    attr 12,
         :ad_churn_partner_state,
         {:enum, :u8, @churn_states},
         "churn detection of the partner",
         values: {:kernel, "include/net/bond_3ad.h"}
  end

  options(
    queue_id: {0..0xFFFF, "transmit queue bound to the port"},
    prio: {-0x80000000..0x7FFFFFFF, "preference among backups, higher is better"},
    actor_port_prio: {0..0xFFFF, "LACP port priority"}
  )
end
