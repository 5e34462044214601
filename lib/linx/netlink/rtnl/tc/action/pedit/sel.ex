defmodule Linx.Netlink.Rtnl.Tc.Action.Pedit.Sel do
  @moduledoc false
  # The struct in front of the keys.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  codec do
    header "struct tc_pedit_sel" do
      embed(Gen)
      field :nkeys, :u8, "number of keys"
      field :flags, :u8, "not in use"
      pad 2
    end
  end
end
