defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Stats do
  @moduledoc """
  Counters of a CAN controller, in `xstats`: `struct can_device_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_device_stats" do
      field :bus_error, :u32
      field :error_warning, :u32
      field :error_passive, :u32
      field :bus_off, :u32
      field :arbitration_lost, :u32
      field :restarts, :u32
    end
  end
end
