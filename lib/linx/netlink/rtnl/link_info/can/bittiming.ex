defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Bittiming do
  @moduledoc """
  Timing of a CAN bus: `struct can_bittiming`.

  `bitrate` in bits per second, `sample_point` in tenths of a percent, `tq` in
  nanoseconds, the segments in `tq`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_bittiming" do
      field :bitrate, :u32, "bit rate, bit/s"
      field :sample_point, :u32, "sample point, tenths of a percent"
      field :tq, :u32, "time quantum, ns"
      field :prop_seg, :u32, "propagation segment, time quanta"
      field :phase_seg1, :u32, "phase buffer segment 1, time quanta"
      field :phase_seg2, :u32, "phase buffer segment 2, time quanta"
      field :sjw, :u32, "synchronisation jump width, time quanta"
      field :brp, :u32, "prescaler of the bit rate"
    end
  end
end
