defmodule Linx.Netlink.Generic.Ethtool.Rings do
  @moduledoc """
  Rings of a link: their sizes, in entries.

  Kernel side: `ETHTOOL_A_RINGS_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev

  @split [unknown: 0, disabled: 1, enabled: 2]

  codec prefix: "ETHTOOL_A_RINGS_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_RINGS_HEADER"
    attr 2, :rx_max, :u32, "largest ring of received packets"
    attr 3, :rx_mini_max, :u32, "largest ring of small received packets"
    attr 4, :rx_jumbo_max, :u32, "largest ring of large received packets"
    attr 5, :tx_max, :u32, "largest ring of sent packets"
    attr 6, :rx, :u32, "ring of received packets"
    attr 7, :rx_mini, :u32, "ring of small received packets"
    attr 8, :rx_jumbo, :u32, "ring of large received packets"
    attr 9, :tx, :u32, "ring of sent packets"
    attr 10, :rx_buf_len, :u32, "buffer of a received packet, bytes"

    attr 11,
         :tcp_data_split,
         {:enum, :u8, @split},
         "headers and data are in buffers of their own",
         values: "ETHTOOL_TCP_DATA_SPLIT_"

    attr 12, :cqe_size, :u32, "completion event, bytes"
    attr 13, :tx_push, {:bool, :u8}, "descriptors are pushed to the device, for sent packets"
    attr 14, :rx_push, {:bool, :u8}, "descriptors are pushed to the device, for received packets"
    attr 15, :tx_push_buf_len, :u32, "part of a packet that is pushed, bytes"
    attr 16, :tx_push_buf_len_max, :u32, "largest part of a packet that is pushed, bytes"
    attr 17, :hds_thresh, :u32, "size from which on data is split, bytes"
    attr 18, :hds_thresh_max, :u32, "largest size from which on data is split, bytes"
  end

  options(
    rx: {0..0xFFFFFFFF, "ring of received packets, entries"},
    rx_mini: {0..0xFFFFFFFF, "ring of small received packets, entries"},
    rx_jumbo: {0..0xFFFFFFFF, "ring of large received packets, entries"},
    tx: {0..0xFFFFFFFF, "ring of sent packets, entries"},
    rx_buf_len: {1..0xFFFFFFFF, "buffer of a received packet, bytes"},
    tcp_data_split:
      {{:enum, @split}, "headers and data in buffers of their own",
       values: "ETHTOOL_TCP_DATA_SPLIT_"},
    cqe_size: {1..0xFFFFFFFF, "completion event, bytes"},
    tx_push: {:bool, "push descriptors of sent packets to the device"},
    rx_push: {:bool, "push descriptors of received packets to the device"},
    tx_push_buf_len: {0..0xFFFFFFFF, "part of a packet that is pushed, bytes"},
    hds_thresh: {0..0xFFFFFFFF, "size from which on data is split, bytes"}
  )
end
