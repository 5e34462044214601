defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Input do
  @moduledoc false
  # Types of the options of an emulated network: tuples in the order of the words of tc.

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Netem.Distribution
  alias Linx.Netlink.Rtnl.Tc.Units

  @s32 -0x80000000..0x7FFFFFFF
  @u32 0..0xFFFFFFFF
  # The kernel cuts jitters to that: netem_change of net/sched/sch_netem.c.
  @max_jitter 0x7FFFFFFF
  @max_int 0x7FFFFFFF
  # 100 %.
  @all 0xFFFFFFFF

  def chance,
    do: {:check, &__MODULE__.cast_chance/1, "0 to 100, or `{percent, correlation}`"}

  def delay do
    {:check, &__MODULE__.cast_delay/1, "time, `{time, jitter}` or `{time, jitter, correlation}`"}
  end

  def distribution do
    names = Enum.map_join(Distribution.names(), ", ", &"`#{inspect(&1)}`")
    {:check, &__MODULE__.cast_distribution/1, names <> ", or a list of samples"}
  end

  def loss do
    {:check, &__MODULE__.cast_loss/1,
     "0 to 100, `{percent, correlation}`, `{:state, p13, p31, p32, p23, p14}` of which the first is " <>
       "required, or `{:gemodel, [p, r, h_inverse, k_inverse]}` likewise"}
  end

  def rate do
    {:check, &__MODULE__.cast_rate/1,
     "bits per second, or text such as `\"100mbit\"`, 0 for no limit; or " <>
       "`{rate, overhead, cellsize, celloverhead}`"}
  end

  def slot do
    {:check, &__MODULE__.cast_slot/1,
     "time, `{min, max}` or `{:distribution, distribution, delay, jitter}`, with a keyword list of " <>
       "`:packets` and `:bytes` as a last element"}
  end

  @doc false
  def cast_chance({percent, correlation}) do
    with {:ok, percent} <- Units.cast_percent(percent),
         {:ok, correlation} <- Units.cast_percent(correlation),
         do: {:ok, {percent, correlation}}
  end

  def cast_chance(percent), do: cast_chance({percent, 0})

  @doc false
  def cast_delay({time, jitter, correlation}) do
    with {:ok, time} <- Units.cast_nsecs(time),
         {:ok, jitter} when jitter <= @max_jitter <- Units.cast_nsecs(jitter),
         {:ok, correlation} <- Units.cast_percent(correlation) do
      {:ok, {time, jitter, correlation}}
    else
      _ -> :error
    end
  end

  def cast_delay({time, jitter}), do: cast_delay({time, jitter, 0})
  def cast_delay(time), do: cast_delay({time, 0, 0})

  @doc false
  def cast_distribution(value),
    do: if(Distribution.valid?(value), do: {:ok, value}, else: :error)

  @doc false
  def cast_loss(model) when is_tuple(model) and elem(model, 0) in [:state, :gemodel] do
    [name | values] = Tuple.to_list(model)
    values = if match?([list] when is_list(list), values), do: hd(values), else: values
    with {:ok, percents} <- percents(values), do: model(name, percents)
  end

  def cast_loss(value),
    do:
      with(
        {:ok, {percent, correlation}} <- cast_chance(value),
        do: {:ok, {:random, percent, correlation}}
      )

  # The values that are not given are those of q_netem.c of iproute2.
  defp model(:state, [p13 | rest]) when length(rest) <= 4 do
    defaults = [@all - p13, 0, @all, 0]
    {:ok, List.to_tuple([:state, p13 | rest ++ Enum.drop(defaults, length(rest))])}
  end

  # The third is the complement of the kernel's value.
  defp model(:gemodel, [p | rest]) when length(rest) <= 3 do
    [r, h_inverse, k_inverse] = rest ++ Enum.drop([@all - p, @all, 0], length(rest))
    {:ok, {:gemodel, p, r, @all - h_inverse, k_inverse}}
  end

  defp model(_name, _values), do: :error

  defp percents([value | rest]) do
    with {:ok, percent} <- Units.cast_percent(value),
         {:ok, percents} <- percents(rest),
         do: {:ok, [percent | percents]}
  end

  defp percents([]), do: {:ok, []}
  defp percents(_improper), do: :error

  @doc false
  def cast_rate({rate, overhead, cell, cell_overhead}) do
    with {:ok, rate} <- bytes_per_second(rate),
         true <- overhead in @s32 and cell in @u32 and cell_overhead in @s32 do
      {:ok, {rate, overhead, cell, cell_overhead}}
    else
      _ -> :error
    end
  end

  def cast_rate({rate, overhead, cell}), do: cast_rate({rate, overhead, cell, 0})
  def cast_rate({rate, overhead}), do: cast_rate({rate, overhead, 0, 0})
  def cast_rate(rate), do: cast_rate({rate, 0, 0, 0})

  defp bytes_per_second(0), do: {:ok, 0}
  defp bytes_per_second(rate), do: Units.cast_rate(rate)

  @doc false
  def cast_slot(slot) when is_tuple(slot) and tuple_size(slot) > 1 do
    last = elem(slot, tuple_size(slot) - 1)

    if is_list(last),
      do: slot |> Tuple.delete_at(tuple_size(slot) - 1) |> slot(last),
      else: slot(slot, [])
  end

  def cast_slot(time), do: slot({time}, [])

  defp slot(times, opts) do
    with {:ok, times, samples} <- times(times),
         true <- Keyword.keyword?(opts) and Keyword.keys(opts) -- [:packets, :bytes] == [],
         {:ok, packets} when packets <= @max_int <- count(opts[:packets]),
         {:ok, bytes} when bytes <= @max_int <- Units.cast_size(opts[:bytes] || 0) do
      {:ok, {[max_packets: packets, max_bytes: bytes] ++ times, samples}}
    else
      _ -> :error
    end
  end

  defp count(nil), do: {:ok, 0}
  defp count(packets), do: if(packets in @u32, do: {:ok, packets}, else: :error)

  defp times({:distribution, distribution, delay, jitter}) do
    with true <- Distribution.valid?(distribution),
         {:ok, delay} <- Units.cast_nsecs(delay),
         {:ok, jitter} when jitter in 1..@max_jitter <- Units.cast_nsecs(jitter),
         do: {:ok, [dist_delay: delay, dist_jitter: jitter], distribution}
  end

  defp times({min, max}) do
    with {:ok, min} <- Units.cast_nsecs(min),
         {:ok, max} when max >= min <- Units.cast_nsecs(max),
         do: {:ok, [min_delay: min, max_delay: max], nil}
  end

  defp times({time}), do: times({time, time})
  defp times(_other), do: :error
end
