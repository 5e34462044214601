defmodule Linx.Netlink.Rtnl.Tc.Action.TunnelKey.Parms do
  @moduledoc """
  Parameters of an action on the key of a tunnel.

  Kernel side: `struct tc_tunnel_key` of `include/uapi/linux/tc_act/tc_tunnel_key.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  codec do
    header "struct tc_tunnel_key" do
      embed(Gen)

      field :t_action, {:enum, :s32, [set: 1, release: 2]}, "what is done",
        values: "TCA_TUNNEL_KEY_ACT_"
    end
  end
end
