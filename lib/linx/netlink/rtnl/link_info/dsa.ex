defmodule Linx.Netlink.Rtnl.LinkInfo.Dsa do
  @moduledoc """
  Port of a switch chip (DSA): kind `"dsa"`.

  Kernel side: `IFLA_DSA_*` of `include/uapi/linux/if_link.h`.

      Link.set(sock, "lan1", conduit: "eth1")
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_DSA_" do
    attr 1, :conduit, :u32, "index of the link between the chip and the processor"
  end

  options(conduit: {:link, "link between the chip and the processor", only: :set})
end
