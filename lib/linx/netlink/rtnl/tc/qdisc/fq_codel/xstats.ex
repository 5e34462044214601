defmodule Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Xstats do
  @moduledoc """
  Counters of fair queueing with controlled delay: of the qdisc, or of one of its flows.

  Those of a flow, of which `type` is `:class`, stand in the place of those of the qdisc: `flow/1` gives them.

  Kernel side: `struct tc_fq_codel_xstats` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Flow

  # TCA_FQ_CODEL_XSTATS_* of include/uapi/linux/pkt_sched.h.
  @types [qdisc: 0, class: 1]

  codec do
    header "struct tc_fq_codel_xstats", default: nil do
      field :type, {:enum, :u32, @types}, "what the counters are of",
        values: "TCA_FQ_CODEL_XSTATS_"

      field :maxpacket, :u32, "largest packet, bytes", c: {"qdisc_stats", 0, 4}
      field :drop_overlimit, :u32, "packets dropped at the limit", c: {"qdisc_stats", 4, 4}
      field :ecn_mark, :u32, "packets marked", c: {"qdisc_stats", 8, 4}
      field :new_flow_count, :u32, "packets that began a flow", c: {"qdisc_stats", 12, 4}
      field :new_flows_len, :u32, "new flows", c: {"qdisc_stats", 16, 4}
      field :old_flows_len, :u32, "old flows", c: {"qdisc_stats", 20, 4}
      field :ce_mark, :u32, "packets marked above `ce_threshold`", c: {"qdisc_stats", 24, 4}
      field :memory_usage, :u32, "memory in use, bytes", c: {"qdisc_stats", 28, 4}

      field :drop_overmemory, :u32, "packets dropped at the limit of memory",
        c: {"qdisc_stats", 32, 4}
    end
  end

  @doc """
  The counters of a flow; `nil` for those of the qdisc.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.FqCodel.Xstats
      iex> bytes = <<1::native-32, -7::native-32, 250::native-32, 0::size(28)-unit(8)>>
      iex> %{deficit: -7, ldelay: 250, dropping: false} = bytes |> Xstats.decode() |> Xstats.flow()
      iex> Xstats.flow(%Xstats{type: :qdisc})
      nil
  """
  @spec flow(t()) :: Flow.t() | nil
  def flow(%__MODULE__{type: :class} = xstats) do
    <<_type::binary-size(4), flow::binary>> = encode(xstats)
    Flow.decode(flow)
  end

  def flow(%__MODULE__{}), do: nil
end
