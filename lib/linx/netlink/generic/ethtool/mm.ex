defmodule Linx.Netlink.Generic.Ethtool.Mm do
  @moduledoc """
  MAC merge layer: preemption of frames.

  Kernel side: `ETHTOOL_A_MM_*` of `include/uapi/linux/ethtool_netlink.h`.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.Dev
  alias __MODULE__.Counters

  # ETHTOOL_MM_VERIFY_STATUS_* of include/uapi/linux/ethtool.h.
  @verify_status [unknown: 0, initial: 1, verifying: 2, succeeded: 3, failed: 4, disabled: 5]

  codec prefix: "ETHTOOL_A_MM_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_MM_HEADER"
    attr 2, :pmac_enabled, {:bool, :u8}, "preemptible frames are received"
    attr 3, :tx_enabled, {:bool, :u8}, "frames are preempted, if verification succeeds"
    attr 4, :tx_active, {:bool, :u8}, "frames are preempted"
    attr 5, :tx_min_frag_size, :u32, "smallest fragment that is sent, bytes"
    attr 6, :rx_min_frag_size, :u32, "smallest fragment that is received, bytes"
    attr 7, :verify_enabled, {:bool, :u8}, "the peer is verified"

    attr 8, :verify_status, {:enum, :u8, @verify_status}, "state of the verification",
      values: "ETHTOOL_MM_VERIFY_STATUS_"

    attr 9, :verify_time, :u32, "interval of attempts to verify, ms"
    attr 10, :max_verify_time, :u32, "largest interval of attempts to verify, ms"
    attr 11, :stats, {:nested, Counters}, "counters, with `include_statistics: true`"
  end

  options(
    pmac_enabled: {:bool, "receive preemptible frames"},
    tx_enabled: {:bool, "preempt frames, if verification succeeds"},
    tx_min_frag_size: {60..252, "smallest fragment that is sent, bytes"},
    verify_enabled: {:bool, "verify the peer"},
    verify_time: {1..128, "interval of attempts to verify, ms"}
  )
end
