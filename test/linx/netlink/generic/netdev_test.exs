defmodule Linx.Netlink.Generic.NetdevTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.Netdev
  alias Linx.Netlink.Generic.Netdev.{Dev, IoUring, Lease, Napi, PagePool, PagePoolStats, Qstats}
  alias Linx.Netlink.Generic.Netdev.{Queue, QueueId}
  alias Linx.Test.Captured

  # Bodies of replies: a veth of Linux 6.18, netdevsim of Linux 7.2.
  @veth ~X"""
  01 01 00 00 08 00 01 00 02 00 00 00 0c 00 03 00 23 00 00 00 00 00 00 00 0c 00 05 00
  07 00 00 00 00 00 00 00 0c 00 06 00 00 00 00 00 00 00 00 00
  """

  @queue ~X"""
  0a 01 00 00 08 00 01 00 01 00 00 00 08 00 03 00 00 00 00 00 08 00 02 00 05 00 00 00
  08 00 04 00 04 00 00 00
  """

  @napi ~X"""
  0b 01 00 00 08 00 02 00 04 00 00 00 08 00 01 00 05 00 00 00 08 00 08 00 00 00 00 00
  08 00 05 00 00 00 00 00 08 00 07 00 00 00 00 00 08 00 06 00 00 00 00 00
  """

  @pp ~X"""
  05 01 00 00 08 00 01 00 03 00 00 00 08 00 02 00 05 00 00 00 08 00 03 00 04 00 00 00
  08 00 04 00 00 00 00 00 08 00 05 00 00 00 00 00
  """

  @ppstats ~X"""
  09 01 00 00 14 00 01 80 08 00 01 00 03 00 00 00 08 00 02 00 05 00 00 00 08 00 08 00
  00 00 00 00 08 00 09 00 00 00 00 00 08 00 0a 00 00 00 00 00 08 00 0b 00 00 00 00 00
  08 00 0c 00 00 00 00 00 08 00 0d 00 00 00 00 00 08 00 0e 00 00 00 00 00 08 00 0f 00
  00 00 00 00 08 00 10 00 00 00 00 00 08 00 11 00 00 00 00 00 08 00 12 00 00 00 00 00
  """

  @qstats ~X"""
  0c 01 00 00 08 00 01 00 05 00 00 00 08 00 08 00 00 00 00 00 08 00 09 00 00 00 00 00
  08 00 0a 00 00 00 00 00 08 00 0b 00 00 00 00 00
  """

  @qqstats ~X"""
  0c 01 00 00 08 00 01 00 05 00 00 00 08 00 02 00 01 00 00 00 08 00 03 00 01 00 00 00
  08 00 0a 00 00 00 00 00 08 00 0b 00 00 00 00 00
  """

  # NETDEV_A_QUEUE_* with memory of io_uring, an AF_XDP socket and a queue of another device.
  @leased ~X"""
  0a 01 00 00
  08 00 01 00  02 00 00 00
  08 00 03 00  01 00 00 00
  08 00 02 00  07 00 00 00
  08 00 05 00  09 00 00 00
  0c 00 06 80  08 00 01 00 00 10 00 00
  04 00 07 80
  28 00 08 80
    08 00 01 00 03 00 00 00
    14 00 02 80  08 00 01 00 04 00 00 00  08 00 03 00 00 00 00 00
    08 00 03 00 ff ff ff ff
  """

  test "a device" do
    assert Captured.check(Dev, @veth) == %Dev{
             ifindex: 2,
             xdp_features: [:basic, :redirect, :rx_sg],
             xdp_rx_metadata_features: [:timestamp, :hash, :vlan_tag],
             xsk_features: []
           }
  end

  test "queues" do
    assert Captured.check(Queue, @queue) == %Queue{ifindex: 5, id: 1, type: :rx, napi_id: 4}

    assert Captured.check(Queue, @leased) == %Queue{
             ifindex: 7,
             id: 2,
             type: :tx,
             dmabuf: 9,
             io_uring: %IoUring{rx_buf_len: 4096},
             xsk: true,
             lease: %Lease{ifindex: 3, queue: %QueueId{id: 4, type: :rx}, netns_id: -1}
           }
  end

  test "a NAPI instance" do
    assert Captured.check(Napi, @napi) == %Napi{
             ifindex: 5,
             id: 4,
             threaded: :disabled,
             defer_hard_irqs: 0,
             gro_flush_timeout: 0,
             irq_suspend_timeout: 0
           }
  end

  test "a page pool and its counters" do
    assert Captured.check(PagePool, @pp) == %PagePool{
             id: 3,
             ifindex: 5,
             napi_id: 4,
             inflight: 0,
             inflight_mem: 0
           }

    assert %PagePoolStats{info: info, alloc_fast: 0, recycle_released_refcnt: 0} =
             Captured.check(PagePoolStats, @ppstats)

    assert {info.id, info.ifindex} == {3, 5}
  end

  test "counters of devices and queues" do
    assert Captured.check(Qstats, @qstats) == %Qstats{
             ifindex: 5,
             rx_packets: 0,
             rx_bytes: 0,
             tx_packets: 0,
             tx_bytes: 0
           }

    assert Captured.check(Qstats, @qqstats) == %Qstats{
             ifindex: 5,
             queue_type: :tx,
             queue_id: 1,
             tx_packets: 0,
             tx_bytes: 0
           }
  end

  test "wrong input is an error before anything is sent" do
    assert Netdev.get(:none, 0) == {:error, {:bad_option, :link, 0}}
    assert Netdev.get(:none, nil) == {:error, {:bad_option, :link, nil}}
    assert Netdev.queue(:none, 1, :xy, 0) == {:error, {:bad_option, :type, :xy}}
    assert Netdev.queue(:none, 1, :rx, -1) == {:error, {:bad_option, :id, -1}}
    assert Netdev.napi(:none, 0) == {:error, {:bad_option, :id, 0}}
    assert Netdev.set_napi(:none, 1, threaded: 3) == {:error, {:bad_option, :threaded, 3}}
    assert Netdev.set_napi(:none, 1, id: 2) == {:error, {:unknown_option, :id}}
    assert Netdev.qstats(:none, scope: :device) == {:error, {:bad_option, :scope, :device}}
    assert Netdev.page_pools(:none, link: 1) == {:error, {:unknown_option, :link}}
    assert Netdev.Monitor.start_link(groups: [:mgmt]) == {:error, {:bad_option, :groups, [:mgmt]}}
  end
end
