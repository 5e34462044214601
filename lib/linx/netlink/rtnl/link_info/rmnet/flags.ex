defmodule Linx.Netlink.Rtnl.LinkInfo.Rmnet.Flags do
  @moduledoc """
  Data format of a modem channel with the mask of valid bits:
  `struct ifla_rmnet_flags`.
  """

  use Linx.Netlink.Codec

  @formats [
    ingress_deaggregation: 0x1,
    ingress_map_commands: 0x2,
    ingress_map_cksumv4: 0x4,
    egress_map_cksumv4: 0x8,
    ingress_map_cksumv5: 0x10,
    egress_map_cksumv5: 0x20
  ]

  @doc false
  @spec __flags__() :: keyword(pos_integer())
  def __flags__, do: @formats

  codec do
    header "struct ifla_rmnet_flags" do
      field :flags, {:flags, :u32, @formats}, "flags that are set", values: "RMNET_FLAGS_"
      field :mask, :u32, "flags that a request changes"
    end
  end
end
