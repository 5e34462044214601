defmodule Linx.Netlink.Rtnl.Link.Vf.Guid do
  @moduledoc """
  InfiniBand identifier of a virtual function: `struct ifla_vf_guid`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_guid" do
      field :vf, :u32, "number of the function"
      pad 4
      field :guid, :u64, "globally unique identifier"
    end
  end
end
