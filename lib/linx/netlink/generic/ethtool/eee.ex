defmodule Linx.Netlink.Generic.Ethtool.Eee do
  @moduledoc """
  Energy Efficient Ethernet of a link.

  Kernel side: `ETHTOOL_A_EEE_*` of `include/uapi/linux/ethtool_netlink.h`.

  `modes_ours` reads as `%{supported: names, advertised: names}`, and is written as the modes to advertise.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  codec prefix: "ETHTOOL_A_EEE_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_EEE_HEADER"
    attr 2, :modes_ours, {:nested, Bitset}, "modes of the link", as: Bits
    attr 3, :modes_peer, {:nested, Bitset}, "modes that the peer advertises", as: Bits
    attr 4, :active, {:bool, :u8}, "it is in use"
    attr 5, :enabled, {:bool, :u8}, "it is enabled"
    attr 6, :tx_lpi_enabled, {:bool, :u8}, "the sender becomes idle"
    attr 7, :tx_lpi_timer, :u32, "time after which the sender becomes idle, microseconds"
  end

  options(
    modes_ours: {Bits.option(), "modes to advertise"},
    enabled: {:bool, "enable it"},
    tx_lpi_enabled: {:bool, "let the sender become idle"},
    tx_lpi_timer: {0..0xFFFFFFFF, "time after which the sender becomes idle, microseconds"}
  )
end
