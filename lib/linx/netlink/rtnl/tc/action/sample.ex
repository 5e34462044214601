defmodule Linx.Netlink.Rtnl.Tc.Action.Sample do
  @moduledoc """
  Action that reports packets to listeners of the family `psample`.

  Kernel side: `TCA_SAMPLE_*` of `include/uapi/linux/tc_act/tc_sample.h`.

      {:sample, rate: 100, group: 5, trunc: 128}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}

  codec prefix: "TCA_SAMPLE_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 3, :rate, :u32, "one packet of this number"
    attr 4, :trunc_size, :u32, "bytes of a packet that are reported"
    attr 5, :psample_group, :u32, "group of listeners"
  end

  options(
    rate: {1..0xFFFFFFFF, "one packet of this number, at random", required: true},
    group: {0..0xFFFFFFFF, "group of listeners", required: true},
    trunc: {1..0xFFFFFFFF, "bytes of a packet that are reported, all if not given"}
  )

  @doc false
  @impl true
  def build(given) do
    {:ok,
     %__MODULE__{
       parms: %Gen{action: :pipe},
       rate: given.rate,
       psample_group: given.group,
       trunc_size: given[:trunc]
     }}
  end
end
