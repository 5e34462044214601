defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Sfq do
  @moduledoc """
  Stochastic fairness queueing: flows, distinguished by a hash, send in turn.

  Kernel side: `struct tc_sfq_qopt_v1` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :sfq, perturb: 10)

  With `:redflowlimit` the queue of each flow has random early detection.
  `Linx.Netlink.Rtnl.Tc.probability/1` gives a probability that was read.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early
  alias Linx.Netlink.Rtnl.Tc.Units

  codec do
    header "struct tc_sfq_qopt_v1" do
      field :quantum, :u32, "bytes sent in a round", c: {"v0", 0, 4}
      field :perturb_period, :s32, "time between changes of the hash, s", c: {"v0", 4, 4}
      field :limit, :u32, "length of the queue, packets", c: {"v0", 8, 4}
      field :divisor, :u32, "size of the table of hashes", c: {"v0", 12, 4}
      field :flows, :u32, "flows at most", c: {"v0", 16, 4}
      field :depth, :u32, "packets of a flow at most"
      field :headdrop, {:bool, :u32}, "the first packet of a full queue is dropped"

      field :redflowlimit, :u32, "length of a flow's queue, bytes, 0 for no RED, request only",
        c: "limit"

      field :qth_min, :u32, "average length from which on packets are dropped at random, bytes"
      field :qth_max, :u32, "average length from which on all packets are dropped, bytes"
      field :wlog, :u8, "weight of the length in the average, a power of two", c: "Wlog"
      field :plog, :u8, "slope of the probability, a power of two", c: "Plog"
      field :scell_log, :u8, "step of the table of the decay, a power of two", c: "Scell_log"
      field :flags, {:flags, :u8, Early.flags()}, "flags", values: Early.values()
      field :max_p, :u32, "probability at the upper threshold, 2^32 for 1", c: "max_P"
      field :prob_drop, :u32, "packets dropped at random", c: {"stats", 0, 4}, volatile: true

      field :forced_drop, :u32, "packets dropped above the upper threshold",
        c: {"stats", 4, 4},
        volatile: true

      field :prob_mark, :u32, "packets marked at random", c: {"stats", 8, 4}, volatile: true

      field :forced_mark, :u32, "packets marked above the upper threshold",
        c: {"stats", 12, 4},
        volatile: true

      field :prob_mark_head, :u32, "first packets marked at random",
        c: {"stats", 16, 4},
        volatile: true

      field :forced_mark_head, :u32, "first packets marked above the upper threshold",
        c: {"stats", 20, 4},
        volatile: true
    end
  end

  options(
    limit: {2..0xFFFFFFFF, "length of the queue, packets"},
    perturb:
      {0..0x7FFFFFFF, "time between changes of the hash, seconds", field: [:perturb_period]},
    quantum: {Units.size(), "bytes sent in a round"},
    divisor: {1..65_536, "size of the table of hashes, a power of two"},
    flows: {0..0xFFFFFFFF, "flows at most"},
    depth: {0..0xFFFFFFFF, "packets of a flow at most"},
    headdrop: {:bool, "drop the first packet of a full queue, not the last"},
    redflowlimit: {1..0xFFFFFFFF, "length of a flow's queue, bytes; required for those below"},
    min:
      {1..0xFFFFFFFF,
       "average length from which on packets are dropped, a third of `:max` if not given"},
    max:
      {1..0xFFFFFFFF,
       "average length from which on all are dropped, a quarter of `:redflowlimit` if not given"},
    avpkt: {Units.size(), "average size of a packet, bytes, 1000 if not given"},
    burst:
      {0..0xFFFFFFFF,
       "packets of a burst that are not dropped, (2 min + max) / (3 avpkt) if not given"},
    probability: {Early.probability(), "probability at the upper threshold, 0.02 if not given"},
    ecn: {:bool, "mark packets that take part in ECN"},
    harddrop: {:bool, "drop above the upper threshold also with `:ecn`"}
  )

  @red [:redflowlimit, :min, :max, :avpkt, :burst, :probability, :ecn, :harddrop]

  @doc false
  @impl true
  def build(given) when given == %{}, do: {:ok, nil}

  def build(given) do
    {red, others} = Map.split(given, @red)
    with {:ok, red} <- red(red), do: {:ok, __MODULE__ |> struct!(others) |> struct!(red)}
  end

  defp red(given) when given == %{}, do: {:ok, []}

  defp red(%{redflowlimit: limit} = given) do
    max = given[:max] || div(limit, 4)
    given = Map.merge(%{avpkt: 1000, min: div(max, 3), max: max}, given)

    with :ok <- Early.positive(given, [:avpkt]),
         :ok <- if(max > limit, do: {:error, {:bad_option, :max, max}}, else: :ok),
         {:ok, %{logs: logs, max_p: max_p}} <- Early.parms(given) do
      logs = Keyword.delete(logs, :scell_log)

      {:ok,
       [
         redflowlimit: limit,
         qth_min: given.min,
         qth_max: max,
         flags: Early.bits(given),
         max_p: max_p
       ] ++ logs}
    end
  end

  defp red(_given), do: {:error, {:missing_option, :redflowlimit}}
end
