defmodule Linx.Netlink.Generic.Ethtool.Mse do
  @moduledoc """
  Mean square error of a link's signal. From Linux 7.0.

  Kernel side: `ETHTOOL_A_MSE_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.{Capabilities, Snapshot}

  codec prefix: "ETHTOOL_A_MSE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_MSE_HEADER"
    attr 2, :capabilities, {:nested, Capabilities}, "scale of the values"
    attr 3, :channel_a, {:nested, Snapshot}, "values of the pair A"
    attr 4, :channel_b, {:nested, Snapshot}, "values of the pair B"
    attr 5, :channel_c, {:nested, Snapshot}, "values of the pair C"
    attr 6, :channel_d, {:nested, Snapshot}, "values of the pair D"
    attr 7, :worst_channel, {:nested, Snapshot}, "values of the worst pair"
    attr 8, :link, {:nested, Snapshot}, "values of all pairs together"
  end
end
