defmodule Linx.Netlink.Rtnl.Route.Encapsulation do
  @moduledoc """
  What a route puts around packets, and what MPLS puts in the place of their label.

  Kernel side: `RTA_*` of `include/uapi/linux/rtnetlink.h`.

      route.encapsulation.encap
      #=> %Linx.Netlink.Rtnl.Encap.Mpls{dst: [0x64100], ttl: nil}

  `newdst` holds the stack entries that an MPLS route writes, as
  `Linx.Netlink.Rtnl.Encap.Mpls` does. `ttl_propagate` says whether the hop limit passes
  between packet and label.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Encap

  @types Encap.__types__()
  @encaps Encap.__table__()

  codec do
    attr 19, :newdst, {:packed, :be32}
    attr 21, :encap_type, {:enum, :u16, @types}
    attr 22, :encap, {:dispatch, :encap_type, @encaps}
    attr 26, :ttl_propagate, :u8
  end
end
