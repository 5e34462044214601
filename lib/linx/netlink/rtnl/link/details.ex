defmodule Linx.Netlink.Rtnl.Link.Details do
  @moduledoc """
  What every link carries and few ask for: limits, carrier history, identity.

  Kernel side: `IFLA_*` of `include/uapi/linux/if_link.h`. The same attributes as
  those of `Linx.Netlink.Rtnl.Link`, which holds this struct as `details`.

      link.details.max_mtu

  Sizes are in bytes; `max_pacing_offload_horizon` is in nanoseconds. What the
  running kernel or the device does not have is `nil`. `perm_address` is a `Linx.MAC` or, where
  it has not six bytes, a `Linx.LinkAddress`.
  """

  use Linx.Netlink.Codec

  alias Linx.LinkAddress
  alias Linx.Netlink.Rtnl.Link.{DevlinkPort, DpllPin, Ifmap, ProtoDownReason, Xdp}

  @linkmodes [default: 0, dormant: 1, testing: 2]
  @events [
    none: 0,
    reboot: 1,
    features: 2,
    bonding_failover: 3,
    notify_peers: 4,
    igmp_resend: 5,
    bonding_options: 6
  ]

  codec do
    attr 14, :map, Ifmap
    attr 15, :weight, :u32
    attr 17, :linkmode, {:enum, :u8, @linkmodes}
    attr 34, :phys_port_id, :binary
    attr 35, :carrier_changes, :u32, volatile: true
    attr 36, :phys_switch_id, :binary
    attr 38, :phys_port_name, :string
    attr 39, :proto_down, :u8
    attr 40, :gso_max_segs, :u32
    attr 41, :gso_max_size, :u32
    attr 43, :xdp, {:nested, Xdp}
    attr 44, :event, {:enum, :u32, @events}, volatile: true
    attr 47, :carrier_up_count, :u32, volatile: true
    attr 48, :carrier_down_count, :u32, volatile: true
    attr 50, :min_mtu, :u32
    attr 51, :max_mtu, :u32
    attr 54, :perm_address, LinkAddress
    attr 55, :proto_down_reason, {:nested, ProtoDownReason}
    attr 56, :parent_dev_name, :string
    attr 57, :parent_dev_bus_name, :string
    attr 58, :gro_max_size, :u32
    attr 59, :tso_max_size, :u32
    attr 60, :tso_max_segs, :u32
    attr 62, :devlink_port, {:nested, DevlinkPort}
    attr 63, :gso_ipv4_max_size, :u32
    attr 64, :gro_ipv4_max_size, :u32
    attr 65, :dpll_pin, {:nested, DpllPin}
    attr 66, :max_pacing_offload_horizon, :uint
    attr 67, :netns_immutable, :u8
    attr 68, :headroom, :u16
    attr 69, :tailroom, :u16
  end
end
