defmodule Linx.Netlink.Rtnl.LinkInfo.Ipoib do
  @moduledoc """
  Partition of an InfiniBand link (IPoIB): kind `"ipoib"`.

  Kernel side: `IFLA_IPOIB_*` of `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [datagram: 0, connected: 1]

  codec prefix: "IFLA_IPOIB_" do
    attr 1, :pkey, :u16, "partition key"

    attr 2, :mode, {:enum, :u16, @modes}, "transport: datagram or connected",
      values: "IPOIB_MODE_"

    attr 3, :umcast, {:bool, :u16}, "keep multicast groups that the user joined"
  end

  options(
    parent: {:link, "InfiniBand link", field: [:.., :link], required: true},
    pkey: {0..0xFFFF, "partition key", only: :create},
    mode: {{:enum, @modes}, "transport: datagram or connected"},
    umcast: {:bool, "keep multicast groups that the user joined"}
  )
end
