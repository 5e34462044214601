defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Red do
  @moduledoc """
  Random early detection: packets are dropped or marked at random before the queue is full.

  Kernel side: `TCA_RED_*` and `struct tc_red_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :red, limit: "400k", avpkt: 1000, bandwidth: "10mbit", ecn: true)

  `flags/1` gives the flags of what was read, and `Linx.Netlink.Rtnl.Tc.probability/1` a probability.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Tc.Units
  alias __MODULE__.{Early, Parms}

  codec prefix: "TCA_RED_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :stab, :binary, "decay of the average while the queue is empty, request only"
    attr 3, :max_p, :u32, "probability at the upper threshold, 2^32 for 1"
    attr 4, :flags, :bitfield32, "bits of the flags, and those that are valid"
    attr 5, :early_drop_block, :u32, "shared block of filters for packets that are dropped early"
    attr 6, :mark_block, :u32, "shared block of filters for packets that are marked"
  end

  options(
    limit: {Units.size(), "length of the queue, bytes", required: true},
    avpkt: {Units.size(), "average size of a packet, bytes", required: true},
    min:
      {Units.size(),
       "average length from which on packets are dropped, a third of `:max` if not given"},
    max:
      {Units.size(),
       "average length from which on all are dropped, three times `:min` or a quarter of `:limit` if not given"},
    burst:
      {0..0xFFFFFFFF,
       "packets of a burst that are not dropped, (2 min + max) / (3 avpkt) if not given"},
    bandwidth: {Units.rate(), "rate of the link, 10 Mbit/s if not given"},
    probability: {Early.probability(), "probability at the upper threshold, 0.02 if not given"},
    ecn: {:bool, "mark packets that take part in ECN"},
    harddrop: {:bool, "drop above the upper threshold also with `:ecn`"},
    nodrop: {:bool, "queue packets that do not take part in ECN, with `:ecn`"},
    adaptive: {:bool, "adapt the probability to the average length"},
    early_drop_block:
      {1..0xFFFFFFFF, "shared block of filters for packets that are dropped early"},
    mark_block: {1..0xFFFFFFFF, "shared block of filters for packets that are marked"}
  )

  @doc false
  @impl true
  def build(%{limit: limit} = given) do
    max = given[:max] || (given[:min] && given.min * 3) || div(limit, 4)
    given = Map.merge(%{min: div(max, 3), max: max}, given)

    with :ok <- Early.positive(given, [:limit, :avpkt]),
         {:ok, %{logs: logs, stab: stab, max_p: max_p}} <- Early.parms(given) do
      {:ok,
       %__MODULE__{
         parms: struct!(%Parms{limit: limit, qth_min: given.min, qth_max: max}, logs),
         stab: stab,
         max_p: max_p,
         flags: {Early.bits(given), Early.all()},
         early_drop_block: given[:early_drop_block],
         mark_block: given[:mark_block]
       }}
    end
  end

  @doc """
  The flags.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Red
      iex> Red.flags(%Red{flags: {9, 15}})
      [:ecn, :nodrop]
  """
  @spec flags(t()) :: [:ecn | :harddrop | :adaptive | :nodrop | non_neg_integer()]
  def flags(%__MODULE__{flags: {bits, _valid}}),
    do: for({name, bit} <- Early.flags(), (bits &&& bit) != 0, do: name)

  def flags(%__MODULE__{parms: %Parms{flags: flags}}), do: flags
  def flags(%__MODULE__{}), do: []
end
