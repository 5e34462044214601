defmodule Linx.Netlink.Rtnl.Link.Vf do
  @moduledoc """
  Virtual function (SR-IOV) of a link: one entry of `IFLA_VFINFO_LIST`.

  Kernel side: `IFLA_VF_*` of `include/uapi/linux/if_link.h`. The kernel lists virtual
  functions only when asked with `RTEXT_FILTER_VF`.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0", vf: true)
      for vf <- link.sriov.vfinfo_list, do: vf.trust.setting

  Every attribute holds the number of the function in `vf`. Rates are in Mbit/s.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Address, Broadcast, Guid, LinkState, Rate, Setting, Stats, Vlan, VlanInfo}

  codec prefix: "IFLA_VF_" do
    attr 1, :mac, Address, "link-layer address"
    attr 2, :vlan, Vlan, "VLAN"
    attr 3, :tx_rate, Setting, "transmit rate, Mbit/s"
    attr 4, :spoofchk, Setting, "check of source addresses, 0 or 1"
    attr 5, :link_state, LinkState, "state of the virtual link"
    attr 6, :rate, Rate, "limits of the transmit rate"
    attr 7, :rss_query_en, Setting, "access to the RSS configuration, 0 or 1"
    attr 8, :stats, {:nested, Stats}, "counters"
    attr 9, :trust, Setting, "trusted by the host, 0 or 1"
    attr 10, :ib_node_guid, Guid, "node GUID of InfiniBand"
    attr 11, :ib_port_guid, Guid, "port GUID of InfiniBand"

    attr 12, :vlan_list, {:array, VlanInfo, 1}, "VLANs with their tag protocols",
      element: "IFLA_VF_VLAN_INFO"

    attr 13, :broadcast, Broadcast, "broadcast address"
  end
end
