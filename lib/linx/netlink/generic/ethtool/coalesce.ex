defmodule Linx.Netlink.Generic.Ethtool.Coalesce do
  @moduledoc """
  Coalescing of a link: how many packets an interrupt is made for, and how long it waits.

  Kernel side: `ETHTOOL_A_COALESCE_*` of `include/uapi/linux/ethtool_netlink.h`.

  A field that the driver does not support is `nil`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.IrqModeration

  codec prefix: "ETHTOOL_A_COALESCE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_COALESCE_HEADER"
    attr 2, :rx_usecs, :u32, "delay of the interrupt for received packets, microseconds"
    attr 3, :rx_max_frames, :u32, "packets after which an interrupt is made for received packets"

    attr 4,
         :rx_usecs_irq,
         :u32,
         "delay while an interrupt for received packets is served, microseconds"

    attr 5,
         :rx_max_frames_irq,
         :u32,
         "packets after which one is made while an interrupt for received packets is served"

    attr 6, :tx_usecs, :u32, "delay of the interrupt for sent packets, microseconds"
    attr 7, :tx_max_frames, :u32, "packets after which an interrupt is made for sent packets"

    attr 8,
         :tx_usecs_irq,
         :u32,
         "delay while an interrupt for sent packets is served, microseconds"

    attr 9,
         :tx_max_frames_irq,
         :u32,
         "packets after which one is made while an interrupt for sent packets is served"

    attr 10, :stats_block_usecs, :u32, "interval of the copies of statistics, microseconds"
    attr 11, :use_adaptive_rx, {:bool, :u8}, "the delay for received packets is adapted"
    attr 12, :use_adaptive_tx, {:bool, :u8}, "the delay for sent packets is adapted"
    attr 13, :pkt_rate_low, :u32, "rate below which the values for low rates count, packets/s"
    attr 14, :rx_usecs_low, :u32, "delay for received packets at low rates, microseconds"

    attr 15,
         :rx_max_frames_low,
         :u32,
         "packets after which an interrupt is made for received packets at low rates"

    attr 16, :tx_usecs_low, :u32, "delay for sent packets at low rates, microseconds"

    attr 17,
         :tx_max_frames_low,
         :u32,
         "packets after which an interrupt is made for sent packets at low rates"

    attr 18, :pkt_rate_high, :u32, "rate above which the values for high rates count, packets/s"
    attr 19, :rx_usecs_high, :u32, "delay for received packets at high rates, microseconds"

    attr 20,
         :rx_max_frames_high,
         :u32,
         "packets after which an interrupt is made for received packets at high rates"

    attr 21, :tx_usecs_high, :u32, "delay for sent packets at high rates, microseconds"

    attr 22,
         :tx_max_frames_high,
         :u32,
         "packets after which an interrupt is made for sent packets at high rates"

    attr 23, :rate_sample_interval, :u32, "interval in which the rate is sampled, s"

    attr 24,
         :use_cqe_mode_tx,
         {:bool, :u8},
         "the timer of sent packets starts again with each completion"

    attr 25,
         :use_cqe_mode_rx,
         {:bool, :u8},
         "the timer of received packets starts again with each completion"

    attr 26, :tx_aggr_max_bytes, :u32, "largest aggregate of sent packets, bytes"
    attr 27, :tx_aggr_max_frames, :u32, "largest aggregate of sent packets, packets"
    attr 28, :tx_aggr_time_usecs, :u32, "time after which an aggregate is sent, microseconds"

    attr 0x801D,
         :rx_profile,
         {:array, {:nested, IrqModeration}, 1},
         "steps of the adaptation for received packets",
         element: "ETHTOOL_A_PROFILE_IRQ_MODERATION"

    attr 0x801E,
         :tx_profile,
         {:array, {:nested, IrqModeration}, 1},
         "steps of the adaptation for sent packets",
         element: "ETHTOOL_A_PROFILE_IRQ_MODERATION"

    attr 31, :rx_cqe_frames, :u32, "received packets that share a completion"
    attr 32, :rx_cqe_nsecs, :u32, "time after which a shared completion is written, ns"
  end

  options(
    rx_usecs: {0..0xFFFFFFFF, "delay of the interrupt for received packets, microseconds"},
    rx_max_frames:
      {0..0xFFFFFFFF, "packets after which an interrupt is made for received packets"},
    rx_usecs_irq:
      {0..0xFFFFFFFF, "delay while an interrupt for received packets is served, microseconds"},
    rx_max_frames_irq:
      {0..0xFFFFFFFF,
       "packets after which one is made while an interrupt for received packets is served"},
    tx_usecs: {0..0xFFFFFFFF, "delay of the interrupt for sent packets, microseconds"},
    tx_max_frames: {0..0xFFFFFFFF, "packets after which an interrupt is made for sent packets"},
    tx_usecs_irq:
      {0..0xFFFFFFFF, "delay while an interrupt for sent packets is served, microseconds"},
    tx_max_frames_irq:
      {0..0xFFFFFFFF,
       "packets after which one is made while an interrupt for sent packets is served"},
    stats_block_usecs: {0..0xFFFFFFFF, "interval of the copies of statistics, microseconds"},
    use_adaptive_rx: {:bool, "the delay for received packets is adapted"},
    use_adaptive_tx: {:bool, "the delay for sent packets is adapted"},
    pkt_rate_low: {0..0xFFFFFFFF, "rate below which the values for low rates count, packets/s"},
    rx_usecs_low: {0..0xFFFFFFFF, "delay for received packets at low rates, microseconds"},
    rx_max_frames_low:
      {0..0xFFFFFFFF,
       "packets after which an interrupt is made for received packets at low rates"},
    tx_usecs_low: {0..0xFFFFFFFF, "delay for sent packets at low rates, microseconds"},
    tx_max_frames_low:
      {0..0xFFFFFFFF, "packets after which an interrupt is made for sent packets at low rates"},
    pkt_rate_high: {0..0xFFFFFFFF, "rate above which the values for high rates count, packets/s"},
    rx_usecs_high: {0..0xFFFFFFFF, "delay for received packets at high rates, microseconds"},
    rx_max_frames_high:
      {0..0xFFFFFFFF,
       "packets after which an interrupt is made for received packets at high rates"},
    tx_usecs_high: {0..0xFFFFFFFF, "delay for sent packets at high rates, microseconds"},
    tx_max_frames_high:
      {0..0xFFFFFFFF, "packets after which an interrupt is made for sent packets at high rates"},
    rate_sample_interval: {0..0xFFFFFFFF, "interval in which the rate is sampled, s"},
    use_cqe_mode_tx: {:bool, "the timer of sent packets starts again with each completion"},
    use_cqe_mode_rx: {:bool, "the timer of received packets starts again with each completion"},
    tx_aggr_max_bytes: {0..0xFFFFFFFF, "largest aggregate of sent packets, bytes"},
    tx_aggr_max_frames: {0..0xFFFFFFFF, "largest aggregate of sent packets, packets"},
    tx_aggr_time_usecs: {0..0xFFFFFFFF, "time after which an aggregate is sent, microseconds"},
    rx_profile: {IrqModeration.option(), "steps of the adaptation for received packets"},
    tx_profile: {IrqModeration.option(), "steps of the adaptation for sent packets"},
    rx_cqe_frames: {0..0xFFFFFFFF, "received packets that share a completion"},
    rx_cqe_nsecs: {0..0xFFFFFFFF, "time after which a shared completion is written, ns"}
  )
end
