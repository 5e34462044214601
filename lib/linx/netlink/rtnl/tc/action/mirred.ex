defmodule Linx.Netlink.Rtnl.Tc.Action.Mirred do
  @moduledoc """
  Action that sends a packet, or a copy of it, to a link or to all links of a shared block.

  Kernel side: `TCA_MIRRED_*` of `include/uapi/linux/tc_act/tc_mirred.h`.

      {:mirred, egress: :redirect, dev: "eth1"}
      {:mirred, ingress: :mirror, dev: "ifb0", control: :pass}

  Without `:control` a redirected packet is `:stolen`, and a mirrored one goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.Parms

  codec prefix: "TCA_MIRRED_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Parms, "parameters"
    attr 4, :blockid, :u32, "number of a shared block"
  end

  options(
    egress:
      {{:choice, [redirect: :egress_redirect, mirror: :egress_mirror]},
       "send the packet, `:redirect`, or a copy, `:mirror`"},
    ingress:
      {{:choice, [redirect: :ingress_redirect, mirror: :ingress_mirror]},
       "let the link receive the packet, `:redirect`, or a copy, `:mirror`"},
    dev: {:link, "link; this or `:block` is required"},
    block: {1..0xFFFFFFFF, "number of a shared block; from Linux 6.9"}
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, side} <- Verb.one(given, egress: [:dev, :block], ingress: [:dev, :block]),
         {:ok, _to} <- Verb.one(given, dev: [side], block: [side]) do
      eaction = given[side]
      control = if eaction in [:egress_mirror, :ingress_mirror], do: :pipe, else: :stolen
      parms = %Parms{action: control, eaction: eaction, ifindex: given[:dev] || 0}
      {:ok, %__MODULE__{parms: parms, blockid: given[:block]}}
    end
  end
end
