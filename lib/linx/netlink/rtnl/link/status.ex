defmodule Linx.Netlink.Rtnl.Link.Status do
  @moduledoc """
  Operation of a link: link mode, carrier history, protocol down, promiscuity, and the events
  of its notifications.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. A `Linx.Netlink.Rtnl.Link` holds
  this struct in `status`; its operational state is `operstate` of the link itself.

      link.status.carrier_changes

  `promiscuity` and `allmulti` count the users of promiscuous mode and of the reception of all
  multicast. Only notifications have `event` (their reason), `wireless` (`struct iw_event`, raw)
  and, of a link that has moved to another network namespace, `new_netnsid` and `new_ifindex`
  (its namespace and index there). `cost`, `priority` and `weight` are reserved: Linux does not
  send them. A field is `nil` if the running kernel does not send it.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.ProtoDownReason

  @linkmodes [default: 0, dormant: 1, testing: 2]
  @events [
    none: 0,
    reboot: 1,
    features: 2,
    bonding_failover: 3,
    notify_peers: 4,
    igmp_resend: 5,
    bonding_options: 6
  ]

  codec prefix: "IFLA_" do
    attr 8, :cost, :binary, "reserved, not sent by Linux"
    attr 9, :priority, :binary, "reserved, not sent by Linux"
    attr 11, :wireless, :binary, "event of the wireless extensions, struct iw_event"
    attr 15, :weight, :u32, "reserved, not sent by Linux"

    attr 17, :linkmode, {:enum, :u8, @linkmodes}, "operational state after a carrier appears",
      values: "IF_LINK_MODE_"

    attr 30, :promiscuity, :u32, "number of users of promiscuous mode"
    attr 35, :carrier_changes, :u32, "number of changes of the carrier", volatile: true
    attr 39, :proto_down, {:bool, :u8}, "held down by a protocol"

    attr 44, :event, {:enum, :u32, @events}, "reason of a notification",
      volatile: true,
      values: "IFLA_EVENT_"

    attr 45, :new_netnsid, :s32, "id of the network namespace that the link has moved to"
    attr 47, :carrier_up_count, :u32, "number of times that the carrier appeared", volatile: true

    attr 48, :carrier_down_count, :u32, "number of times that the carrier was lost",
      volatile: true

    attr 49, :new_ifindex, :s32, "index of the link in that namespace"

    attr 55,
         :proto_down_reason,
         {:nested, ProtoDownReason},
         "reasons of the protocols that hold the link down"

    attr 61, :allmulti, :u32, "number of users of the reception of all multicast"
    attr 67, :netns_immutable, {:bool, :u8}, "the link cannot move to another network namespace"
  end
end
