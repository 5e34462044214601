defmodule Linx.Netlink.Rtnl.Nexthop.Group do
  @moduledoc """
  Member of a group of nexthop objects.

  Kernel side: `struct nexthop_grp` of `include/uapi/linux/nexthop.h`.

  `weight` and `weight_high` are the lower and upper byte of the weight less 1: `weight/1`.
  """

  use Linx.Netlink.Codec

  import Bitwise

  codec do
    header "struct nexthop_grp" do
      field :id, :u32, "id of the member"
      field :weight, :u8, "lower byte of the weight less 1"
      field :weight_high, :u8, "upper byte of the weight less 1"
      pad 2
    end
  end

  @doc false
  @spec new(pos_integer(), 1..65_535) :: t()
  def new(id, weight),
    do: %__MODULE__{id: id, weight: weight - 1 &&& 0xFF, weight_high: (weight - 1) >>> 8}

  @doc """
  Weight of a member, its share of packets, 1 to 65535.

      iex> Linx.Netlink.Rtnl.Nexthop.Group.weight(%Linx.Netlink.Rtnl.Nexthop.Group{id: 1, weight: 2})
      3
  """
  @spec weight(t()) :: 1..65_536
  def weight(%__MODULE__{weight: low, weight_high: high})
      when is_integer(low) and is_integer(high),
      do: high * 256 + low + 1
end
