defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Mqprio.TcEntry do
  @moduledoc """
  Settings of a class of traffic: frame preemption of IEEE 802.1Q.

  Kernel side: `TCA_MQPRIO_TC_ENTRY_*` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  # TC_FP_* of include/uapi/linux/pkt_sched.h.
  @fp [express: 1, preemptible: 2]

  codec prefix: "TCA_MQPRIO_TC_ENTRY_" do
    attr 1, :index, :u32, "class of traffic"
    attr 2, :fp, {:enum, :u32, @fp}, "frame preemption", values: "TC_FP_"
  end

  @doc false
  @spec fp() :: keyword(pos_integer())
  def fp, do: @fp

  @doc false
  # The type of an option with a value for each class, as tc has it.
  @spec type() :: term()
  def type,
    do: {:list, {:check, &__MODULE__.cast/1, "`\"E\"` for express, `\"P\"` for preemptible"}}

  @doc false
  @spec cast(term()) :: {:ok, :express | :preemptible} | :error
  def cast("E"), do: {:ok, :express}
  def cast("P"), do: {:ok, :preemptible}
  def cast(_other), do: :error
end
