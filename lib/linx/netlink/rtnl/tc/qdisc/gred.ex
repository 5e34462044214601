defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Gred do
  @moduledoc """
  Generalized random early detection: virtual queues, up to 16, which packets select by `skb->tc_index`.

  Kernel side: `TCA_GRED_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :gred, vqs: 4, default: 2, grio: true)

      :ok =
        Qdisc.change(sock, "eth0", :gred, vq: 1, limit: "60k", min: "15k", max: "25k", avpkt: 1000, prio: 3)

  With `:vqs` the qdisc is set up, with `:vq` one of its queues. `queues/1` gives the queues that were read,
  and `Linx.Netlink.Rtnl.Tc.probability/1` a probability.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.Early
  alias Linx.Netlink.Rtnl.Tc.Units
  alias __MODULE__.{Parms, Setup, Vq}

  # MAX_DPs of include/uapi/linux/pkt_sched.h.
  @queues 16

  codec prefix: "TCA_GRED_" do
    attr 1, :parms, {:packed, Parms}, "parameters and counters of each queue"
    attr 2, :stab, :binary, "decay of the average while the queue is empty, request only"
    attr 3, :dps, Setup, "number of queues, flags"

    attr 4,
         :max_p,
         {:packed, :u32},
         "probability of each queue at the upper threshold, 2^32 for 1"

    attr 5, :limit, :u32, "length of all queues, bytes"

    attr 6, :vq_list, {:array, Vq, 1}, "counters and flags of each queue",
      element: "TCA_GRED_VQ_ENTRY"
  end

  options(
    vqs: {1..@queues, "number of virtual queues"},
    default: {0..(@queues - 1), "queue of packets without another one; required with `:vqs`"},
    grio: {:flag, "queues have priorities, with `:vqs`"},
    vq: {0..(@queues - 1), "number of a virtual queue"},
    prio: {0..255, "priority of a queue, 1 the highest"},
    limit:
      {Units.size(), "length of all queues, bytes, with `:vqs`; of one, required with `:vq`"},
    min: {Units.size(), "average length from which on packets are dropped; required with `:vq`"},
    max: {Units.size(), "average length from which on all are dropped; required with `:vq`"},
    avpkt: {Units.size(), "average size of a packet, bytes; required with `:vq`"},
    burst:
      {0..0xFFFFFFFF,
       "packets of a burst that are not dropped, (2 min + max) / (3 avpkt) if not given"},
    probability: {Early.probability(), "probability at the upper threshold, 0.02 if not given"},
    bandwidth: {Units.rate(), "rate of the link, 10 Mbit/s if not given"},
    ecn: {:bool, "mark packets that take part in ECN"},
    harddrop: {:bool, "drop above the upper threshold also with `:ecn`"}
  )

  @setup [:vqs, :default, :grio, :limit, :ecn, :harddrop]
  @queue [
    :vq,
    :prio,
    :limit,
    :min,
    :max,
    :avpkt,
    :burst,
    :probability,
    :bandwidth,
    :ecn,
    :harddrop
  ]

  @doc false
  @impl true
  def build(%{vq: vq} = given) do
    with :ok <- only(given, @queue),
         :ok <- required(given, [:limit, :min, :max, :avpkt]),
         :ok <- Early.positive(given, [:limit, :min, :avpkt]),
         {:ok, %{logs: logs, stab: stab, max_p: max_p}} <- Early.parms(given) do
      parms = %Parms{
        limit: given.limit,
        qth_min: given.min,
        qth_max: given.max,
        dp: vq,
        prio: given[:prio] || 0
      }

      {:ok,
       %__MODULE__{
         parms: [struct!(parms, logs)],
         stab: stab,
         max_p: [max_p],
         vq_list: flags(given)
       }}
    end
  end

  def build(given) do
    with :ok <- required(given, [:vqs, :default]),
         :ok <- only(given, @setup) do
      if given.default < given.vqs,
        do: {:ok, %__MODULE__{dps: setup(given), limit: given[:limit]}},
        else: {:error, {:bad_option, :default, given.default}}
    end
  end

  defp setup(given) do
    grio = if given[:grio], do: 1, else: 0
    %Setup{dps: given.vqs, def_dp: given.default, grio: grio, flags: Early.bits(given)}
  end

  # A queue without them has those of the qdisc.
  defp flags(%{vq: vq} = given) do
    if given[:ecn] || given[:harddrop], do: [%Vq{dp: vq, flags: Early.bits(given)}]
  end

  defp required(given, keys) do
    case Enum.find(keys, &(not is_map_key(given, &1))) do
      nil -> :ok
      key -> {:error, {:missing_option, key}}
    end
  end

  defp only(given, keys) do
    case Enum.sort(Map.keys(given)) -- keys do
      [] -> :ok
      [key | _] -> {:error, {:unknown_option, key}}
    end
  end

  @doc """
  The queues that are set up, in the order of their numbers: the kernel reports all 16, those that are not with
  a number of 16 or more.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Gred
      iex> Gred.queues(%Gred{parms: [%Gred.Parms{dp: 16}, %Gred.Parms{dp: 1, limit: 60_000}]})
      [%Gred.Parms{dp: 1, limit: 60_000}]
  """
  @spec queues(t()) :: [Parms.t()]
  def queues(%__MODULE__{parms: parms}),
    do: for(%Parms{dp: dp} = queue when dp < @queues <- parms || [], do: queue)
end
