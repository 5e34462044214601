defmodule Linx.Netlink.Rtnl.LinkInfo.Veth do
  @moduledoc """
  What makes a link one end of a virtual cable: kinds `"veth"` and `"vxcan"`.

  Kernel side: `VETH_INFO_PEER` of `include/uapi/linux/veth.h`.

      Link.create(sock, "left", :veth, peer: [name: "right", mtu: 1400, netns: {:pid, 4711}])

  The peer is a whole link message, header included. It is only written: the kernel
  reports the peer as `link` and `link_netnsid` of the link itself.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link

  codec do
    attr 1, :peer, Link
  end

  options(peer: {{:nest, Link}, "the other end", only: :create})
end
