defmodule Linx.Netlink.Rtnl.Tc.Action.Mpls.Parms do
  @moduledoc """
  Parameters of an action on MPLS labels.

  Kernel side: `struct tc_mpls` of `include/uapi/linux/tc_act/tc_mpls.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  @actions [pop: 1, push: 2, modify: 3, dec_ttl: 4, mac_push: 5]

  codec do
    header "struct tc_mpls" do
      embed(Gen)
      field :m_action, {:enum, :s32, @actions}, "what is done", values: "TCA_MPLS_ACT_"
    end
  end
end
