defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Stats do
  @moduledoc """
  Counters of a CAN controller, in `xstats`: `struct can_device_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_device_stats" do
      field :bus_error, :u32, "bus errors"
      field :error_warning, :u32, "changes to the state error warning"
      field :error_passive, :u32, "changes to the state error passive"
      field :bus_off, :u32, "changes to the state bus off"
      field :arbitration_lost, :u32, "lost arbitrations"
      field :restarts, :u32, "restarts of the controller"
    end
  end
end
