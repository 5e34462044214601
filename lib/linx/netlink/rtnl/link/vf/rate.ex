defmodule Linx.Netlink.Rtnl.Link.Vf.Rate do
  @moduledoc """
  Bandwidth of a virtual function in Mbit/s: `struct ifla_vf_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_rate" do
      field :vf, :u32
      field :min_tx_rate, :u32
      field :max_tx_rate, :u32
    end
  end
end
