defmodule Linx.Netlink.Rtnl.Route.Names do
  @moduledoc false
  # Names of numbers that only routes hold: see include/uapi/linux/rtnetlink.h.

  alias Linx.Netlink.Rtnl.Names

  # RTN_*.
  @types [
    unspec: 0,
    unicast: 1,
    local: 2,
    broadcast: 3,
    anycast: 4,
    multicast: 5,
    blackhole: 6,
    unreachable: 7,
    prohibit: 8,
    throw: 9,
    nat: 10,
    xresolve: 11
  ]

  # RTM_F_*; with the prefix of `ip route` where a flag of a nexthop has the same name.
  @flags [
    notify: 0x100,
    cloned: 0x200,
    equalize: 0x400,
    prefix: 0x800,
    lookup_table: 0x1000,
    fib_match: 0x2000,
    rt_offload: 0x4000,
    rt_trap: 0x8000,
    offload_failed: 0x20000000
  ]

  # ICMPV6_ROUTER_PREF_* of include/uapi/linux/icmpv6.h.
  @prefs [medium: 0, high: 1, invalid: 2, low: 3]

  @spec types() :: Names.table()
  def types, do: @types

  @doc "Flags of the route after those of its nexthop."
  @spec flags() :: Names.table()
  def flags, do: Names.nexthop_flags() ++ @flags

  @spec prefs() :: Names.table()
  def prefs, do: @prefs
end
