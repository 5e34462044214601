defmodule Linx.Netlink.Rtnl.Tc.Action.Skbmod.Parms do
  @moduledoc """
  Parameters of an action on Ethernet headers.

  Kernel side: `struct tc_skbmod` of `include/uapi/linux/tc_act/tc_skbmod.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Gen

  @flags [dmac: 0x1, smac: 0x2, etype: 0x4, swapmac: 0x8, ecn: 0x10]

  codec do
    header "struct tc_skbmod" do
      embed(Gen)
      pad 4
      field :flags, {:flags, :u64, @flags}, "what is done", values: "SKBMOD_F_"
    end
  end
end
