defmodule Linx.Netlink.Rtnl.Tc.Action.Connmark do
  @moduledoc """
  Action that gives a packet the mark of its connection.

  Kernel side: `TCA_CONNMARK_*` of `include/uapi/linux/tc_act/tc_connmark.h`.

      {:connmark, zone: 5}

  Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.Tm
  alias __MODULE__.Parms

  codec prefix: "TCA_CONNMARK_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :tm, Tm, "times", volatile: true
  end

  options(zone: {0..0xFFFF, "zone of the connection, 0 if not given"})

  @doc false
  @impl true
  def build(given), do: {:ok, %__MODULE__{parms: %Parms{action: :pipe, zone: given[:zone] || 0}}}
end
