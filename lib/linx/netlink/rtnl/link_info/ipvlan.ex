defmodule Linx.Netlink.Rtnl.LinkInfo.Ipvlan do
  @moduledoc """
  ipvlan or ipvtap: kinds `"ipvlan"` and `"ipvtap"`.

  Kernel side: `IFLA_IPVLAN_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "iv0", :ipvlan, parent: "eth0", mode: :l2)

  All links of one parent share a mode. `mode` reads as an integer, `mode/1` has its name.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [l2: 0, l3: 1, l3s: 2]
  @flags [private: 0x1, vepa: 0x2]

  codec prefix: "IFLA_IPVLAN_" do
    attr 1, :mode, :u16, "mode, a number; `mode/1` has the name"

    attr 2, :flags, {:flags, :u16, @flags}, "isolation; no flag is bridge mode",
      values: "IPVLAN_F_"
  end

  options(
    parent: {:link, "link whose addresses are shared", field: [:.., :link], required: true},
    mode:
      {{:enum, @modes}, "layer at which packets are passed on, by default l3",
       values: "IPVLAN_MODE_"},
    flags: {{:flags, @flags}, "isolation; no flag is bridge mode"}
  )

  @doc """
  The mode by name, the number if it has none here.

      iex> Linx.Netlink.Rtnl.LinkInfo.Ipvlan.mode(%Linx.Netlink.Rtnl.LinkInfo.Ipvlan{mode: 1})
      :l3
  """
  @spec mode(t()) :: atom() | non_neg_integer() | nil
  def mode(%__MODULE__{mode: mode}) do
    case List.keyfind(@modes, mode, 1) do
      {name, _number} -> name
      nil -> mode
    end
  end
end
