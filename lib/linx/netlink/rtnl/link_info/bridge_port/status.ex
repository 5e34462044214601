defmodule Linx.Netlink.Rtnl.LinkInfo.BridgePort.Status do
  @moduledoc """
  State of a port of a bridge: spanning tree, timers, multicast counts. Timers are in hundredths
  of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.Id

  codec prefix: "IFLA_BRPORT_" do
    attr 13, :root_id, Id, "identifier of the root bridge"
    attr 14, :bridge_id, Id, "identifier of the designated bridge"
    attr 15, :designated_port, :u16, "identifier of the designated port"
    attr 16, :designated_cost, :u16, "cost of the path to the root by the designated bridge"
    attr 17, :id, :u16, "identifier of the port, priority and number"
    attr 18, :no, :u16, "number of the port"

    attr 19,
         :topology_change_ack,
         {:bool, :u8},
         "a topology change notification is to be acknowledged"

    attr 20, :config_pending, {:bool, :u8}, "a configuration message is to be sent"

    attr 21,
         :message_age_timer,
         :u64,
         "time left until the last configuration message is stale, 1/100 s",
         volatile: true

    attr 22, :forward_delay_timer, :u64, "time left until the next state, 1/100 s", volatile: true

    attr 23,
         :hold_timer,
         :u64,
         "time left until the next configuration message may be sent, 1/100 s",
         volatile: true

    attr 35, :mrp_ring_open, {:bool, :u8}, "the MRP ring is open"
    attr 36, :mrp_in_open, {:bool, :u8}, "the MRP interconnection is open"
    attr 38, :mcast_eht_hosts_cnt, :u32, "number of tracked multicast hosts", volatile: true
    attr 41, :mcast_n_groups, :u32, "number of multicast groups", volatile: true
  end
end
