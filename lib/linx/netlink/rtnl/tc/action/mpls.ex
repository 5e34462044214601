defmodule Linx.Netlink.Rtnl.Tc.Action.Mpls do
  @moduledoc """
  Action that adds, changes or removes an MPLS label.

  Kernel side: `TCA_MPLS_*` of `include/uapi/linux/tc_act/tc_mpls.h`.

      {:mpls, push: true, label: 100, ttl: 64}
      {:mpls, pop: true, protocol: :ip}

  One of `:pop`, `:push`, `:mac_push`, `:modify` and `:dec_ttl` is required. Without `:control` the packet goes
  on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.LinkInfo.Bareudp
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.Parms

  @protocols Bareudp.ethertypes()

  codec prefix: "TCA_MPLS_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Parms, "parameters"

    attr 4, :proto, {:enum, :be16, @protocols}, "EtherType of the packet afterwards",
      values: "ETH_P_"

    attr 5, :label, :u32, "label"
    attr 6, :tc, :u8, "traffic class"
    attr 7, :ttl, :u8, "time to live"
    attr 8, :bos, {:bool, :u8}, "the label is the last of its stack"
  end

  options(
    pop: {:flag, "remove the label; needs `:protocol`"},
    push: {:flag, "add a label; needs `:label`"},
    mac_push: {:flag, "add a label in front of the Ethernet header; needs `:label`"},
    modify: {:flag, "change the label"},
    dec_ttl: {:flag, "decrement the time to live"},
    protocol:
      {{:named, 0x600..0xFFFF, @protocols},
       "EtherType of the packet afterwards; `:mpls_uc` if not given, for a label that is added"},
    label: {0..0xFFFFF, "label"},
    tc: {0..7, "traffic class"},
    ttl: {1..255, "time to live"},
    bos: {:boolean, "the label is the last of its stack"}
  )

  @label [:label, :tc, :ttl, :bos]
  @push [:protocol | @label]
  @verbs [pop: [:protocol], push: @push, mac_push: @push, modify: @label, dec_ttl: []]
  @required [pop: [:protocol], push: [:label], mac_push: [:label]]

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <- Verb.one(given, @verbs),
         :ok <- Verb.required(given, @required[verb] || []) do
      protocol = given[:protocol] || if(verb in [:push, :mac_push], do: :mpls_uc)
      mpls = %__MODULE__{parms: %Parms{action: :pipe, m_action: verb}, proto: protocol}
      {:ok, struct!(mpls, Map.take(given, @label))}
    end
  end

  # The kernel reports a protocol of 0 where an action has none, and does not take it.
  @doc false
  @impl true
  def writable(%__MODULE__{parms: %Parms{m_action: verb}} = mpls)
      when verb in [:modify, :dec_ttl],
      do: %{mpls | proto: nil}

  def writable(mpls), do: mpls
end
