defmodule Linx.Netlink.Rtnl.Tc.Stats.Basic do
  @moduledoc """
  Bytes and packets.

  Kernel side: `struct gnet_stats_basic` of `include/uapi/linux/gen_stats.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct gnet_stats_basic" do
      field :bytes, :u64, "bytes"
      field :packets, :u32, "packets, modulo 2^32"
      pad 4
    end
  end
end
