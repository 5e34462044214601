defmodule Linx.Netlink.Generic.Ethtool.Linkmodes do
  @moduledoc """
  Speed, duplex and autonegotiation of a link.

  Kernel side: `ETHTOOL_A_LINKMODES_*` of `include/uapi/linux/ethtool_netlink.h`.

  `ours` reads as `%{supported: names, advertised: names}`, and is written as the modes to advertise.
  """

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Generic.Header
  alias Linx.Netlink.Generic.Ethtool.{Bits, Bitset, Dev}

  # DUPLEX_*, MASTER_SLAVE_*, RATE_MATCH_* of include/uapi/linux/ethtool.h.
  @duplex [half: 0, full: 1]
  @master_slave_cfg [
    unsupported: 0,
    unknown: 1,
    master_preferred: 2,
    slave_preferred: 3,
    master_force: 4,
    slave_force: 5
  ]
  @master_slave_state [unsupported: 0, unknown: 1, master: 2, slave: 3, err: 4]
  @rate_matching [none: 0, pause: 1, crs: 2, open_loop: 3]

  codec prefix: "ETHTOOL_A_LINKMODES_" do
    header Header
    attr 1, :dev, {:nested, Dev}, "the link", c: "ETHTOOL_A_LINKMODES_HEADER"
    attr 2, :autoneg, {:bool, :u8}, "autonegotiation is on"
    attr 3, :ours, {:nested, Bitset}, "modes of the link", as: Bits
    attr 4, :peer, {:nested, Bitset}, "modes that the peer advertises", as: Bits

    attr 5, :speed, {:enum, :u32, [unknown: 0xFFFFFFFF]}, "speed, Mb/s; `nil` if unknown",
      values: "SPEED_"

    attr 6, :duplex, {:enum, :u8, @duplex ++ [unknown: 0xFF]}, "duplex; `nil` if unknown",
      values: "DUPLEX_"

    attr 7, :master_slave_cfg, {:enum, :u8, @master_slave_cfg}, "role in the timing that was set",
      values: "MASTER_SLAVE_CFG_"

    attr 8, :master_slave_state, {:enum, :u8, @master_slave_state}, "role in the timing",
      values: "MASTER_SLAVE_STATE_"

    attr 9, :lanes, :u32, "number of lanes"

    attr 10, :rate_matching, {:enum, :u8, @rate_matching}, "how the PHY matches the MAC's rate",
      values: "RATE_MATCH_"
  end

  options(
    autoneg: {:bool, "autonegotiation is on"},
    ours: {Bits.option(), "modes to advertise"},
    speed: {0..0x7FFFFFFF, "speed, Mb/s"},
    duplex: {{:enum, @duplex}, "duplex", values: "DUPLEX_"},
    master_slave_cfg:
      {{:enum, @master_slave_cfg}, "role in the timing", values: "MASTER_SLAVE_CFG_"},
    lanes: {1..8, "number of lanes"}
  )
end
