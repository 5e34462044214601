defmodule Linx.Test.KernelNames.Stats do
  @moduledoc false
  # The kernel's names for counters. `Linx.Test.KernelNames` tells how to read this.

  alias Linx.Netlink.Rtnl.Stats
  alias Linx.Netlink.Rtnl.Stats.{AfSpec, Offload, Xstats}

  def headers do
    ~w(linux/if_link.h linux/if_bonding.h linux/if_bridge.h linux/mpls.h linux/socket.h)
  end

  def table do
    %{
      Stats => [
        attrs: "IFLA_STATS_",
        as: [link: "IFLA_STATS_LINK_64"],
        struct: "if_stats_msg"
      ],
      Stats.Link64 => [struct: "rtnl_link_stats64"],
      Stats.Setting => [attrs: "IFLA_STATS_", struct: "if_stats_msg"],
      AfSpec => [attrs: "AF_"],
      AfSpec.Mpls => [attrs: "MPLS_STATS_"],
      AfSpec.Mpls.Link => [struct: "mpls_link_stats"],
      Offload => [attrs: "IFLA_OFFLOAD_XSTATS_"],
      Offload.Hw64 => [struct: "rtnl_hw_stats64"],
      Offload.HwInfo => [attrs: "IFLA_OFFLOAD_XSTATS_HW_S_INFO_"],
      Offload.HwInfos => [attrs: "IFLA_OFFLOAD_XSTATS_"],
      Xstats => [attrs: "LINK_XSTATS_TYPE_"],
      Xstats.Bond => [attrs: "BOND_XSTATS_"],
      Xstats.Bond.Lacp => [attrs: "BOND_3AD_STAT_"],
      Xstats.Bridge => [attrs: "BRIDGE_XSTATS_"],
      Xstats.Bridge.Mcast => [struct: "br_mcast_stats", as: directions()],
      Xstats.Bridge.Stp => [struct: "bridge_stp_xstats"],
      Xstats.Bridge.Vlan => [struct: "bridge_vlan_xstats", names: [flags: "BRIDGE_VLAN_INFO_"]]
    }
  end

  # The C struct has arrays of two, by BR_MCAST_DIR_RX 0 and BR_MCAST_DIR_TX 1.
  defp directions do
    for {:field, name, _} <- Xstats.Bridge.Mcast.__codec__().header,
        [_, member, direction] <- [Regex.run(~r/^(.+)_(rx|tx)$/, Atom.to_string(name))] do
      {name, {member, if(direction == "rx", do: 0, else: 8), 8}}
    end
  end

  def newer, do: %{}

  def functions, do: []
end
