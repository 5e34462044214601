defmodule Linx.Netlink.Rtnl.LinkInfo.Ppp do
  @moduledoc """
  What makes a link a PPP unit: kind `"ppp"`.

  Kernel side: `IFLA_PPP_*` of `include/uapi/linux/if_link.h`. The descriptor is one of
  `/dev/ppp`; it is only written.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 1, :dev_fd, :s32
  end

  options(dev_fd: {0..0x7FFFFFFF, "descriptor of `/dev/ppp`", required: true, only: :create})
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Ipoib do
  @moduledoc """
  What makes a link a partition of an InfiniBand link: kind `"ipoib"`.

  Kernel side: `IFLA_IPOIB_*` of `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [datagram: 0, connected: 1]

  codec do
    attr 1, :pkey, :u16
    attr 2, :mode, {:enum, :u16, @modes}
    attr 3, :umcast, :u16
  end

  options(
    parent: {:link, "InfiniBand link", field: [:.., :link], required: true},
    pkey: {0..0xFFFF, "partition key", only: :create},
    mode: {{:enum, @modes}, "queue pairs used"},
    umcast: {:bool, "keep multicast groups that the user joined"}
  )
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Rmnet do
  @moduledoc """
  What makes a link a channel of a Qualcomm modem: kind `"rmnet"`.

  Kernel side: `IFLA_RMNET_*` of `include/uapi/linux/if_link.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias __MODULE__.Flags

  @flags [
    ingress_deaggregation: 0x1,
    ingress_map_commands: 0x2,
    ingress_map_cksumv4: 0x4,
    egress_map_cksumv4: 0x8,
    ingress_map_cksumv5: 0x10,
    egress_map_cksumv5: 0x20
  ]

  codec do
    attr 1, :mux_id, :u16
    attr 2, :flags, Flags
  end

  options(
    parent: {:link, "link of the modem", field: [:.., :link], required: true},
    mux_id: {1..254, "channel", required: true},
    flags: {{:masked, @flags, Flags}, "data format"}
  )
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Rmnet.Flags do
  @moduledoc """
  Data format of a modem channel and the mask of the bits meant:
  `struct ifla_rmnet_flags`.
  """

  use Linx.Netlink.Codec

  @flags [
    ingress_deaggregation: 0x1,
    ingress_map_commands: 0x2,
    ingress_map_cksumv4: 0x4,
    egress_map_cksumv4: 0x8,
    ingress_map_cksumv5: 0x10,
    egress_map_cksumv5: 0x20
  ]

  codec do
    header do
      field :flags, {:flags, :u32, @flags}
      field :mask, :u32
    end
  end
end

defmodule Linx.Netlink.Rtnl.LinkInfo.Ovpn do
  @moduledoc """
  What makes a link an OpenVPN data channel: kind `"ovpn"`.

  Kernel side: `IFLA_OVPN_*` of `include/uapi/linux/if_link.h`, Linux 6.16. Peers are
  set over generic netlink.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @modes [p2p: 0, mp: 1]

  codec do
    attr 1, :mode, {:enum, :u8, @modes}
  end

  options(mode: {{:enum, @modes}, "one peer or many", only: :create})
end

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

defmodule Linx.Netlink.Rtnl.LinkInfo.Batadv do
  @moduledoc """
  What makes a link a B.A.T.M.A.N. mesh: kind `"batadv"`.

  Kernel side: `IFLA_BATADV_*` of `include/uapi/linux/batman_adv.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec do
    attr 1, :algo_name, :string
  end

  options(
    algo_name: {{:string, 20}, "routing algorithm, `BATMAN_IV` or `BATMAN_V`", only: :create}
  )
end
