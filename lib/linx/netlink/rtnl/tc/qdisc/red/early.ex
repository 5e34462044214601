defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early do
  @moduledoc false
  # The arithmetic of random early detection, as tc_red.c of iproute2 has it: the weight of the average
  # length, and its decay while the queue is empty.

  alias Linx.Netlink.Options

  # PSCHED_TICKS2NS of include/net/pkt_sched.h.
  @tick 64
  @u32 0xFFFFFFFF
  # 10 Mbit/s, the default of tc, in bytes per second.
  @bandwidth 1_250_000
  @probability 0.02

  # TC_RED_* of include/uapi/linux/pkt_sched.h.
  @flags [ecn: 1, harddrop: 2, adaptive: 4, nodrop: 8]

  @doc "The names of the flags, and those of the kernel."
  def flags, do: @flags
  def values, do: {"TC_RED_", adaptive: "TC_RED_ADAPTATIVE"}

  @doc "The bits of the flags that are given."
  def bits(given), do: Enum.sum(for {name, bit} <- @flags, given[name] == 1, do: bit)

  @doc "All bits."
  def all, do: Enum.sum(Keyword.values(@flags))

  @doc "Whether none of some options is 0."
  @spec positive(map(), [atom()]) :: :ok | {:error, Options.reason()}
  def positive(given, keys) do
    case Enum.find(keys, &(given[&1] == 0)) do
      nil -> :ok
      key -> {:error, {:bad_option, key, 0}}
    end
  end

  @doc "The type of an option with a probability, as a fraction."
  def probability, do: {:check, &__MODULE__.cast_probability/1, "more than 0, less than 1"}

  @doc false
  def cast_probability(value) when is_number(value) and value > 0 and value < 1,
    do: {:ok, value / 1}

  def cast_probability(_other), do: :error

  @typedoc "Thresholds and packets in bytes, a bandwidth in bytes per second."
  @type given :: %{
          required(:min) => pos_integer(),
          required(:max) => pos_integer(),
          required(:avpkt) => pos_integer(),
          optional(:burst) => non_neg_integer(),
          optional(:bandwidth) => pos_integer(),
          optional(:probability) => float(),
          optional(atom()) => term()
        }

  @doc """
  The fields of the parameters that follow of the options, the table of the decay, and the probability.
  """
  @spec parms(given()) ::
          {:ok, %{logs: keyword(), stab: binary(), max_p: non_neg_integer()}}
          | {:error, Options.reason()}
  def parms(%{min: min, max: max, avpkt: avpkt} = given) do
    # Recommendations of S. Floyd, as tc follows them.
    burst = given[:burst] || div(2 * min + max, 3 * avpkt)
    probability = given[:probability] || @probability

    with :ok <- in_range(:max, max, (min + 1)..@u32),
         {:ok, wlog} <- wlog(burst, burst + 1 - min / avpkt, 1),
         {:ok, plog} <- plog(probability, probability / (max - min), 0),
         {:ok, decay} <- decay(wlog, avpkt, given[:bandwidth] || @bandwidth),
         {:ok, scell_log} <- scell_log(Map.put(given, :burst, burst), 31 / decay, 0) do
      {:ok,
       %{
         logs: [wlog: wlog, plog: plog, scell_log: scell_log],
         stab: stab(decay, scell_log),
         max_p: trunc(probability * (@u32 + 1))
       }}
    end
  end

  defp in_range(key, value, range),
    do: if(value in range, do: :ok, else: {:error, {:bad_option, key, value}})

  # The smallest weight, a power of two, with which the average stays below the threshold in a burst.
  defp wlog(burst, packets, log) when packets < 1 or log > 31,
    do: {:error, {:bad_option, :burst, burst}}

  defp wlog(burst, packets, log) do
    weight = :math.pow(2, -log)

    if packets <= (1 - :math.pow(1 - weight, burst)) / weight,
      do: {:ok, log},
      else: wlog(burst, packets, log + 1)
  end

  defp plog(probability, _slope, log) when log > 31,
    do: {:error, {:bad_option, :probability, probability}}

  defp plog(_probability, slope, log) when slope > 1, do: {:ok, log}
  defp plog(probability, slope, log), do: plog(probability, slope * 2, log + 1)

  # The decay of the average in a tick.
  defp decay(wlog, avpkt, bandwidth) do
    ticks = avpkt * 1_000_000_000 / (bandwidth * @tick)
    {:ok, -:math.log(1 - :math.pow(2, -wlog)) / ticks}
  end

  # The table ends where the average is nothing, after a shift by 31.
  defp scell_log(given, _time, log) when log > 31 do
    key = if given[:bandwidth], do: :bandwidth, else: :burst
    {:error, {:bad_option, key, given[key]}}
  end

  defp scell_log(_given, time, log) when time < 512, do: {:ok, log}
  defp scell_log(given, time, log), do: scell_log(given, time / 2, log + 1)

  defp stab(decay, log) do
    cell = :math.pow(2, log) * decay
    for n <- 0..255, into: <<>>, do: <<if(n == 255, do: 31, else: min(trunc(n * cell), 31))>>
  end
end
