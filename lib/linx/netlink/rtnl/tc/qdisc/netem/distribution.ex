defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Distribution do
  @moduledoc false
  # Samples of a distribution of delays: the values of its inverse in equal steps, 8192 for the jitter. As
  # normal.c, pareto.c and paretonormal.c of iproute2 compute them.

  # NETEM_DIST_SCALE and NETEM_DIST_MAX of include/uapi/linux/pkt_sched.h.
  @scale 8192
  @max 16_384

  @samples 4096
  @shape 3.0

  # iproute2 takes the normal distribution at steps of 0.00005 from -10 on, and its probabilities in parts of
  # 16384.
  @parts 16_384
  @steps 20_000
  @first -10

  @names [:uniform, :normal, :pareto, :paretonormal]

  @doc "The names of the distributions that `samples/1` computes."
  @spec names() :: [atom()]
  def names, do: @names

  @doc "Whether a term is a name, or samples of 16 bits that the kernel takes."
  @spec valid?(term()) :: boolean()
  def valid?(samples) when is_list(samples),
    do:
      samples != [] and not List.improper?(samples) and length(samples) <= @max and
        Enum.all?(samples, &(&1 in -0x8000..0x7FFF))

  def valid?(name), do: name in @names

  @doc "The samples of a distribution, in ascending order; samples are returned as they are."
  @spec samples(atom() | [integer()]) :: [-0x8000..0x7FFF]
  def samples(samples) when is_list(samples), do: samples

  def samples(:uniform) do
    step = div(2 * @scale, @samples)
    for n <- 0..(@samples - 1), do: n * step + div(step, 2) - @scale
  end

  def samples(:normal), do: Enum.map(quantiles(), &clamp/1)
  def samples(:pareto), do: for(n <- 0..(@samples - 1), do: pareto(n))

  def samples(:paretonormal) do
    for {normal, n} <- Enum.with_index(quantiles()), do: clamp(div(normal + 3 * pareto(n), 4))
  end

  defp clamp(value), do: value |> max(-0x8000) |> min(0x7FFF)

  # The Pareto distribution with mean 0 and, roughly, the deviation 1.
  defp pareto(n) do
    value = :math.pow(1 - n / @samples, -1 / @shape) - @shape / (@shape - 1)
    clamp(round(value * 4 / 3 * @scale))
  end

  # The last step of each sample's probability.
  defp quantiles do
    {quantiles, _step} =
      Enum.map_reduce(0..(@samples - 1), 0, fn n, low ->
        step = last_step(n * div(@parts, @samples), low, -2 * @first * @steps)
        {round(at(step) * @scale), step}
      end)

    quantiles
  end

  defp last_step(_part, low, high) when high - low <= 1, do: low

  defp last_step(part, low, high) do
    middle = div(low + high, 2)
    probability = 0.5 + 0.5 * :math.erf(at(middle) / :math.sqrt(2))

    if round(@parts * probability) <= part,
      do: last_step(part, middle, high),
      else: last_step(part, low, middle)
  end

  defp at(step), do: @first + step / @steps
end
