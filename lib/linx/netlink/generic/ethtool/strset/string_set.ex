defmodule Linx.Netlink.Generic.Ethtool.Strset.StringSet do
  @moduledoc """
  Set of strings, as it is in a message.

  Kernel side: `ETHTOOL_A_STRINGSET_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Generic.Ethtool.Strset.Str

  # ETH_SS_*.
  @names [
    test: 0,
    stats: 1,
    priv_flags: 2,
    ntuple_filters: 3,
    features: 4,
    rss_hash_funcs: 5,
    tunables: 6,
    phy_stats: 7,
    phy_tunables: 8,
    link_modes: 9,
    msg_classes: 10,
    wol_modes: 11,
    sof_timestamping: 12,
    ts_tx_types: 13,
    ts_rx_filters: 14,
    udp_tunnel_types: 15,
    stats_std: 16,
    stats_eth_phy: 17,
    stats_eth_mac: 18,
    stats_eth_ctrl: 19,
    stats_rmon: 20,
    stats_phy: 21,
    ts_flags: 22
  ]

  codec prefix: "ETHTOOL_A_STRINGSET_" do
    attr 1, :id, {:enum, :u32, @names}, "name of the set", values: "ETH_SS_"
    attr 2, :count, :u32, "number of strings"

    attr 0x8003, :strings, {:array, {:nested, Str}, 1}, "the strings",
      element: "ETHTOOL_A_STRINGS_STRING"
  end

  @doc "The names of the sets and their numbers."
  @spec names() :: keyword(non_neg_integer())
  def names, do: @names

  @doc "The strings in their order; their number where it was asked for that."
  @spec strings(t()) :: [String.t()] | non_neg_integer()
  def strings(%__MODULE__{strings: nil, count: count}),
    do: if(count == 0, do: [], else: count || [])

  def strings(%__MODULE__{strings: strings}), do: Enum.map(strings, &(&1.value || ""))
end
