defmodule Linx.Netlink.Rtnl.Tc.Action.Mirred.Parms do
  @moduledoc """
  Parameters of a redirection.

  Kernel side: `struct tc_mirred` of `include/uapi/linux/tc_act/tc_mirred.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  @actions [egress_redirect: 1, egress_mirror: 2, ingress_redirect: 3, ingress_mirror: 4]

  codec do
    header "struct tc_mirred" do
      embed(Gen)

      field :eaction, {:enum, :s32, @actions}, "what is done, and on which side of the link",
        values:
          {"TCA_", egress_redirect: "TCA_EGRESS_REDIR", ingress_redirect: "TCA_INGRESS_REDIR"}

      field :ifindex, :u32, "index of the link, 0 for none"
    end
  end
end
