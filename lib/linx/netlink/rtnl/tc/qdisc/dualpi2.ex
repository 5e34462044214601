defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Dualpi2 do
  @moduledoc """
  Coupled queues of RFC 9332: one for low latency (L4S), one for all other packets. Of Linux 6.17.

  Kernel side: `TCA_DUALPI2_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :dualpi2, max_rtt: "100ms", step_thresh: "1ms")

  `alpha/1` and `beta/1` give the gains of what was read, which the kernel rounds down. The counters are those
  of `Linx.Netlink.Rtnl.Tc.Qdisc.Dualpi2.Xstats`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  # TC_DUALPI2_* of include/uapi/linux/pkt_sched.h.
  @drop_overload [overflow: 0, drop: 1]
  @drop_early [dequeue: 0, enqueue: 1]
  @ecn_mask [l4s_ect: 1, cla_ect: 2, any_ect: 3]

  @early_names {"TC_DUALPI2_DROP_EARLY_DROP_", []}

  # Gains are parts of 256 Hz.
  @gain 256
  @u32 0xFFFFFFFF

  codec prefix: "TCA_DUALPI2_" do
    attr 1, :limit, :u32, "length of both queues, packets"
    attr 2, :memory_limit, :u32, "memory of both queues, bytes"
    attr 3, :target, :u32, "acceptable delay of the classic queue, microseconds"
    attr 4, :tupdate, :u32, "time between two updates of the probability, microseconds"
    attr 5, :alpha, :u32, "integral gain, 1/256 Hz"
    attr 6, :beta, :u32, "proportional gain, 1/256 Hz"
    attr 7, :step_thresh_pkts, :u32, "length from which on packets of low latency are marked"

    attr 8,
         :step_thresh_us,
         :u32,
         "delay from which on packets of low latency are marked, microseconds"

    attr 9, :min_qlen_step, :u32, "packets that must be queued for these marks"
    attr 10, :coupling, :u8, "ratio of the marks of low latency to the root of the others"

    attr 11, :drop_overload, {:enum, :u8, @drop_overload}, "what happens at overload",
      values: "TC_DUALPI2_DROP_OVERLOAD_"

    attr 12, :drop_early, {:enum, :u8, @drop_early}, "where packets are dropped",
      values: @early_names

    attr 13, :c_protection, :u8, "share of the classic queue, percent"

    attr 14, :ecn_mask, {:enum, :u8, @ecn_mask}, "packets of low latency, by the ECN field",
      values: "TC_DUALPI2_ECN_MASK_"

    attr 15, :split_gso, {:bool, :u8}, "packets that were joined are split"
  end

  options(
    limit: {1..@u32, "length of both queues, packets"},
    memlimit: {Units.size(), "memory of both queues", field: [:memory_limit]},
    coupling_factor: {
      0..255,
      "ratio of the marks of low latency to the root of the others",
      field: [:coupling]
    },
    step_thresh: {
      {:check, &__MODULE__.cast_step/1, "time, or `{:packets, count}`"},
      "delay or length from which on packets of low latency are marked"
    },
    min_qlen_step: {0..@u32, "packets that must be queued for these marks"},
    drop_on_overload:
      {:bool, "drop at overload; `false` is `overflow` of `tc`: let the queue overflow",
       field: [:drop_overload]},
    drop_enqueue:
      {:bool, "drop packets that arrive; `false` is `drop_dequeue` of `tc`: those that leave",
       field: [:drop_early]},
    any_ect:
      {{:check, &__MODULE__.cast_ect/1, "`true` or `false`"},
       "packets with any ECN field have low latency; `false` is `l4s_ect` of `tc`: those of L4S",
       field: [:ecn_mask]},
    classic_protection: {0..100, "share of the classic queue, percent", field: [:c_protection]},
    split_gso: {:bool, "split packets that were joined"},
    max_rtt: {
      Units.usecs(),
      "largest round trip time, six times `:typical_rtt` if not given: with one of both the target, the update time and the gains are computed from these"
    },
    typical_rtt: {Units.usecs(), "usual round trip time, a sixth of `:max_rtt` if not given"},
    target: {Units.usecs(), "acceptable delay of the classic queue"},
    tupdate: {Units.usecs(), "time between two updates of the probability"},
    alpha: {{:check, &__MODULE__.cast_gain/1, "Hz, a number"}, "integral gain"},
    beta: {{:check, &__MODULE__.cast_gain/1, "Hz, a number"}, "proportional gain"}
  )

  @doc false
  @spec cast_step(term()) :: {:ok, keyword()} | :error
  def cast_step({:packets, count}) when count in 0..@u32, do: {:ok, [step_thresh_pkts: count]}

  def cast_step(time),
    do: with({:ok, us} <- Units.cast_usecs(time), do: {:ok, [step_thresh_us: us]})

  @doc false
  @spec cast_ect(term()) :: {:ok, :any_ect | :l4s_ect} | :error
  def cast_ect(true), do: {:ok, :any_ect}
  def cast_ect(false), do: {:ok, :l4s_ect}
  def cast_ect(_other), do: :error

  @doc false
  @spec cast_gain(term()) :: {:ok, pos_integer()} | :error
  def cast_gain(hz) when is_number(hz) and hz >= 1 / @gain and hz <= @u32 / @gain,
    do: {:ok, trunc(hz * @gain)}

  def cast_gain(_other), do: :error

  @doc false
  @impl true
  def build(given) do
    {step, given} = Map.pop(given, :step_thresh, [])
    {rtts, given} = Map.split(given, [:max_rtt, :typical_rtt])

    with {:ok, gains} <- gains(rtts),
         do: {:ok, __MODULE__ |> struct!(given) |> struct!(step) |> struct!(gains)}
  end

  # get_float and the automatic values of iproute2, q_dualpi2.c.
  defp gains(rtts) when rtts == %{}, do: {:ok, []}

  defp gains(rtts) do
    typical = rtts[:typical_rtt] || max(div(rtts.max_rtt, 6), 1)
    most = rtts[:max_rtt] || 6 * typical
    tupdate = max(min(typical, div(most, 3)), 1)

    with true <- most > 0 and typical in 1..most,
         alpha = div(@gain * 100_000 * tupdate, most * most),
         beta = div(@gain * 300_000, most),
         true <- alpha in 1..@u32 and beta in 1..@u32 do
      {:ok, [target: typical, tupdate: tupdate, alpha: alpha, beta: beta]}
    else
      false ->
        key = if rtts[:max_rtt], do: :max_rtt, else: :typical_rtt
        {:error, {:bad_option, key, rtts[key]}}
    end
  end

  @doc """
  The integral gain in Hz.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Dualpi2
      iex> Dualpi2.alpha(%Dualpi2{alpha: 40})
      0.15625
  """
  @spec alpha(t()) :: float() | nil
  def alpha(%__MODULE__{alpha: alpha}), do: alpha && alpha / @gain

  @doc """
  The proportional gain in Hz.
  """
  @spec beta(t()) :: float() | nil
  def beta(%__MODULE__{beta: beta}), do: beta && beta / @gain
end
