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
    attr 1, :bittiming, Bittiming
    attr 2, :bittiming_const, BittimingConst
    attr 3, :clock, :u32
    attr 4, :state, {:enum, :u32, @states}, values: "CAN_STATE_"
    attr 5, :ctrlmode, Ctrlmode
    attr 6, :restart_ms, :u32
    attr 7, :restart, :u32
    attr 8, :berr_counter, Berr, volatile: true
    attr 9, :data_bittiming, Bittiming
    attr 10, :data_bittiming_const, BittimingConst
    attr 11, :termination, :u16
    attr 12, :termination_const, {:packed, :u16}
    attr 13, :bitrate_const, {:packed, :u32}
    attr 14, :data_bitrate_const, {:packed, :u32}
    attr 15, :bitrate_max, :u32
    attr 16, :tdc, {:nested, Tdc}
    attr 17, :ctrlmode_ext, {:nested, CtrlmodeExt}
    attr 18, :xl_data_bittiming, Bittiming
    attr 19, :xl_data_bittiming_const, BittimingConst
    attr 20, :xl_data_bitrate_const, {:packed, :u32}
    attr 21, :xl_tdc, {:nested, Tdc}
    attr 22, :xl_pwm, {:nested, Pwm}
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
