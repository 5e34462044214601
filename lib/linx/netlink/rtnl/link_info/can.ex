defmodule Linx.Netlink.Rtnl.LinkInfo.Can do
  @moduledoc """
  What a CAN controller carries: kind `"can"`.

  Kernel side: `IFLA_CAN_*` of `include/uapi/linux/can/netlink.h`.

      Link.set(sock, "can0", bitrate: 500_000, restart_ms: 100)

  The kernel refuses changes while the link is up. `:bitrate` alone lets the kernel
  work out the timing.
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
  @ctrlmodes [
    loopback: 0x1,
    listenonly: 0x2,
    "3_samples": 0x4,
    one_shot: 0x8,
    berr_reporting: 0x10,
    fd: 0x20,
    presume_ack: 0x40,
    fd_non_iso: 0x80,
    cc_len8_dlc: 0x100,
    tdc_auto: 0x200,
    tdc_manual: 0x400
  ]

  codec do
    attr 1, :bittiming, Bittiming
    attr 2, :bittiming_const, BittimingConst
    attr 3, :clock, :u32
    attr 4, :state, {:enum, :u32, @states}
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
    bitrate: {1..0xFFFFFFFF, "bits per second", field: [{:bittiming, Bittiming}, :bitrate]},
    sample_point:
      {0..999, "sample point, tenths of a percent",
       field: [{:bittiming, Bittiming}, :sample_point]},
    bittiming: {{:struct, Bittiming}, "the whole timing"},
    dbitrate:
      {1..0xFFFFFFFF, "bits per second of CAN FD data",
       field: [{:data_bittiming, Bittiming}, :bitrate]},
    dsample_point:
      {0..999, "their sample point, tenths of a percent",
       field: [{:data_bittiming, Bittiming}, :sample_point]},
    data_bittiming: {{:struct, Bittiming}, "the whole timing of CAN FD data"},
    ctrlmode: {{:masked, @ctrlmodes, Ctrlmode}, "controller modes"},
    restart_ms: {0..0xFFFFFFFF, "time to the restart after bus-off, ms, 0 for none"},
    restart: {1..1, "restart now", only: :set},
    termination: {0..65_535, "termination, ohms, 0 for none"}
  )
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Bittiming do
  @moduledoc """
  Timing of a CAN bus: `struct can_bittiming`.

  `bitrate` in bits per second, `sample_point` in tenths of a percent, `tq` in
  nanoseconds, the segments in `tq`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :bitrate, :u32
      field :sample_point, :u32
      field :tq, :u32
      field :prop_seg, :u32
      field :phase_seg1, :u32
      field :phase_seg2, :u32
      field :sjw, :u32
      field :brp, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.BittimingConst do
  @moduledoc """
  What timings a CAN controller can do: `struct can_bittiming_const`.

  The controller's name comes as two numbers of 8 bytes; `name/1` reads it.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :name_high, :be64
      field :name_low, :be64
      field :tseg1_min, :u32
      field :tseg1_max, :u32
      field :tseg2_min, :u32
      field :tseg2_max, :u32
      field :sjw_max, :u32
      field :brp_min, :u32
      field :brp_max, :u32
      field :brp_inc, :u32
    end
  end

  @doc """
  The name of the controller; `nil` of limits that were cut short.
  """
  @spec name(t()) :: binary() | nil
  def name(%__MODULE__{name_high: high, name_low: low}) when is_integer(low) do
    [name | _] = :binary.split(<<high::64, low::64>>, <<0>>)
    name
  end

  def name(%__MODULE__{}), do: nil
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Berr do
  @moduledoc """
  Error counters of a CAN controller: `struct can_berr_counter`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :txerr, :u16
      field :rxerr, :u16
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Ctrlmode do
  @moduledoc """
  Modes of a CAN controller and the mask of those meant: `struct can_ctrlmode`.
  """

  use Linx.Netlink.Codec

  @names [
    loopback: 0x1,
    listenonly: 0x2,
    "3_samples": 0x4,
    one_shot: 0x8,
    berr_reporting: 0x10,
    fd: 0x20,
    presume_ack: 0x40,
    fd_non_iso: 0x80,
    cc_len8_dlc: 0x100,
    tdc_auto: 0x200,
    tdc_manual: 0x400
  ]

  codec do
    header do
      field :mask, :u32
      field :flags, {:flags, :u32, @names}
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.CtrlmodeExt do
  @moduledoc """
  Modes that a CAN controller supports: `IFLA_CAN_CTRLMODE_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :supported, :u32
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Tdc do
  @moduledoc """
  Transmitter delay compensation of CAN FD: `IFLA_CAN_TDC_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :tdcv_min, :u32
    attr 2, :tdcv_max, :u32
    attr 3, :tdco_min, :u32
    attr 4, :tdco_max, :u32
    attr 5, :tdcf_min, :u32
    attr 6, :tdcf_max, :u32
    attr 7, :tdcv, :u32
    attr 8, :tdco, :u32
    attr 9, :tdcf, :u32
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Pwm do
  @moduledoc """
  Pulse width modulation of CAN XL: `IFLA_CAN_PWM_*`, in clock periods.
  """

  use Linx.Netlink.Codec

  codec do
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

defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Stats do
  @moduledoc """
  Counters of a CAN controller, in `xstats`: `struct can_device_stats`.
  """

  use Linx.Netlink.Codec

  codec do
    header do
      field :bus_error, :u32
      field :error_warning, :u32
      field :error_passive, :u32
      field :bus_off, :u32
      field :arbitration_lost, :u32
      field :restarts, :u32
    end
  end
end
