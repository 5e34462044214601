defmodule Linx.Netlink.Rtnl.Link.Vf.Setting do
  @moduledoc """
  Setting of a virtual function, a number: `struct ifla_vf_spoofchk`,
  `struct ifla_vf_trust`, `struct ifla_vf_rss_query_en`, `struct ifla_vf_tx_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_spoofchk" do
      field :vf, :u32
      field :setting, :u32
    end
  end
end
