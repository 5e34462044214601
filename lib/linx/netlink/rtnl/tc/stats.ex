defmodule Linx.Netlink.Rtnl.Tc.Stats do
  @moduledoc """
  Counters of a qdisc, a class, a filter or an action.

  Kernel side: `TCA_STATS_*` of `include/uapi/linux/gen_stats.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Xstats
  alias __MODULE__.{Basic, Queue, RateEst, RateEst64}

  codec prefix: "TCA_STATS_" do
    attr 1, :basic, Basic, "bytes and packets", volatile: true
    attr 2, :rate_est, RateEst, "estimated rates", volatile: true
    attr 3, :queue, Queue, "queue", volatile: true

    attr 4, :app, {:dispatch, {:outer, :kind}, Xstats}, "counters of the kind, as `xstats`",
      volatile: true

    attr 5, :rate_est64, RateEst64, "estimated rates, where those of 32 bits do not hold them",
      volatile: true

    attr 7, :basic_hw, Basic, "bytes and packets of the hardware", volatile: true
    attr 8, :pkt64, :u64, "packets, 64 bits", volatile: true
  end

  @doc """
  Packets, from the counter of 64 bits where the kernel reports it.

      iex> alias Linx.Netlink.Rtnl.Tc.Stats
      iex> Stats.packets(%Stats{basic: %Stats.Basic{packets: 7}, pkt64: 4_294_967_303})
      4_294_967_303
  """
  @spec packets(t()) :: non_neg_integer() | nil
  def packets(%__MODULE__{pkt64: packets}) when packets != nil, do: packets
  def packets(%__MODULE__{basic: %Basic{packets: packets}}), do: packets
  def packets(%__MODULE__{}), do: nil
end
