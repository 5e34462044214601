defmodule Linx.Netlink.Rtnl.Link.Vf.LinkState do
  @moduledoc """
  Carrier of a virtual function: `struct ifla_vf_link_state`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct ifla_vf_link_state" do
      field :vf, :u32, "number of the function"

      field :link_state,
            {:enum, :u32, auto: 0, enable: 1, disable: 2},
            "state: follow the link, always up, always down",
            values: "IFLA_VF_LINK_STATE_"
    end
  end
end
