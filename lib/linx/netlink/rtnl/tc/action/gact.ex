defmodule Linx.Netlink.Rtnl.Tc.Action.Gact do
  @moduledoc """
  Action that passes, drops or classifies a packet, or goes on elsewhere.

  Kernel side: `TCA_GACT_*` of `include/uapi/linux/tc_act/tc_gact.h`.

      {:gact, action: :drop}
      {:gact, action: :pass, random: {:determ, :drop, 10}}

  The control is the option `:action`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Control, Gen, Tm}
  alias __MODULE__.Prob

  codec prefix: "TCA_GACT_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Gen, "parameters"
    attr 3, :prob, Prob, "another action for some packets"
  end

  options(
    action: {Control.option(), "what happens to the packet", required: true},
    random:
      {{:check, &Prob.cast/1,
        "`{:netrand, control, n}` at random, `{:determ, control, n}` for each of `n`"},
       "what happens to one of 1 to 65535 packets instead"}
  )

  @doc false
  @impl true
  def build(given),
    do: {:ok, %__MODULE__{parms: %Gen{action: given.action}, prob: given[:random]}}
end
