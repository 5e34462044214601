defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.QuerierState do
  @moduledoc """
  Multicast queriers that a bridge has seen: `BRIDGE_QUERIER_*` of
  `include/uapi/linux/if_bridge.h`. Timers are in hundredths of a second.
  """

  use Linx.Netlink.Codec

  alias Linx.IP

  codec prefix: "BRIDGE_QUERIER_" do
    attr 1, :ip_address, IP, "address of the IGMP querier"
    attr 2, :ip_port, :u32, "index of the port that leads to it"

    attr 3, :ip_other_timer, :u64, "time left until the IGMP querier counts as lost, 1/100 s",
      volatile: true

    attr 5, :ipv6_address, IP, "address of the MLD querier"
    attr 6, :ipv6_port, :u32, "index of the port that leads to it"

    attr 7, :ipv6_other_timer, :u64, "time left until the MLD querier counts as lost, 1/100 s",
      volatile: true
  end
end
