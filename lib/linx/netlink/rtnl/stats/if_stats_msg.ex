defmodule Linx.Netlink.Rtnl.Stats.IfStatsMsg do
  @moduledoc """
  Header of the messages for statistics: `struct if_stats_msg`.

  Kernel side: `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct if_stats_msg" do
      field :family, :u8, "address family, 0"
      pad 3
      field :ifindex, :u32, "index of the link"

      field :filter_mask,
            :u32,
            "requested groups, bits; `groups/1` of the statistics has their names"
    end
  end
end
