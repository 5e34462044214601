defmodule Linx.Netlink.Rtnl.LinkInfo.Bridge.Id do
  @moduledoc """
  Identifier of a bridge in the spanning tree, a priority and a MAC address:
  `struct ifla_bridge_id`.
  """

  use Linx.Netlink.Codec

  alias Linx.MAC

  codec do
    header "struct ifla_bridge_id" do
      field :priority, :be16, "priority, lower is better", c: "prio"
      field :addr_high, :be16, "first two bytes of the MAC address", c: {"addr", 0, 2}

      field :addr_low,
            :be32,
            "last four bytes of the MAC address; `address/1` has the whole address",
            c: {"addr", 2, 4}
    end
  end

  @doc """
  The address part as a `Linx.MAC`; `nil` if the kernel sent a truncated identifier.

      iex> Linx.Netlink.Rtnl.LinkInfo.Bridge.Id.address(%Linx.Netlink.Rtnl.LinkInfo.Bridge.Id{addr_high: 0x0200, addr_low: 7})
      Linx.MAC.decode(<<2, 0, 0, 0, 0, 7>>)
  """
  @spec address(t()) :: MAC.t() | nil
  def address(%__MODULE__{addr_high: high, addr_low: low}) when is_integer(low),
    do: MAC.decode(<<high::16, low::32>>)

  def address(%__MODULE__{}), do: nil
end
