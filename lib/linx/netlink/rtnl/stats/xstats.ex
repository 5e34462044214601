defmodule Linx.Netlink.Rtnl.Stats.Xstats do
  @moduledoc """
  What a bridge or bond counts, or one of its ports: `LINK_XSTATS_TYPE_*`.

  Kernel side: `include/uapi/linux/if_link.h`. One of the two is there, if any.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Bond, Bridge}

  codec do
    attr 1, :bridge, {:nested, Bridge}
    attr 2, :bond, {:nested, Bond}
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge do
  @moduledoc """
  What a bridge or its port counts: `BRIDGE_XSTATS_*` of
  `include/uapi/linux/if_bridge.h`.

  `vlan` is a list with one entry for each VLAN, where the bridge counts those; `stp` is
  of ports only.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.{Mcast, Stp, Vlan}

  codec do
    attr 1, :vlan, {:repeated, Vlan}
    attr 2, :mcast, Mcast
    attr 4, :stp, Stp
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Vlan do
  @moduledoc """
  The counters of a VLAN of a bridge or port: `struct bridge_vlan_xstats`.

  A bridge sums up its ports, and lists VLANs that only they take part in as well: those
  flagged `:master` without `:brentry`. Ports have counters of their own if the bridge was made
  with `vlan_stats_per_port`.
  """

  use Linx.Netlink.Codec

  @flags Linx.Netlink.Rtnl.Link.BridgeVlan.__flags__()

  codec do
    header do
      field :rx_bytes, :u64
      field :rx_packets, :u64
      field :tx_bytes, :u64
      field :tx_packets, :u64
      field :vid, :u16
      field :flags, {:flags, :u16, @flags}
      pad 4
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Mcast do
  @moduledoc """
  The IGMP and MLD messages of a bridge or port, received and sent:
  `struct br_mcast_stats`.

  All zero unless the bridge was made with `mcast_stats_enabled`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :igmp_v1queries_rx, :u64
      field :igmp_v1queries_tx, :u64
      field :igmp_v2queries_rx, :u64
      field :igmp_v2queries_tx, :u64
      field :igmp_v3queries_rx, :u64
      field :igmp_v3queries_tx, :u64
      field :igmp_leaves_rx, :u64
      field :igmp_leaves_tx, :u64
      field :igmp_v1reports_rx, :u64
      field :igmp_v1reports_tx, :u64
      field :igmp_v2reports_rx, :u64
      field :igmp_v2reports_tx, :u64
      field :igmp_v3reports_rx, :u64
      field :igmp_v3reports_tx, :u64
      field :igmp_parse_errors, :u64
      field :mld_v1queries_rx, :u64
      field :mld_v1queries_tx, :u64
      field :mld_v2queries_rx, :u64
      field :mld_v2queries_tx, :u64
      field :mld_leaves_rx, :u64
      field :mld_leaves_tx, :u64
      field :mld_v1reports_rx, :u64
      field :mld_v1reports_tx, :u64
      field :mld_v2reports_rx, :u64
      field :mld_v2reports_tx, :u64
      field :mld_parse_errors, :u64
      field :mcast_bytes_rx, :u64
      field :mcast_bytes_tx, :u64
      field :mcast_packets_rx, :u64
      field :mcast_packets_tx, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bridge.Stp do
  @moduledoc """
  What a port of a bridge counts of its spanning tree: `struct bridge_stp_xstats`.

  `transition_blk` and `transition_fwd` are how often it was blocked and opened.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :transition_blk, :u64
      field :transition_fwd, :u64
      field :rx_bpdu, :u64
      field :tx_bpdu, :u64
      field :rx_tcn, :u64
      field :tx_tcn, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond do
  @moduledoc """
  What a bond of mode `:"802.3ad"` or its port counts: `BOND_XSTATS_*` of
  `include/uapi/linux/if_bonding.h`.
  """

  use Linx.Netlink.Codec

  alias __MODULE__.Lacp

  codec do
    attr 1, :"3ad", {:nested, Lacp}
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Xstats.Bond.Lacp do
  @moduledoc """
  Messages of the link aggregation protocol: `BOND_3AD_STAT_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 0, :lacpdu_rx, :u64
    attr 1, :lacpdu_tx, :u64
    attr 2, :lacpdu_unknown_rx, :u64
    attr 3, :lacpdu_illegal_rx, :u64
    attr 4, :marker_rx, :u64
    attr 5, :marker_tx, :u64
    attr 6, :marker_resp_rx, :u64
    attr 7, :marker_resp_tx, :u64
    attr 8, :marker_unknown_rx, :u64
  end
end
