defmodule Linx.Netlink.Rtnl.Link.AfSpec do
  @moduledoc """
  Settings of a link by address family: `IFLA_AF_SPEC`.

  Kernel side: `IFLA_INET_*`, `IFLA_INET6_*` and `IFLA_MCTP_*` of
  `include/uapi/linux/if_link.h`; the number of each attribute is an address family.

      link.af_spec.inet6.addr_gen_mode
      #=> :eui64
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Link.{Inet, Inet6, Mctp}

  codec prefix: "AF_" do
    attr 2, :inet, {:nested, Inet}, "settings of IPv4"
    attr 10, :inet6, {:nested, Inet6}, "settings and counters of IPv6"
    attr 45, :mctp, {:nested, Mctp}, "settings of MCTP"
  end
end
