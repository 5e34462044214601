defmodule Linx.Netlink.Rtnl.LinkInfo.Bareudp do
  @moduledoc """
  Bare UDP tunnel: kind `"bareudp"`.

  Kernel side: `IFLA_BAREUDP_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "mpls0", :bareudp, port: 6635, ethertype: :mpls_uc)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  # ETH_P_* of include/uapi/linux/if_ether.h.
  @ethertypes [ip: 0x0800, ipv6: 0x86DD, mpls_uc: 0x8847, mpls_mc: 0x8848]

  codec prefix: "IFLA_BAREUDP_" do
    attr 1, :port, :be16, "UDP port"
    attr 2, :ethertype, {:enum, :be16, @ethertypes}, "EtherType of the payload", values: "ETH_P_"
    attr 3, :srcport_min, :u16, "lowest UDP source port"

    attr 4,
         :multiproto_mode,
         :flag,
         "carry IPv6 as well as IPv4, or multicast MPLS as well as unicast"
  end

  options(
    port: {1..65_535, "UDP port", required: true, only: :create},
    ethertype:
      {{:named, 0..0xFFFF, @ethertypes}, "EtherType of the payload",
       required: true, only: :create},
    srcport_min: {0..65_535, "lowest UDP source port", only: :create},
    multiproto_mode:
      {:flag, "carry IPv6 as well as IPv4, or multicast MPLS as well as unicast", only: :create}
  )

  @doc false
  @spec ethertypes() :: keyword(0..0xFFFF)
  def ethertypes, do: @ethertypes
end
