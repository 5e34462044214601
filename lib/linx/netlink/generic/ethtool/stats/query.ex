defmodule Linx.Netlink.Generic.Ethtool.Stats.Query do
  @moduledoc """
  Request of statistics.

  Kernel side: `ETHTOOL_A_STATS_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev, Stats}

  codec prefix: "ETHTOOL_A_STATS_" do
    header Header
    attr 2, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_STATS_HEADER"
    attr 3, :groups, {:nested, Bitset}, "groups to read", as: Bits

    attr 5, :src, {:enum, :u32, Stats.sources()}, "MAC whose counters are read",
      values: "ETHTOOL_MAC_STATS_SRC_"
  end

  @doc false
  # The table of options of a request.
  def query do
    [
      groups: {Bits.option(), "groups to read, all if not given"},
      src: {{:enum, Stats.sources()}, "MAC whose counters are read"}
    ]
  end

  @doc false
  # All groups that the kernel has a name for, if none are given.
  @spec prepare(map(), map()) :: map()
  def prepare(%{groups: {:change, switches}} = given, _names),
    do: %{given | groups: Bits.change(switches)}

  def prepare(%{groups: {:only, groups}} = given, _names),
    do: %{given | groups: Bits.list(groups)}

  def prepare(given, names) do
    groups = names |> Map.get(:stats_std, {}) |> Tuple.to_list()
    Map.put(given, :groups, Bits.list(groups))
  end
end
