defmodule Linx.Netlink.Rtnl.LinkInfo.Bond.AdInfo do
  @moduledoc """
  Active aggregator of an 802.3ad bond: `IFLA_BOND_AD_INFO_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC

  codec prefix: "IFLA_BOND_AD_INFO_" do
    attr 1, :aggregator, :u16, "identifier of the active aggregator"
    attr 2, :num_ports, :u16, "number of ports of the aggregator"
    attr 3, :actor_key, :u16, "key of this end"
    attr 4, :partner_key, :u16, "key of the partner"
    attr 5, :partner_mac, MAC, "MAC address of the partner"
  end
end
