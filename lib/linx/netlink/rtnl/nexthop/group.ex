defmodule Linx.Netlink.Rtnl.Nexthop.Group do
  @moduledoc """
  One nexthop of a group.

  Kernel side: `struct nexthop_grp` of `include/uapi/linux/nexthop.h`.

  The kernel keeps one less than the weight, in two parts: `weight/1` is the weight.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nexthop_grp" do
      field :id, :u32
      field :weight, :u8
      field :weight_high, :u8
      pad 2
    end
  end

  @doc """
  The share of packets, 1 to 65535.

      iex> Linx.Netlink.Rtnl.Nexthop.Group.weight(%Linx.Netlink.Rtnl.Nexthop.Group{id: 1, weight: 2})
      3
  """
  @spec weight(t()) :: 1..65_536
  def weight(%__MODULE__{weight: low, weight_high: high})
      when is_integer(low) and is_integer(high),
      do: high * 256 + low + 1
end
