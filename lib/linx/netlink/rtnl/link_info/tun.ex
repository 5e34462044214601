defmodule Linx.Netlink.Rtnl.LinkInfo.Tun do
  @moduledoc """
  tun or tap device: kind `"tun"` for both.

  Kernel side: `IFLA_TUN_*` of `include/uapi/linux/if_link.h`, and `TUNSETIFF` with
  `IFF_*` of `include/uapi/linux/if_tun.h`.

      Link.create(sock, "tap0", :tap, owner: 1000, vnet_hdr: true)

  An ioctl on `/dev/net/tun` creates the device, since rtnetlink refuses the kind. The device is
  persistent: it remains until it is deleted, with or without a program attached.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  codec prefix: "IFLA_TUN_" do
    attr 1, :owner, :u32, "numeric id of the user that may attach"
    attr 2, :group, :u32, "numeric id of the group that may attach"
    attr 3, :type, {:enum, :u8, tun: 1, tap: 2}, "packets (tun) or frames (tap)", values: "IFF_"
    attr 4, :pi, {:bool, :u8}, "packets start with struct tun_pi"
    attr 5, :vnet_hdr, {:bool, :u8}, "packets start with struct virtio_net_hdr"
    attr 6, :persist, {:bool, :u8}, "remains without a program"
    attr 7, :multi_queue, {:bool, :u8}, "several programs may attach"
    attr 8, :num_queues, :u32, "number of queues in use"
    attr 9, :num_disabled_queues, :u32, "number of queues that are switched off"
  end

  options(
    owner: {0..0xFFFFFFFE, "numeric id of the user that may attach", only: :create},
    group: {0..0xFFFFFFFE, "numeric id of the group that may attach", only: :create},
    pi: {:bool, "packets start with struct tun_pi", only: :create},
    vnet_hdr: {:bool, "packets start with struct virtio_net_hdr", only: :create},
    multi_queue: {:bool, "several programs may attach", only: :create}
  )
end
