defmodule Linx.Netlink.Rtnl.Tc.Action.Vlan do
  @moduledoc """
  Action that adds, changes or removes a VLAN tag or an Ethernet header.

  Kernel side: `TCA_VLAN_*` of `include/uapi/linux/tc_act/tc_vlan.h`.

      {:vlan, push: true, id: 5, priority: 3, protocol: :"802.1ad"}
      {:vlan, pop: true}

  One of `:pop`, `:push`, `:modify`, `:pop_eth` and `:push_eth` is required. Without `:control` the packet goes
  on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.Parms

  @protocols ["802.1q": 0x8100, "802.1ad": 0x88A8]

  codec prefix: "TCA_VLAN_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Parms, "parameters"
    attr 3, :push_vlan_id, :u16, "VLAN id"

    attr 4, :push_vlan_protocol, {:enum, :be16, @protocols}, "protocol of the tag",
      values: {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}

    attr 6, :push_vlan_priority, :u8, "priority"
    attr 7, :push_eth_dst, MAC, "destination address"
    attr 8, :push_eth_src, MAC, "source address"
  end

  options(
    pop: {:flag, "remove the tag"},
    push: {:flag, "add a tag; needs `:id`"},
    modify: {:flag, "change the tag; needs `:id`"},
    pop_eth: {:flag, "remove the Ethernet header"},
    push_eth: {:flag, "add an Ethernet header; needs `:dst_mac` and `:src_mac`"},
    id: {0..4094, "VLAN id"},
    protocol:
      {{:enum, @protocols}, "protocol of the tag, `:\"802.1q\"` if not given",
       values: {"ETH_P_", "802.1q": "ETH_P_8021Q", "802.1ad": "ETH_P_8021AD"}},
    priority: {0..7, "priority"},
    dst_mac: {:mac, "destination address"},
    src_mac: {:mac, "source address"}
  )

  @tag [:id, :protocol, :priority]
  @eth [:dst_mac, :src_mac]
  @verbs [pop: [], push: @tag, modify: @tag, pop_eth: [], push_eth: @eth]
  @required [push: [:id], modify: [:id], push_eth: @eth]

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <- Verb.one(given, @verbs),
         :ok <- Verb.required(given, @required[verb] || []) do
      {:ok,
       %__MODULE__{
         parms: %Parms{action: :pipe, v_action: verb},
         push_vlan_id: given[:id],
         push_vlan_protocol: given[:protocol],
         push_vlan_priority: given[:priority],
         push_eth_dst: given[:dst_mac],
         push_eth_src: given[:src_mac]
       }}
    end
  end
end
