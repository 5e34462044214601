defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Pwm do
  @moduledoc """
  Pulse width modulation of CAN XL: `IFLA_CAN_PWM_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_CAN_PWM_" do
    attr 1, :pwms_min, :u32, "smallest short phase, clock periods"
    attr 2, :pwms_max, :u32, "largest short phase, clock periods"
    attr 3, :pwml_min, :u32, "smallest long phase, clock periods"
    attr 4, :pwml_max, :u32, "largest long phase, clock periods"
    attr 5, :pwmo_min, :u32, "smallest offset, clock periods"
    attr 6, :pwmo_max, :u32, "largest offset, clock periods"
    attr 7, :pwms, :u32, "short phase, clock periods"
    attr 8, :pwml, :u32, "long phase, clock periods"
    attr 9, :pwmo, :u32, "offset, clock periods"
  end
end
