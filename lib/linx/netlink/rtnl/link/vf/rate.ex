defmodule Linx.Netlink.Rtnl.Link.Vf.Rate do
  @moduledoc """
  Bandwidth of a virtual function in Mbit/s: `struct ifla_vf_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_rate" do
      field :vf, :u32, "number of the function"
      field :min_tx_rate, :u32, "guaranteed transmit rate, Mbit/s, 0 for none"
      field :max_tx_rate, :u32, "limit of the transmit rate, Mbit/s, 0 for none"
    end
  end
end
