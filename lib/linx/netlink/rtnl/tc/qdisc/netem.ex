defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem do
  @moduledoc """
  Emulated network: packets are delayed, lost, corrupted, duplicated and reordered.

  Kernel side: `struct tc_netem_qopt` and `TCA_NETEM_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :netem, delay: {"100ms", "10ms", 25}, distribution: :normal)
      :ok = Qdisc.replace(sock, "eth0", :netem, loss: {:gemodel, [1, 10, 70, 0.1]}, rate: "1mbit")
      :ok = Qdisc.replace(sock, "eth0", :netem, loss: 1, seed: 42)

  `latency/1`, `jitter/1` and `rate/1` give what was read of them, whichever field has it, and
  `Linx.Netlink.Rtnl.Tc.percent/1` percentages. The kernel does not report distributions.

  A change, or a replacement of this kind, sets `:limit`, `:delay`, `:loss`, `:duplicate` and `:gap` to their
  defaults where they are not given. The other options stay as they were.

  The samples of a distribution are those of its inverse in equal steps, 1 to 16384 of them, from -32768 to
  32767: 8192 is one jitter above the mean.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Psched
  alias __MODULE__.{Chance, Corr, Distribution, Input, Loss, Rate, Slot}

  # The default of tc; the kernel has none.
  @limit 1000
  # The longest time in ticks, ns.
  @ticks 0xFFFFFFFF * 64

  codec prefix: "TCA_NETEM_" do
    header "struct tc_netem_qopt" do
      field :latency, :ticks, "added delay, ns, in steps of 64, 274877906880 for more"
      field :limit, :u32, "length of the queue, packets"
      field :loss, :u32, "random loss, 4294967295 for 100 %"
      field :gap, :u32, "packets between two that are reordered, 0 for none"
      field :duplicate, :u32, "packets duplicated, 4294967295 for 100 %"
      field :jitter, :ticks, "jitter of the delay, ns, in steps of 64"
    end

    attr 1, :corr, Corr, "correlations"
    attr 2, :delay_dist, {:packed, :s16}, "samples of the distribution of delays, request only"
    attr 3, :reorder, Chance, "packets sent without the delay"
    attr 4, :corrupt, Chance, "packets of which a bit is changed"
    attr 5, :loss_model, {:nested, Loss}, "model of the loss", c: "TCA_NETEM_LOSS"
    attr 6, :rate, Rate, "rate, and how packets are measured"
    attr 7, :ecn, {:bool, :u32}, "packets are marked, not lost"
    attr 8, :rate64, :u64, "rate above 4294967295 bytes per second"
    attr 10, :latency64, :s64, "added delay, ns"
    attr 11, :jitter64, :s64, "jitter of the delay, ns"
    attr 12, :slot, Slot, "slots"
    attr 13, :slot_dist, {:packed, :s16}, "samples of the distribution of slots, request only"
    attr 14, :prng_seed, :u64, "seed of the random numbers, from Linux 6.6 on"
  end

  options(
    delay: {Input.delay(), "added delay, with a jitter of up to 2.147 s and its correlation"},
    distribution: {Input.distribution(), "distribution of the delay; needs a jitter"},
    loss: {Input.loss(), "packets lost: at random, or by a model with states"},
    ecn: {:bool, "mark packets in place of losing them; needs `:loss`"},
    corrupt: {Input.chance(), "packets of which a bit is changed, percent"},
    duplicate: {Input.chance(), "packets duplicated, percent"},
    reorder: {Input.chance(), "packets sent without the delay, percent; needs `:delay`"},
    gap: {1..0xFFFFFFFF, "packets of which one is reordered, 1 if not given; needs `:reorder`"},
    rate:
      {Input.rate(), "rate, bytes added to each packet, bytes of a cell and bytes added to each"},
    limit: {0..0xFFFFFFFF, "length of the queue, packets, #{@limit} if not given"},
    slot: {Input.slot(), "time between slots, and packets and bytes of each"},
    seed:
      {0..0xFFFFFFFFFFFFFFFF, "seed of the random numbers, from Linux 6.6 on",
       field: [:prng_seed]}
  )

  @doc false
  @impl true
  def build(given) do
    with :ok <- complete(given) do
      fields = Enum.flat_map(given, &fields/1)
      gap = if reorder?(given), do: 1, else: 0
      {:ok, struct!(%__MODULE__{limit: @limit, gap: gap, corr: corr(given)}, fields)}
    end
  end

  # What tc requires as well.
  defp complete(given) do
    {latency, jitter, _correlation} = Map.get(given, :delay, {0, 0, 0})

    cond do
      given[:distribution] && jitter == 0 -> {:error, {:missing_option, :delay}}
      reorder?(given) && latency == 0 -> {:error, {:missing_option, :delay}}
      given[:gap] && !reorder?(given) -> {:error, {:missing_option, :reorder}}
      given[:ecn] == 1 && !given[:loss] -> {:error, {:missing_option, :loss}}
      true -> :ok
    end
  end

  defp reorder?(given), do: match?(%{reorder: {percent, _}} when percent > 0, given)

  # Each belongs to a value that the kernel sets in every request.
  defp corr(given) do
    correlation = fn key -> given |> Map.get(key, {0}) |> then(&elem(&1, tuple_size(&1) - 1)) end
    loss = if match?(%{loss: {:random, _, _}}, given), do: correlation.(:loss), else: 0
    %Corr{delay_corr: correlation.(:delay), loss_corr: loss, dup_corr: correlation.(:duplicate)}
  end

  # The fields that an option sets.
  defp fields({:delay, {latency, jitter, _correlation}}) do
    ticks = min(latency, @ticks)
    [latency: ticks, jitter: jitter, latency64: latency, jitter64: jitter]
  end

  defp fields({:distribution, distribution}), do: [delay_dist: Distribution.samples(distribution)]
  defp fields({:loss, {:random, percent, _correlation}}), do: [loss: percent]

  defp fields({:loss, {:state, p13, p31, p32, p23, p14}}) do
    gi = %Loss.Gimodel{p13: p13, p31: p31, p32: p32, p23: p23, p14: p14}
    [loss_model: %Loss{gi: gi}]
  end

  defp fields({:loss, {:gemodel, p, r, h, k1}}),
    do: [loss_model: %Loss{ge: %Loss.Gemodel{p: p, r: r, h: h, k1: k1}}]

  defp fields({:duplicate, {percent, _correlation}}), do: [duplicate: percent]

  defp fields({key, {percent, correlation}}) when key in [:corrupt, :reorder],
    do: [{key, %Chance{probability: percent, correlation: correlation}}]

  defp fields({:rate, {rate, overhead, cell, cell_overhead}}) do
    fields = [packet_overhead: overhead, cell_size: cell, cell_overhead: cell_overhead]
    [rate: struct!(%Rate{rate: min(rate, 0xFFFFFFFF)}, fields), rate64: Psched.rate64(rate)]
  end

  defp fields({:slot, {fields, nil}}), do: [slot: struct!(Slot, fields)]

  defp fields({:slot, {fields, distribution}}),
    do: [slot: struct!(Slot, fields), slot_dist: Distribution.samples(distribution)]

  defp fields({field, value}), do: [{field, value}]

  @doc """
  The added delay in nanoseconds.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Netem
      iex> Netem.latency(%Netem{latency: 274_877_906_880, latency64: 300_000_000_000})
      300_000_000_000
  """
  @spec latency(t()) :: integer()
  def latency(%__MODULE__{} = netem), do: netem.latency64 || netem.latency

  @doc """
  The jitter of the delay in nanoseconds.
  """
  @spec jitter(t()) :: integer()
  def jitter(%__MODULE__{} = netem), do: netem.jitter64 || netem.jitter

  @doc """
  The rate in bytes per second, 0 for no limit.
  """
  @spec rate(t()) :: non_neg_integer()
  def rate(%__MODULE__{rate64: rate}) when rate != nil, do: rate
  def rate(%__MODULE__{rate: %Rate{rate: rate}}), do: rate
  def rate(%__MODULE__{}), do: 0
end
