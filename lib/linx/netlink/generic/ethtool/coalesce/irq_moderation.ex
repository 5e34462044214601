defmodule Linx.Netlink.Generic.Ethtool.Coalesce.IrqModeration do
  @moduledoc """
  Step of the adaptation of coalescing.

  Kernel side: `ETHTOOL_A_IRQ_MODERATION_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options

  @table [usec: 0..0xFFFFFFFF, pkts: 0..0xFFFFFFFF, comps: 0..0xFFFFFFFF]

  codec prefix: "ETHTOOL_A_IRQ_MODERATION_" do
    attr 1, :usec, :u32, "delay of the interrupt, microseconds"
    attr 2, :pkts, :u32, "packets after which an interrupt is made"
    attr 3, :comps, :u32, "completions after which an interrupt is made"
  end

  @doc false
  # The type of an option that takes steps.
  def option,
    do: {:check, &__MODULE__.cast/1, "list of keyword lists with `:usec`, `:pkts`, `:comps`"}

  @doc false
  @spec cast(term()) :: {:ok, [t()]} | :error
  def cast(steps) when is_list(steps) and steps != [] do
    with false <- List.improper?(steps),
         {:ok, steps} <- Options.Type.each(steps, &Options.cast(@table, &1)),
         do: {:ok, Enum.map(steps, &struct!(__MODULE__, &1))},
         else: (_ -> :error)
  end

  def cast(_other), do: :error
end
