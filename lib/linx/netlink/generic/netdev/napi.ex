defmodule Linx.Netlink.Generic.Netdev.Napi do
  @moduledoc """
  NAPI instance: what polls one or more queues of a device.

  Kernel side: `NETDEV_A_NAPI_*` of `include/uapi/linux/netdev.h`; from Linux 6.8.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  @threaded [disabled: 0, enabled: 1, busy_poll: 2]

  codec prefix: "NETDEV_A_NAPI_" do
    header Linx.Netlink.Generic.Header
    attr 1, :ifindex, :u32, "index of the link"
    attr 2, :id, :u32, "id"
    attr 3, :irq, :u32, "number of the interrupt"
    attr 4, :pid, :u32, "process id of the thread that polls, if there is one"
    attr 5, :defer_hard_irqs, :u32, "polls without packets until interrupts are enabled again"
    attr 6, :gro_flush_timeout, :uint, "time until the next poll without an interrupt, ns"

    attr 7,
         :irq_suspend_timeout,
         :uint,
         "longest time for which a program's busy polling suspends interrupts, ns"

    attr 8, :threaded, {:enum, :u32, @threaded}, "polling by a thread",
      values: "NETDEV_NAPI_THREADED_"
  end

  options(
    defer_hard_irqs: {0..0x7FFFFFFF, "polls without packets until interrupts are enabled again"},
    gro_flush_timeout:
      {0..0xFFFFFFFFFFFFFFFF, "time until the next poll without an interrupt, ns"},
    irq_suspend_timeout:
      {0..0xFFFFFFFFFFFFFFFF,
       "longest time for which a program's busy polling suspends interrupts, ns"},
    threaded: {{:enum, @threaded}, "polling by a thread; from Linux 6.17"}
  )
end
