defmodule Linx.Netlink.Rtnl.Tc.Action.Gen do
  @moduledoc """
  Parameters that each kind of action has.

  Kernel side: `tc_gen` of `include/uapi/linux/pkt_cls.h`. `Linx.Netlink.Rtnl.Tc.Action.Entry.control/1` gives
  the chain of a `goto` and the number of a `jump`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Control

  codec do
    header "struct tc_gact" do
      field :index, :u32, "index, among the actions of its kind"
      field :capab, :u32, "not in use"

      field :action, {:enum, :s32, Control.names()}, "what happens to the packet afterwards",
        values: Control.values()

      field :refcnt, :s32, "number of references", volatile: true
      field :bindcnt, :s32, "number of filters that use the action", volatile: true
    end
  end
end
