defmodule Linx.Netlink.Rtnl.LinkInfo.Dsa do
  @moduledoc """
  What a port of a switch chip carries: kind `"dsa"`.

  Kernel side: `IFLA_DSA_*` of `include/uapi/linux/if_link.h`.

      Link.set(sock, "lan1", conduit: "eth1")
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 1, :conduit, :u32
  end

  options(conduit: {:link, "link between the chip and the processor", only: :set})
end
