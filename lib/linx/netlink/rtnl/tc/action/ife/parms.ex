defmodule Linx.Netlink.Rtnl.Tc.Action.Ife.Parms do
  @moduledoc """
  Parameters of an action on packets with metadata.

  Kernel side: `struct tc_ife` of `include/uapi/linux/tc_act/tc_ife.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  codec do
    header "struct tc_ife" do
      embed(Gen)
      field :flags, {:enum, :u16, [decode: 0, encode: 1]}, "direction", values: "IFE_"
      pad 2
    end
  end
end
