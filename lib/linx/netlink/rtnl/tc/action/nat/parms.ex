defmodule Linx.Netlink.Rtnl.Tc.Action.Nat.Parms do
  @moduledoc """
  Parameters of a translation of addresses without state.

  Kernel side: `struct tc_nat` of `include/uapi/linux/tc_act/tc_nat.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  codec do
    header "struct tc_nat" do
      embed(Gen)
      field :old_addr, {:binary, 4}, "addresses to translate"
      field :new_addr, {:binary, 4}, "addresses in their place"
      field :mask, {:binary, 4}, "bits of the addresses that are compared and set"

      field :flags, {:flags, :u32, egress: 1}, "source addresses, not destination addresses",
        values: "TCA_NAT_FLAG_"
    end
  end
end
