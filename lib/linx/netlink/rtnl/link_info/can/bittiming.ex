defmodule Linx.Netlink.Rtnl.LinkInfo.Can.Bittiming do
  @moduledoc """
  Timing of a CAN bus: `struct can_bittiming`.

  `bitrate` in bits per second, `sample_point` in tenths of a percent, `tq` in
  nanoseconds, the segments in `tq`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct can_bittiming" do
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
