defmodule Linx.Netlink.Rtnl.Link.Mctp do
  @moduledoc """
  Settings of MCTP for a link: `IFLA_MCTP_*`.
  """

  use Linx.Netlink.Codec

  codec do
    attr 1, :net, :u32
    attr 2, :phys_binding, :u8
  end
end
