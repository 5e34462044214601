defmodule Linx.Netlink.Rtnl.Tc.Psched do
  @moduledoc false
  # Rates as the packet scheduler of the kernel takes them: `struct tc_ratespec`, times to send a burst, rate
  # tables. As tc_core.c of iproute2 makes them.

  import Bitwise

  @second 1_000_000_000
  # PSCHED_TICKS2NS of include/net/pkt_sched.h.
  @tick 64
  @u32 0xFFFFFFFF
  # TC_LINKLAYER_* of include/uapi/linux/pkt_sched.h.
  @ethernet 1
  @atm 2

  @doc """
  The time in nanoseconds to send `size` bytes at `rate` bytes per second, in whole ticks; `:error` if a
  field of 32 bits does not hold its ticks.
  """
  @spec burst(pos_integer(), non_neg_integer()) :: {:ok, non_neg_integer()} | :error
  def burst(rate, size) do
    ticks = div(size * @second, rate * @tick)
    if ticks <= @u32, do: {:ok, ticks * @tick}, else: :error
  end

  @doc """
  The bytes that are sent in a time of whole ticks at a rate, rounded up: the inverse of `burst/2`.
  """
  @spec size(non_neg_integer(), non_neg_integer()) :: non_neg_integer()
  def size(rate, ns), do: div(rate * ns + @second - 1, @second)

  @doc """
  The fields of `struct tc_ratespec` with a name in front, as `embed` of a codec names them.
  """
  @spec ratespec(atom(), non_neg_integer(), map()) :: keyword()
  def ratespec(name, rate, given) do
    [
      {name, min(rate, @u32)},
      {:"#{name}_cell_log", cell_log(given[:mtu] || 2047, 0)},
      {:"#{name}_cell_align", -1},
      {:"#{name}_linklayer", linklayer(given)},
      {:"#{name}_overhead", given[:overhead] || 0},
      {:"#{name}_mpu", given[:mpu] || 0}
    ]
  end

  @doc """
  A rate that 32 bits do not hold, for the attribute with 64 bits.
  """
  @spec rate64(non_neg_integer()) :: non_neg_integer() | nil
  def rate64(rate), do: if(rate >= @u32, do: rate)

  defp linklayer(given), do: given[:linklayer] || @ethernet

  # The cell so that 256 of them are the largest packet.
  defp cell_log(mtu, log), do: log(mtu, 255, log)

  @doc """
  The number of bits by which a value has to be shifted to the right to be at most `most`.
  """
  @spec log(integer(), non_neg_integer()) :: non_neg_integer()
  def log(value, most, log \\ 0)
  def log(value, most, log) when value >>> log > most, do: log(value, most, log + 1)
  def log(_value, _most, log), do: log

  @doc """
  The rate table: the ticks of each of 256 sizes of packets. Kernels from Linux 3.8 on compute with the
  rate, but require the table of some kinds.
  """
  @spec table(non_neg_integer(), map()) :: [0..0xFFFFFFFF]
  def table(rate, given) do
    log = cell_log(given[:mtu] || 2047, 0)

    for size <- sizes(log, 256, given[:mpu] || 0, linklayer(given)),
        do: min(div(size * @second, rate * @tick), @u32)
  end

  @doc """
  The sizes on the wire of the packets in each of `count` cells.
  """
  @spec sizes(non_neg_integer(), pos_integer(), non_neg_integer(), 0..0xFF) :: [pos_integer()]
  def sizes(log, count, mpu, linklayer),
    do: for(cell <- 1..count, do: packet(max(cell <<< log, mpu), linklayer))

  @doc """
  The size of a packet as the kernel accounts for it, `psched_l2t_ns` of include/net/sch_generic.h.
  """
  @spec accounted(non_neg_integer(), map()) :: non_neg_integer()
  def accounted(size, given),
    do: packet(max(size + (given[:overhead] || 0), given[:mpu] || 0), given[:linklayer])

  # Cells of ATM have 48 bytes of payload and a header of 5.
  defp packet(size, @atm), do: div(size + 47, 48) * 53
  defp packet(size, _ethernet), do: size
end
