defmodule Linx.Netlink.Rtnl.Tc.Action.Message do
  @moduledoc false
  # A message with shared actions.

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Entry

  codec prefix: "TCA_ROOT_" do
    header "struct tcamsg", prefix: "tca_" do
      field :family, :u8, "reserved"
      pad 3
    end

    attr 1, :tab, {:array, {:nested, Entry}}, "actions"
    attr 2, :flags, :bitfield32, "bit 0: a long list, bit 1: a short form of each; request only"
    attr 3, :count, :u32, "number of actions in a message of a list"
    attr 4, :time_delta, :u32, "longest time since the last use, milliseconds, request only"
    attr 5, :ext_warn_msg, :string, "warning of the kernel"
  end
end
