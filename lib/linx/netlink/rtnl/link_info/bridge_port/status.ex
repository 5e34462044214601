defmodule Linx.Netlink.Rtnl.LinkInfo.BridgePort.Status do
  @moduledoc """
  State of a port of a bridge: spanning tree, timers, multicast counts. Timers are in hundredths
  of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.LinkInfo.Bridge.Id

  codec prefix: "IFLA_BRPORT_" do
    attr 13, :root_id, Id
    attr 14, :bridge_id, Id
    attr 15, :designated_port, :u16
    attr 16, :designated_cost, :u16
    attr 17, :id, :u16
    attr 18, :no, :u16
    attr 19, :topology_change_ack, :u8
    attr 20, :config_pending, :u8
    attr 21, :message_age_timer, :u64, volatile: true
    attr 22, :forward_delay_timer, :u64, volatile: true
    attr 23, :hold_timer, :u64, volatile: true
    attr 35, :mrp_ring_open, :u8
    attr 36, :mrp_in_open, :u8
    attr 38, :mcast_eht_hosts_cnt, :u32, volatile: true
    attr 41, :mcast_n_groups, :u32, volatile: true
  end
end
