defmodule Linx.Netlink.Rtnl.Stats.Offload do
  @moduledoc """
  What hardware counts for a link: `IFLA_OFFLOAD_XSTATS_*`.

  Kernel side: `include/uapi/linux/if_link.h`. `cpu_hit` is what reached the processor
  all the same, `l3_stats` what was routed, if `hw_s_info` says that it is counted.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.Link64

  alias __MODULE__.{Hw64, HwInfos}

  codec do
    attr 1, :cpu_hit, Link64
    attr 2, :hw_s_info, {:nested, HwInfos}
    attr 3, :l3_stats, Hw64
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfos do
  @moduledoc """
  Which groups hardware counts. The attributes are numbered like the groups themselves,
  `IFLA_OFFLOAD_XSTATS_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.Offload.HwInfo

  codec do
    attr 3, :l3_stats, {:nested, HwInfo}
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Offload.HwInfo do
  @moduledoc """
  Whether a group is to be counted (`request`), and is (`used`), as 0 or 1:
  `IFLA_OFFLOAD_XSTATS_HW_S_INFO_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :request, :u8
    attr 2, :used, :u8
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Offload.Hw64 do
  @moduledoc """
  The counters of hardware: `struct rtnl_hw_stats64`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :rx_packets, :u64
      field :tx_packets, :u64
      field :rx_bytes, :u64
      field :tx_bytes, :u64
      field :rx_errors, :u64
      field :tx_errors, :u64
      field :rx_dropped, :u64
      field :tx_dropped, :u64
      field :multicast, :u64
    end
  end
end

defmodule Linx.Netlink.Rtnl.Stats.Setting do
  @moduledoc """
  What `Linx.Netlink.Rtnl.Stats.set/3` sends: `struct if_stats_msg` with `IFLA_STATS_SET_*`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :family, :u8
      pad 3
      field :ifindex, :u32
      field :filter_mask, :u32
    end

    attr 2, :set_offload_xstats_l3_stats, :u8
  end
end
