defmodule Linx.Netlink.Rtnl.Tc.Action.Connmark.Parms do
  @moduledoc """
  Parameters of an action on marks of connections.

  Kernel side: `struct tc_connmark` of `include/uapi/linux/tc_act/tc_connmark.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  codec do
    header "struct tc_connmark" do
      embed(Gen)
      field :zone, :u16, "zone"
      pad 2
    end
  end
end
