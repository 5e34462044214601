defmodule Linx.Netlink.Rtnl.Stats.Offload do
  @moduledoc """
  Counters of offloaded traffic of a link: `IFLA_OFFLOAD_XSTATS_*`.

  Kernel side: `include/uapi/linux/if_link.h`. `cpu_hit` counts the packets that
  reached the processor, `l3_stats` those that the hardware routed, if `hw_s_info` shows that it
  counts them.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Stats.Link64

  alias __MODULE__.{Hw64, HwInfos}

  codec prefix: "IFLA_OFFLOAD_XSTATS_" do
    attr 1, :cpu_hit, Link64, "packets that reached the processor"
    attr 2, :hw_s_info, {:nested, HwInfos}, "groups of counters that the hardware keeps"
    attr 3, :l3_stats, Hw64, "packets that the hardware routed"
  end
end
