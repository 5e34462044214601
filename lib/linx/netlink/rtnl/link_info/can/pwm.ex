defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Pwm do
  @moduledoc """
  Pulse width modulation of CAN XL: `IFLA_CAN_PWM_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec prefix: "IFLA_CAN_PWM_" do
    attr 1, :pwms_min, :u32
    attr 2, :pwms_max, :u32
    attr 3, :pwml_min, :u32
    attr 4, :pwml_max, :u32
    attr 5, :pwmo_min, :u32
    attr 6, :pwmo_max, :u32
    attr 7, :pwms, :u32
    attr 8, :pwml, :u32
    attr 9, :pwmo, :u32
  end
end
