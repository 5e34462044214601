defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Fq do
  @moduledoc """
  Fair queueing with pacing: a queue for each flow, which sends at the rate that its socket has set.

  Kernel side: `TCA_FQ_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :fq, limit: 20_000, maxrate: "1gbit", ce_threshold: "4ms")

  `buckets/1` gives the number of buckets of what was read. The counters are those of
  `Linx.Netlink.Rtnl.Tc.Qdisc.Fq.Xstats`. The bands, which packets are in by their priority, and their
  weights are of Linux 6.7. Linux 6.12 does not have `:offload_horizon`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise, only: [<<<: 2]

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Prio
  alias Linx.Netlink.Rtnl.Tc.Units

  # FQ_BANDS, FQ_MIN_WEIGHT of include/uapi/linux/pkt_sched.h.
  @bands 3
  @weights 16_384..0x7FFFFFFF

  # fq_change of net/sched/sch_fq.c.
  @max_buckets 262_144

  codec prefix: "TCA_FQ_" do
    attr 1, :plimit, :u32, "length of all queues, packets"
    attr 2, :flow_plimit, :u32, "length of the queue of a flow, packets"
    attr 3, :quantum, :u32, "bytes that a flow sends in a round"
    attr 4, :initial_quantum, :u32, "bytes that a new flow sends in its first round"
    attr 5, :rate_enable, {:bool, :u32}, "flows are paced"
    attr 6, :flow_default_rate, :u32, "not used by the kernel"

    attr 7,
         :flow_max_rate,
         :u32,
         "largest rate of a flow, bytes per second, 4294967295 without a limit"

    attr 8, :buckets_log, :u32, "number of buckets, a power of two"
    attr 9, :flow_refill_delay, :u32, "time after which an idle flow is a new one, microseconds"
    attr 10, :orphan_mask, :u32, "mask of the hashes of packets without a socket"

    attr 11,
         :low_rate_threshold,
         :u32,
         "rate below which each packet is paced, bytes per second"

    attr 12,
         :ce_threshold,
         :u32,
         "delay from which on packets are marked, microseconds, 4294967295 for none"

    attr 13, :timer_slack, :u32, "slack of the timer, ns"
    attr 14, :horizon, :u32, "time that a packet is sent ahead, at most, microseconds"
    attr 15, :horizon_drop, {:bool, :u8}, "packets beyond the horizon are dropped, not sent at it"
    attr 16, :priomap, Prio, "bands of the priorities"
    attr 17, :weights, {:packed, :s32}, "weights of the bands, bytes sent in a round"
    attr 18, :offload_horizon, :u32, "time ahead that the hardware paces, microseconds"
  end

  options(
    limit: {0..0xFFFFFFFF, "length of all queues, packets", field: [:plimit]},
    flow_limit: {0..0xFFFFFFFF, "length of the queue of a flow, packets", field: [:flow_plimit]},
    quantum: {1..0xFFFFFFFF, "bytes that a flow sends in a round"},
    initial_quantum: {0..0xFFFFFFFF, "bytes that a new flow sends in its first round"},
    maxrate:
      {Units.rate32(), "largest rate of a flow; 34359738360 for no limit",
       field: [:flow_max_rate]},
    defrate: {Units.rate32(), "not used by the kernel", field: [:flow_default_rate]},
    buckets: {2..@max_buckets, "number of buckets, rounded up to a power of two"},
    pacing: {:bool, "pace the flows", field: [:rate_enable]},
    refill_delay:
      {Units.usecs(), "time after which an idle flow is a new one", field: [:flow_refill_delay]},
    low_rate_threshold: {Units.rate32(), "rate below which each packet is paced; 0 for none"},
    orphan_mask: {0..0xFFFFFFFF, "mask of the hashes of packets without a socket"},
    timer_slack: {Units.nsecs32(), "slack of the timer"},
    ce_threshold: {Units.usecs(), "delay from which on packets are marked"},
    horizon: {Units.usecs(), "time that a packet is sent ahead, at most"},
    horizon_drop:
      {:bool,
       "drop packets beyond the horizon; `false` is `horizon_cap` of `tc`: send them at it"},
    priomap: {
      {:check, &__MODULE__.cast_priomap/1, "list of 16 bands, 0 to 2"},
      "band of each priority of a packet, 0 to 15"
    },
    weights: {
      {:check, &__MODULE__.cast_weights/1, "list of 3 numbers from 16384 on"},
      "weights of the bands: bytes sent in a round"
    },
    offload_horizon: {Units.usecs(), "time ahead that the hardware paces"}
  )

  @doc false
  @spec cast_priomap(term()) :: {:ok, struct()} | :error
  def cast_priomap(map) do
    with {:ok, map} <- Prio.cast_priomap(map), true <- Enum.all?(map, &(&1 < @bands)) do
      {:ok, %Prio{bands: @bands, priomap: :binary.list_to_bin(map)}}
    else
      _ -> :error
    end
  end

  @doc false
  @spec cast_weights(term()) :: {:ok, [pos_integer()]} | :error
  def cast_weights([_, _, _] = weights),
    do: if(Enum.all?(weights, &(&1 in @weights)), do: {:ok, weights}, else: :error)

  def cast_weights(_other), do: :error

  @doc false
  @impl true
  def build(given) do
    {buckets, fields} = Map.pop(given, :buckets)
    fq = struct!(__MODULE__, fields)
    {:ok, if(buckets, do: %{fq | buckets_log: log2(buckets, 0)}, else: fq)}
  end

  defp log2(buckets, log) when 1 <<< log < buckets, do: log2(buckets, log + 1)
  defp log2(_buckets, log), do: log

  @doc """
  The number of buckets.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Fq
      iex> Fq.buckets(%Fq{buckets_log: 10})
      1024
  """
  @spec buckets(t()) :: pos_integer() | nil
  def buckets(%__MODULE__{buckets_log: log}) when log in 0..31, do: 1 <<< log
  def buckets(%__MODULE__{}), do: nil
end
