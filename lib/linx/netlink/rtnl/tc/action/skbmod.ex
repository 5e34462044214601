defmodule Linx.Netlink.Rtnl.Tc.Action.Skbmod do
  @moduledoc """
  Action that changes the Ethernet header of a packet, or marks congestion.

  Kernel side: `TCA_SKBMOD_*` of `include/uapi/linux/tc_act/tc_skbmod.h`.

      {:skbmod, set: true, dmac: "02:00:00:00:00:01", etype: 0x800}
      {:skbmod, swap: true}

  One of `:set`, `:swap` and `:ecn` is required. Without `:control` the packet goes on, `:pipe`.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Tc.Action.{Tm, Verb}
  alias __MODULE__.Parms

  codec prefix: "TCA_SKBMOD_" do
    attr 1, :tm, Tm, "times", volatile: true
    attr 2, :parms, Parms, "parameters"
    attr 3, :dmac, MAC, "destination address"
    attr 4, :smac, MAC, "source address"
    attr 5, :etype, :u16, "EtherType"
  end

  options(
    set: {:flag, "set `:dmac`, `:smac` or `:etype`"},
    swap: {:flag, "exchange the addresses"},
    ecn: {:flag, "mark congestion"},
    dmac: {:mac, "destination address"},
    smac: {:mac, "source address"},
    etype: {1..0xFFFF, "EtherType"}
  )

  @set [:dmac, :smac, :etype]

  @doc false
  @impl true
  def build(given) do
    with {:ok, verb} <- Verb.one(given, set: @set, swap: [], ecn: []),
         {:ok, flags} <- flags(verb, for(key <- @set, is_map_key(given, key), do: key)) do
      skbmod = %__MODULE__{parms: %Parms{action: :pipe, flags: flags}}
      {:ok, struct!(skbmod, Map.take(given, @set))}
    end
  end

  # The kernel makes the flags of what is set from the attributes.
  defp flags(:set, []), do: {:error, {:missing_option, :dmac}}
  defp flags(:set, keys), do: {:ok, keys}
  defp flags(:swap, _keys), do: {:ok, [:swapmac]}
  defp flags(:ecn, _keys), do: {:ok, [:ecn]}
end
