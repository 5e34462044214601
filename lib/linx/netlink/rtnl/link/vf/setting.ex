defmodule Linx.Netlink.Rtnl.Link.Vf.Setting do
  @moduledoc """
  Setting of a virtual function, a number: `struct ifla_vf_spoofchk`,
  `struct ifla_vf_trust`, `struct ifla_vf_rss_query_en`, `struct ifla_vf_tx_rate`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_spoofchk" do
      field :vf, :u32, "number of the function"
      field :setting, :u32, "value of the setting"
    end
  end
end
