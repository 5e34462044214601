defmodule Linx.Netlink.Rtnl.Tc.Action.Ctinfo do
  @moduledoc """
  Action that restores the DSCP or the mark of a packet from the mark of its connection.

  Kernel side: `TCA_CTINFO_*` of `include/uapi/linux/tc_act/tc_ctinfo.h`.

      {:ctinfo, dscp: {0xFC000000, 0x01000000}, cpmark: 0xFF}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise

  alias Linx.Netlink.Rtnl.Tc.Action.{Gen, Tm}

  codec prefix: "TCA_CTINFO_" do
    attr 2, :tm, Tm, "times", volatile: true
    attr 3, :parms, Gen, "parameters", c: "TCA_CTINFO_ACT"
    attr 4, :zone, :u16, "zone of the connection"

    attr 5, :dscp_mask, :u32, "bits of the mark with the DSCP", c: "TCA_CTINFO_PARMS_DSCP_MASK"

    attr 6, :dscp_statemask, :u32, "bits of the mark of which one must be set",
      c: "TCA_CTINFO_PARMS_DSCP_STATEMASK"

    attr 7, :cpmark_mask, :u32, "bits of the mark that the packet gets",
      c: "TCA_CTINFO_PARMS_CPMARK_MASK"

    attr 8, :stats_dscp_set, :u64, "packets with a DSCP restored", volatile: true
    attr 9, :stats_dscp_error, :u64, "packets that could not be written", volatile: true
    attr 10, :stats_cpmark_set, :u64, "packets with a mark restored", volatile: true
  end

  options(
    dscp:
      {{:check, &__MODULE__.cast_dscp/1, "mask of 6 adjacent bits, or `{mask, statemask}`"},
       "restore the DSCP from bits of the mark, where a bit of the other mask is set"},
    cpmark: {1..0xFFFFFFFF, "restore the mark, by a mask"},
    zone: {0..0xFFFF, "zone of the connection"}
  )

  @doc false
  @impl true
  def build(given) do
    {mask, state} = Map.get(given, :dscp, {nil, nil})

    {:ok,
     %__MODULE__{
       parms: %Gen{action: :pipe},
       dscp_mask: mask,
       dscp_statemask: state,
       cpmark_mask: given[:cpmark],
       zone: given[:zone]
     }}
  end

  # The kernel reports counters, which it does not take.
  @doc false
  @impl true
  def writable(ctinfo),
    do: %{ctinfo | stats_dscp_set: nil, stats_dscp_error: nil, stats_cpmark_set: nil}

  @doc false
  def cast_dscp({mask, state}) when mask in 1..0xFFFFFFFF and state in 0..0xFFFFFFFF do
    # The kernel takes the lowest bit of the mask and the five above.
    if div(mask, mask &&& -mask) == 0x3F and (mask &&& state) == 0,
      do: {:ok, {mask, if(state != 0, do: state)}},
      else: :error
  end

  def cast_dscp(mask) when is_integer(mask), do: cast_dscp({mask, 0})
  def cast_dscp(_other), do: :error
end
