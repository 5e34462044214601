defmodule Linx.Netlink.Rtnl.LinkInfo.Xfrm do
  @moduledoc """
  xfrm interface of IPsec: kind `"xfrm"`.

  Kernel side: `IFLA_XFRM_*` of `include/uapi/linux/if_link.h`.

      Link.create(sock, "ipsec0", :xfrm, if_id: 7)
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_XFRM_" do
    attr 1, :link, :u32, "index of the underlying link"
    attr 2, :if_id, :u32, "interface id of the policies; not with collect_metadata"

    attr 3,
         :collect_metadata,
         :flag,
         "take the tunnel parameters from the metadata of each packet"
  end

  options(
    parent: {:link, "link that carries the packets", field: [:link]},
    if_id: {1..0xFFFFFFFF, "interface id of the policies; not with collect_metadata"},
    collect_metadata: {:flag, "take the tunnel parameters from the metadata of each packet"}
  )
end
