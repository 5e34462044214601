defmodule Linx.Netlink.Rtnl.Encap.Xfrm do
  @moduledoc """
  Interface id of the IPsec states and policies that an XFRM interface uses: encapsulation type
  `:xfrm`.

  Kernel side: `LWT_XFRM_*` of `include/uapi/linux/lwtunnel.h`.

      Route.add(sock, "10.9.0.0", 16, nil, dev: "ipsec0", encap: {:xfrm, if_id: 42})

  The link of the route has to be an XFRM interface with `collect_metadata`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "LWT_XFRM_" do
    attr 1, :if_id, :u32, "interface id of states and policies"
    attr 2, :link, :u32, "index of the link that carries the packets"
  end

  options(
    if_id: {1..0xFFFFFFFF, "interface id of states and policies", required: true},
    link: {1..0x7FFFFFFF, "index of the link that carries the packets"}
  )
end
