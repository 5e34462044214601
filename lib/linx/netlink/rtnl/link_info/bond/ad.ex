defmodule Linx.Netlink.Rtnl.LinkInfo.Bond.Ad do
  @moduledoc """
  Settings and state of 802.3ad of a bond: `IFLA_BOND_AD_*`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.LinkInfo.Bond.AdInfo

  @selections [stable: 0, bandwidth: 1, count: 2, prio: 3]

  @doc false
  @spec __selections__() :: keyword(non_neg_integer())
  def __selections__, do: @selections

  codec prefix: "IFLA_BOND_" do
    attr 21, :ad_lacp_rate, {:enum, :u8, [slow: 0, fast: 1]}, "LACP every 30 s or every second",
      values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 22,
         :ad_select,
         {:enum, :u8, @selections},
         "when another aggregator is selected",
         values: {:kernel, "drivers/net/bonding/bond_options.c"}

    attr 23, :ad_info, {:nested, AdInfo}, "active aggregator"
    attr 24, :ad_actor_sys_prio, :u16, "LACP system priority"
    attr 25, :ad_user_port_key, :u16, "upper bits of the port key"
    attr 26, :ad_actor_system, MAC, "LACP system address"
    attr 29, :ad_lacp_active, {:bool, :u8}, "send LACP frames periodically"
    attr 32, :coupled_control, {:bool, :u8}, "collecting and distributing start together"
    attr 34, :lacp_strict, {:bool, :u8}, "no carrier without a LACP partner"
  end
end
