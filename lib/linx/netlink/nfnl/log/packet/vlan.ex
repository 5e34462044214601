defmodule Linx.Netlink.Nfnl.Log.Packet.Vlan do
  @moduledoc """
  VLAN tag of a logged packet: `NFULA_VLAN_*`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  import Bitwise, only: [band: 2, >>>: 2]

  codec prefix: "NFULA_VLAN_" do
    attr 1, :proto, :be16, "EtherType of the tag, ETH_P_8021*"
    attr 2, :tci, :be16, "tag control information: priority 3 bits, DEI 1 bit, VLAN id 12 bits"
  end

  @doc """
  The VLAN id: the low 12 bits of `tci`.

      iex> Linx.Netlink.Nfnl.Log.Packet.Vlan.id(%Linx.Netlink.Nfnl.Log.Packet.Vlan{tci: 0x2005})
      5
  """
  @spec id(t()) :: 0..4095 | nil
  def id(%__MODULE__{tci: tci}), do: tci && band(tci, 0xFFF)

  @doc """
  The priority code point: the high 3 bits of `tci`.

      iex> Linx.Netlink.Nfnl.Log.Packet.Vlan.priority(%Linx.Netlink.Nfnl.Log.Packet.Vlan{tci: 0x2005})
      1
  """
  @spec priority(t()) :: 0..7 | nil
  def priority(%__MODULE__{tci: tci}), do: tci && tci >>> 13
end
