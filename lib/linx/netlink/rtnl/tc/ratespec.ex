defmodule Linx.Netlink.Rtnl.Tc.Ratespec do
  @moduledoc """
  Rate of a qdisc, a class or a policer, and how packets are measured.

  Kernel side: `struct tc_ratespec` of `include/uapi/linux/pkt_sched.h`. A rate that 32 bits do not hold is
  in a field of its own, beside this struct.
  """

  use Linx.Netlink.Codec

  # TC_LINKLAYER_* of include/uapi/linux/pkt_sched.h.
  @linklayers [unaware: 0, ethernet: 1, atm: 2]

  codec do
    header "struct tc_ratespec" do
      field :cell_log, :u8, "size of a cell of the rate table, a power of two"
      field :linklayer, {:enum, :u8, @linklayers}, "link layer", values: "TC_LINKLAYER_"
      field :overhead, :u16, "bytes added to each packet"
      field :cell_align, :s16, "alignment of a cell"
      field :mpu, :u16, "least size of a packet, bytes"
      field :rate, :u32, "bytes per second, 4294967295 for more"
    end
  end

  @doc false
  # The link layers, by name.
  @spec linklayers() :: keyword(non_neg_integer())
  def linklayers, do: @linklayers

  @doc false
  # The options of every kind with a rate that say how packets are measured.
  @spec options() :: keyword()
  def options do
    [
      mpu: {0..0xFFFF, "least size of a packet, bytes"},
      overhead: {0..0xFFFF, "bytes added to each packet"},
      linklayer:
        {{:enum, @linklayers}, "link layer, `:ethernet` if not given", values: "TC_LINKLAYER_"}
    ]
  end
end
