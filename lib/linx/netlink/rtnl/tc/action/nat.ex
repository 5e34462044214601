defmodule Linx.Netlink.Rtnl.Tc.Action.Nat do
  @moduledoc """
  Action that translates IPv4 addresses without state.

  Kernel side: `TCA_NAT_*` of `include/uapi/linux/tc_act/tc_nat.h`.

      {:nat, ingress: {"192.0.2.0/24", "10.0.0.0"}}
      {:nat, egress: {"10.0.0.1", "192.0.2.1"}}

  One of `:ingress` and `:egress` is required. Without `:control` the packet passes.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  import Bitwise, only: [<<<: 2, &&&: 2]

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.Parms

  codec prefix: "TCA_NAT_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :tm, Tm, "times", volatile: true
  end

  @pair {:check, &__MODULE__.cast_pair/1, "`{subnet, address}`, both IPv4"}

  options(
    ingress: {@pair, "destination addresses to translate, and the first address in their place"},
    egress: {@pair, "source addresses to translate, and the first address in their place"}
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <- Verb.one(given, ingress: [], egress: []) do
      {old, mask, new} = given[verb]
      flags = if verb == :egress, do: [:egress], else: []

      {:ok,
       %__MODULE__{
         parms: %Parms{action: :pass, old_addr: old, mask: mask, new_addr: new, flags: flags}
       }}
    end
  end

  @doc false
  def cast_pair({old, new}) do
    with {:ok, %Subnet{address: %IP{family: :inet} = old, prefix: prefix}} <- Subnet.cast(old),
         {:ok, %IP{family: :inet} = new} <- IP.cast(new) do
      mask = 0xFFFFFFFF <<< (32 - prefix) &&& 0xFFFFFFFF
      {:ok, {IP.encode(old), <<mask::32>>, IP.encode(new)}}
    else
      _ -> :error
    end
  end

  def cast_pair(_other), do: :error
end
