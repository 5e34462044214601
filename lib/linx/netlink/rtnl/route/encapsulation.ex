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
  alias Linx.Netlink.Rtnl.Encap.{Bpf, Ila, Ioam6, Ip, Ip6, Mpls, Rpl, Seg6, Seg6Local, Xfrm}

  @types Encap.__types__()

  codec do
    attr 19, :newdst, {:packed, :be32}
    attr 21, :encap_type, {:enum, :u16, @types}

    attr 22, :encap, {
      :dispatch,
      :encap_type,
      %{
        mpls: {:nested, Mpls},
        ip: {:nested, Ip},
        ila: {:nested, Ila},
        ip6: {:nested, Ip6},
        seg6: {:nested, Seg6},
        bpf: {:nested, Bpf},
        seg6_local: {:nested, Seg6Local},
        rpl: {:nested, Rpl},
        ioam6: {:nested, Ioam6},
        xfrm: {:nested, Xfrm}
      }
    }

    attr 26, :ttl_propagate, :u8
  end
end
