defmodule Linx.Netlink.Rtnl.Tc.Action.Vlan.Parms do
  @moduledoc """
  Parameters of an action on VLAN tags.

  Kernel side: `struct tc_vlan` of `include/uapi/linux/tc_act/tc_vlan.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  @actions [pop: 1, push: 2, modify: 3, pop_eth: 4, push_eth: 5]

  codec do
    header "struct tc_vlan" do
      embed(Gen)
      field :v_action, {:enum, :s32, @actions}, "what is done", values: "TCA_VLAN_ACT_"
    end
  end
end
