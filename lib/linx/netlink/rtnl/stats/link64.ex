defmodule Linx.Netlink.Rtnl.Stats.Link64 do
  @moduledoc """
  Counters of a network interface, 64 bits each.

  Kernel side: `struct rtnl_link_stats64` of `include/uapi/linux/if_link.h`, sent
  in `IFLA_STATS64` of a link and in `IFLA_STATS_LINK_64` of its statistics.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0", stats: true)
      link.stats64.rx_bytes

  Packets and bytes count from the creation of the device. A counter
  that the running kernel does not have is `nil`: new ones are appended.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct rtnl_link_stats64", default: nil do
      field :rx_packets, :u64, "packets received"
      field :tx_packets, :u64, "packets sent"
      field :rx_bytes, :u64, "bytes received"
      field :tx_bytes, :u64, "bytes sent"
      field :rx_errors, :u64, "received packets with an error"
      field :tx_errors, :u64, "packets that could not be sent"
      field :rx_dropped, :u64, "received packets that the host dropped"
      field :tx_dropped, :u64, "packets dropped before they were sent"
      field :multicast, :u64, "multicast packets received"
      field :collisions, :u64, "collisions"
      field :rx_length_errors, :u64, "received packets of an invalid length"
      field :rx_over_errors, :u64, "receive buffer overflows"
      field :rx_crc_errors, :u64, "received packets with a CRC error"
      field :rx_frame_errors, :u64, "received frames with an alignment error"
      field :rx_fifo_errors, :u64, "receive FIFO errors"
      field :rx_missed_errors, :u64, "packets missed for lack of buffers"
      field :tx_aborted_errors, :u64, "aborted transmissions"
      field :tx_carrier_errors, :u64, "transmissions that failed for lack of a carrier"
      field :tx_fifo_errors, :u64, "transmit FIFO errors"
      field :tx_heartbeat_errors, :u64, "heartbeat errors of half-duplex Ethernet"
      field :tx_window_errors, :u64, "late collisions"
      field :rx_compressed, :u64, "compressed packets received"
      field :tx_compressed, :u64, "compressed packets sent"

      field :rx_nohandler,
            :u64,
            "packets dropped since no protocol receives them, on an inactive port"

      field :rx_otherhost_dropped, :u64, "packets dropped since they are for another host"
    end
  end

  @typedoc "A number of packets, bytes or errors; `nil` if the kernel does not count it."
  @type counter :: non_neg_integer() | nil

  @doc false
  @spec __counters__() :: [atom()]
  def __counters__, do: for({:field, name, :u64} <- @linx_codec.header, do: name)
end
