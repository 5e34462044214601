defmodule Linx.Netlink.Generic.Ethtool.Stats.Group do
  @moduledoc """
  Group of statistics of a link.

  Kernel side: `ETHTOOL_A_STATS_GRP_*` of `include/uapi/linux/ethtool_netlink.h`.

  `stats` is a map of the kernel's names to counters. The histograms are of RMON.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.{Bits, Strset}
  alias Linx.Netlink.Generic.Ethtool.Stats.Bucket

  codec prefix: "ETHTOOL_A_STATS_GRP_" do
    attr 2, :id, :u32, "number of the group"

    attr 3, :ss_id, {:enum, :u32, Strset.StringSet.names()}, "string set of the names",
      values: "ETH_SS_"

    attr 4, :stats, {:repeated, {:indexed, :u64}}, "counters by name",
      c: "ETHTOOL_A_STATS_GRP_STAT",
      volatile: true

    attr 5, :hist_rx, {:repeated, {:nested, Bucket}}, "received packets by size", volatile: true
    attr 6, :hist_tx, {:repeated, {:nested, Bucket}}, "sent packets by size", volatile: true
  end

  @doc false
  # The struct with statistics by name.
  @spec finish(struct(), %{atom() => tuple()}) :: struct()
  def finish(%__MODULE__{stats: nil} = group, _names), do: %{group | stats: %{}}

  def finish(%__MODULE__{stats: stats, ss_id: set} = group, names) do
    own = names[set]

    stats =
      for stat <- stats, {number, value} <- stat, into: %{}, do: {Bits.name(number, own), value}

    %{group | stats: stats}
  end
end
