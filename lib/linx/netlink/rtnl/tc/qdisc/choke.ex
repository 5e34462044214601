defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Choke do
  @moduledoc """
  CHOKe: random early detection that drops packets of the flow that fills the queue.

  Kernel side: `TCA_CHOKE_*` and `struct tc_choke_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :choke, limit: 1000, bandwidth: "10mbit", ecn: true)

  `Linx.Netlink.Rtnl.Tc.probability/1` gives a probability that was read.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Qdisc.Red.{Early, Parms}
  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_CHOKE_" do
    attr 1, :parms, Parms, "parameters, lengths in packets"
    attr 2, :stab, :binary, "decay of the average while the queue is empty, request only"
    attr 3, :max_p, :u32, "probability at the upper threshold, 2^32 for 1"
  end

  options(
    limit: {1..0xFFFFFFFF, "length of the queue, packets", required: true},
    bandwidth: {Units.rate(), "rate of the link", required: true},
    avpkt: {Units.size(), "average size of a packet, bytes, 1000 if not given"},
    min:
      {1..0xFFFFFFFF,
       "average length from which on packets are dropped, a third of `:max` if not given"},
    max:
      {1..0xFFFFFFFF,
       "average length from which on all are dropped, a quarter of `:limit` if not given"},
    burst:
      {0..0xFFFFFFFF, "packets of a burst that are not dropped, (2 min + max) / 3 if not given"},
    probability: {Early.probability(), "probability at the upper threshold, 0.02 if not given"},
    ecn: {:bool, "mark packets that take part in ECN"}
  )

  @doc false
  @impl true
  def build(%{limit: limit} = given) do
    max = given[:max] || div(limit, 4)
    given = Map.merge(%{avpkt: 1000, min: div(max, 3), max: max}, given)
    burst = given[:burst] || div(2 * given.min + max, 3)

    # The thresholds in bytes.
    bytes = %{min: given.min * given.avpkt, max: max * given.avpkt, burst: burst}

    with :ok <- Early.positive(given, [:avpkt]),
         :ok <- if(max > limit, do: {:error, {:bad_option, :max, max}}, else: :ok),
         {:ok, %{logs: logs, stab: stab, max_p: max_p}} <- Early.parms(Map.merge(given, bytes)) do
      parms = %Parms{limit: limit, qth_min: given.min, qth_max: max, flags: Early.bits(given)}
      {:ok, %__MODULE__{parms: struct!(parms, logs), stab: stab, max_p: max_p}}
    end
  end
end
