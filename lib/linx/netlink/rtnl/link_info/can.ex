defmodule Linx.Netlink.Rtnl.LinkInfo.Can do
  @moduledoc """
  CAN controller: kind `"can"`.

  Kernel side: `IFLA_CAN_*` of `include/uapi/linux/can/netlink.h`.

      Link.set(sock, "can0", bitrate: 500_000, restart_ms: 100)

  The kernel refuses changes while the link is up. With `:bitrate` alone the kernel
  computes the timing.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.{Berr, Bittiming, BittimingConst, Ctrlmode, CtrlmodeExt, Pwm, Tdc}

  @states [
    error_active: 0,
    error_warning: 1,
    error_passive: 2,
    bus_off: 3,
    stopped: 4,
    sleeping: 5
  ]

  codec prefix: "IFLA_CAN_" do
    attr 1, :bittiming, Bittiming, "timing"
    attr 2, :bittiming_const, BittimingConst, "limits of the timing"
    attr 3, :clock, :u32, "clock frequency, Hz"
    attr 4, :state, {:enum, :u32, @states}, "state of the controller", values: "CAN_STATE_"
    attr 5, :ctrlmode, Ctrlmode, "controller modes"

    attr 6,
         :restart_ms,
         :u32,
         "delay of the automatic restart after bus-off, ms, 0 for no restart"

    attr 7, :restart, :u32, "restart now"
    attr 8, :berr_counter, Berr, "error counters of the bus", volatile: true
    attr 9, :data_bittiming, Bittiming, "timing of CAN FD data"
    attr 10, :data_bittiming_const, BittimingConst, "limits of the timing of CAN FD data"
    attr 11, :termination, :u16, "termination, ohms, 0 for none"
    attr 12, :termination_const, {:packed, :u16}, "selectable terminations, ohms"
    attr 13, :bitrate_const, {:packed, :u32}, "selectable bit rates, bit/s"
    attr 14, :data_bitrate_const, {:packed, :u32}, "selectable bit rates of CAN FD data, bit/s"
    attr 15, :bitrate_max, :u32, "largest bit rate of the transceiver, bit/s"
    attr 16, :tdc, {:nested, Tdc}, "transmitter delay compensation"
    attr 17, :ctrlmode_ext, {:nested, CtrlmodeExt}, "supported modes"
    attr 18, :xl_data_bittiming, Bittiming, "timing of CAN XL data"
    attr 19, :xl_data_bittiming_const, BittimingConst, "limits of the timing of CAN XL data"
    attr 20, :xl_data_bitrate_const, {:packed, :u32}, "selectable bit rates of CAN XL data, bit/s"
    attr 21, :xl_tdc, {:nested, Tdc}, "transmitter delay compensation of CAN XL"
    attr 22, :xl_pwm, {:nested, Pwm}, "pulse width modulation of CAN XL"
  end

  options(
    bitrate: {1..0xFFFFFFFF, "bit rate, bit/s", field: [{:bittiming, Bittiming}, :bitrate]},
    sample_point:
      {0..999, "sample point, tenths of a percent",
       field: [{:bittiming, Bittiming}, :sample_point]},
    bittiming: {{:struct, Bittiming}, "complete timing"},
    dbitrate:
      {1..0xFFFFFFFF, "bit rate of CAN FD data, bit/s",
       field: [{:data_bittiming, Bittiming}, :bitrate]},
    dsample_point:
      {0..999, "sample point of CAN FD data, tenths of a percent",
       field: [{:data_bittiming, Bittiming}, :sample_point]},
    data_bittiming: {{:struct, Bittiming}, "complete timing of CAN FD data"},
    ctrlmode: {{:masked, Ctrlmode.__modes__(), Ctrlmode}, "controller modes"},
    restart_ms:
      {0..0xFFFFFFFF, "delay of the automatic restart after bus-off, ms, 0 for no restart"},
    restart: {1..1, "restart now", only: :set},
    termination: {0..65_535, "termination, ohms, 0 for none"}
  )
end
