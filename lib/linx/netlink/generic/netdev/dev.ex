defmodule Linx.Netlink.Generic.Netdev.Dev do
  @moduledoc """
  XDP and AF_XDP features of a device.

  Kernel side: `NETDEV_A_DEV_*`, `enum netdev_xdp_act` and others of `include/uapi/linux/netdev.h`.

  Flags of `xdp_features`:

    * `:basic` - the driver runs XDP programs, with the results aborted, drop, pass and transmit;
    * `:redirect` - with the result redirect, too;
    * `:ndo_xmit` - frames can be redirected to the device;
    * `:xsk_zerocopy` - AF_XDP without copies;
    * `:hw_offload` - the device runs XDP programs;
    * `:rx_sg`, `:ndo_xmit_sg` - frames of several buffers are received by programs, redirected to the device.
  """

  use Linx.Netlink.Codec

  @xdp_features [
    basic: 0x1,
    redirect: 0x2,
    ndo_xmit: 0x4,
    xsk_zerocopy: 0x8,
    hw_offload: 0x10,
    rx_sg: 0x20,
    ndo_xmit_sg: 0x40
  ]
  @rx_metadata [timestamp: 0x1, hash: 0x2, vlan_tag: 0x4]
  @xsk_flags [tx_timestamp: 0x1, tx_checksum: 0x2, tx_launch_time_fifo: 0x4]

  codec prefix: "NETDEV_A_DEV_" do
    header Linx.Netlink.Generic.Header
    attr 1, :ifindex, :u32, "index of the link"

    attr 3, :xdp_features, {:flags, :u64, @xdp_features}, "XDP features",
      values: "NETDEV_XDP_ACT_"

    attr 4, :xdp_zc_max_segs, :u32, "largest number of buffers of a frame, AF_XDP without copies"

    attr 5,
         :xdp_rx_metadata_features,
         {:flags, :u64, @rx_metadata},
         "metadata of received frames that XDP programs can read",
         values: "NETDEV_XDP_RX_METADATA_"

    attr 6, :xsk_features, {:flags, :u64, @xsk_flags}, "AF_XDP features of transmission",
      values: "NETDEV_XSK_FLAGS_"
  end
end
