defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Sfb do
  @moduledoc """
  Stochastic fair blue: bins of flows, each with a probability to drop or mark packets.

  Kernel side: `TCA_SFB_*` and `struct tc_sfb_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :sfb, target: 20, max: 25, increment: 0.0005)
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Parms

  # SFB_MAX_PROB of include/uapi/linux/pkt_sched.h.
  @one 0xFFFF

  codec prefix: "TCA_SFB_" do
    attr 1, :parms, Parms, "parameters"
  end

  @fraction {:check, &__MODULE__.cast_fraction/1, "0 to 1"}

  options(
    rehash:
      {0..0xFFFFFFFF, "time between changes of the hash, milliseconds, 600000 if not given",
       field: [:rehash_interval]},
    db:
      {0..0xFFFFFFFF,
       "time before that in which both hashes count, milliseconds, 60000 if not given",
       field: [:warmup_time]},
    limit: {0..0xFFFFFFFF, "length of the queue, packets; 0 for that of the link, if not given"},
    max: {0..0xFFFFFFFF, "longest bin, packets, 5/4 of `:target` if not given"},
    target:
      {0..0xFFFFFFFF,
       "length of a bin up to which no packet is dropped, 4/5 of `:max` if not given",
       field: [:bin_size]},
    increment: {@fraction, "step of the probability up, 0.0005 if not given"},
    decrement: {@fraction, "step of the probability down, 0.00005 if not given"},
    penalty_rate: {0..0xFFFFFFFF, "rate of inelastic flows, packets per second, 10 if not given"},
    penalty_burst: {0..0xFFFFFFFF, "burst of inelastic flows, packets, 20 if not given"}
  )

  # tc_sfb of iproute2.
  @defaults [
    rehash_interval: 600_000,
    warmup_time: 60_000,
    increment: div(@one + 1000, 2000),
    decrement: div(@one + 10_000, 20_000),
    penalty_rate: 10,
    penalty_burst: 20
  ]

  @doc false
  @impl true
  def build(given) do
    parms = Parms |> struct!(@defaults) |> struct!(given)
    max = longest(parms)
    size = if parms.bin_size == 0, do: div(max * 4 + 3, 5), else: parms.bin_size

    if max <= 0xFFFFFFFF,
      do: {:ok, %__MODULE__{parms: %{parms | max: max, bin_size: size}}},
      else: {:error, {:bad_option, :target, size}}
  end

  defp longest(%Parms{max: 0, bin_size: 0}), do: 25
  defp longest(%Parms{max: 0, bin_size: size}), do: div(size * 5 + 1, 4)
  defp longest(%Parms{max: max}), do: max

  @doc false
  def cast_fraction(value) when is_number(value) and value >= 0 and value <= 1,
    do: {:ok, trunc(value * @one + 0.5)}

  def cast_fraction(_other), do: :error
end
