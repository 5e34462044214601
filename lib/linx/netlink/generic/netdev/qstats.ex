defmodule Linx.Netlink.Generic.Netdev.Qstats do
  @moduledoc """
  Counters of a device, or of a queue of it. A counter that the driver does not have is `nil`.

  Kernel side: `NETDEV_A_QSTATS_*` of `include/uapi/linux/netdev.h`; from Linux 6.9.

  Those of a device count from its creation; those of a queue need not sum up to these, since queues come and
  go.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Netdev.QueueId

  @scopes [queue: 1]

  codec prefix: "NETDEV_A_QSTATS_" do
    header Linx.Netlink.Generic.Header
    attr 1, :ifindex, :u32, "index of the link"

    attr 2, :queue_type, {:enum, :u32, QueueId.__types__()}, "type of the queue",
      values: "NETDEV_QUEUE_TYPE_"

    attr 3, :queue_id, :u32, "number of the queue"
    attr 4, :scope, :uint, "1 for counters of each queue, request only"
    attr 8, :rx_packets, :uint, "packets received", volatile: true
    attr 9, :rx_bytes, :uint, "bytes received", volatile: true
    attr 10, :tx_packets, :uint, "packets sent", volatile: true
    attr 11, :tx_bytes, :uint, "bytes sent", volatile: true

    attr 12, :rx_alloc_fail, :uint, "failed allocations of buffers for received packets",
      volatile: true

    attr 13, :rx_hw_drops, :uint, "packets that the device received and dropped", volatile: true

    attr 14, :rx_hw_drop_overruns, :uint, "of these, for lack of buffers or descriptors",
      volatile: true

    attr 15,
         :rx_csum_complete,
         :uint,
         "received packets with the sum of their bytes (CHECKSUM_COMPLETE)",
         volatile: true

    attr 16, :rx_csum_unnecessary, :uint, "received packets whose checksum the device verified",
      volatile: true

    attr 17, :rx_csum_none, :uint, "received packets whose checksum the device did not verify",
      volatile: true

    attr 18, :rx_csum_bad, :uint, "received packets with a wrong checksum", volatile: true

    attr 19, :rx_hw_gro_packets, :uint, "packets that the device joined of smaller ones",
      volatile: true

    attr 20, :rx_hw_gro_bytes, :uint, "bytes of these", volatile: true
    attr 21, :rx_hw_gro_wire_packets, :uint, "packets that were joined", volatile: true
    attr 22, :rx_hw_gro_wire_bytes, :uint, "bytes of these", volatile: true

    attr 23,
         :rx_hw_drop_ratelimits,
         :uint,
         "received packets dropped by a rate limit of the device",
         volatile: true

    attr 24, :tx_hw_drops, :uint, "packets to send that the device dropped", volatile: true
    attr 25, :tx_hw_drop_errors, :uint, "of these, malformed ones", volatile: true

    attr 26, :tx_csum_none, :uint, "sent packets whose checksum the device need not compute",
      volatile: true

    attr 27, :tx_needs_csum, :uint, "sent packets whose checksum the device computes",
      volatile: true

    attr 28, :tx_hw_gso_packets, :uint, "packets that the device split", volatile: true
    attr 29, :tx_hw_gso_bytes, :uint, "bytes of these", volatile: true
    attr 30, :tx_hw_gso_wire_packets, :uint, "packets they were split into", volatile: true
    attr 31, :tx_hw_gso_wire_bytes, :uint, "bytes of these", volatile: true

    attr 32,
         :tx_hw_drop_ratelimits,
         :uint,
         "packets to send dropped by a rate limit of the device",
         volatile: true

    attr 33, :tx_stop, :uint, "times that the full queue was stopped", volatile: true
    attr 34, :tx_wake, :uint, "times that it was started again", volatile: true
  end

  options(
    scope:
      {{:enum, @scopes}, "`:queue` for counters of each queue, those of devices if not given",
       values: "NETDEV_QSTATS_SCOPE_"},
    link: {:link, "link whose counters are listed, all if not given", field: [:ifindex]}
  )
end
