defmodule Linx.Netlink.Rtnl.Tc.Action.Police.Parms do
  @moduledoc """
  Parameters of a policer.

  Kernel side: `struct tc_police` of `include/uapi/linux/pkt_cls.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Action.Control
  alias Linx.Netlink.Rtnl.Tc.Ratespec

  codec do
    header "struct tc_police" do
      field :index, :u32, "index, among the actions of its kind"

      field :action, {:enum, :s32, Control.names()}, "what happens to packets above the rate",
        values: Control.values()

      field :limit, :u32, "not in use"
      field :burst, :ticks, "time to send a full bucket, ns"
      field :mtu, :u32, "largest packet, bytes"
      embed :rate, Ratespec, value: :rate
      embed :peakrate, Ratespec, value: :rate
      field :refcnt, :s32, "number of references", volatile: true
      field :bindcnt, :s32, "number of filters that use the action", volatile: true
      field :capab, :u32, "not in use"
    end
  end
end
