defmodule Linx.Netlink.Rtnl.LinkInfo.Veth do
  @moduledoc """
  One end of a pair of links: kinds `"veth"` and `"vxcan"`.

  Kernel side: `VETH_INFO_PEER` of `include/uapi/linux/veth.h`.

      Link.create(sock, "left", :veth, peer: [name: "right", mtu: 1400, netns: {:pid, 4711}])

  `peer` is a complete link message, header included, for requests only: the kernel reports the
  peer in `link` and `link_netnsid` of the link itself.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Link

  codec prefix: "VETH_INFO_" do
    attr 1, :peer, Link, "the peer, a whole link; requests only"
  end

  options(peer: {{:nest, Link}, "peer", only: :create})
end
