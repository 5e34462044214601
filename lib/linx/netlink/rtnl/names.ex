defmodule Linx.Netlink.Rtnl.Names do
  @moduledoc false
  # Names of numbers that several resources hold, as tables for rows and options.

  import Bitwise, only: [&&&: 2]

  # AF_* of include/linux/socket.h, of routing.
  @families [unspec: 0, inet: 2, bridge: 7, inet6: 10]

  # RT_SCOPE_* of include/uapi/linux/rtnetlink.h.
  @scopes [universe: 0, site: 200, link: 253, host: 254, nowhere: 255]

  # RT_TABLE_* of the same header.
  @tables [compat: 252, default: 253, main: 254, local: 255]

  # RTNH_F_* of the same header.
  @nexthop_flags [
    dead: 0x1,
    pervasive: 0x2,
    onlink: 0x4,
    offload: 0x8,
    linkdown: 0x10,
    unresolved: 0x20,
    trap: 0x40
  ]

  # NUD_* of include/uapi/linux/neighbour.h.
  @neighbour_states [
    incomplete: 0x1,
    reachable: 0x2,
    stale: 0x4,
    delay: 0x8,
    probe: 0x10,
    failed: 0x20,
    noarp: 0x40,
    permanent: 0x80
  ]

  # NTF_* of the same header.
  @neighbour_flags [
    use: 0x1,
    self: 0x2,
    master: 0x4,
    proxy: 0x8,
    ext_learned: 0x10,
    offloaded: 0x20,
    sticky: 0x40,
    router: 0x80
  ]

  # NTF_EXT_* of the same header.
  @neighbour_flags_ext [managed: 0x1, locked: 0x2, ext_validated: 0x4]

  @type table :: keyword(non_neg_integer())

  @spec families() :: table()
  def families, do: @families

  @spec scopes() :: table()
  def scopes, do: @scopes

  @spec tables() :: table()
  def tables, do: @tables

  @spec nexthop_flags() :: table()
  def nexthop_flags, do: @nexthop_flags

  @spec neighbour_states() :: table()
  def neighbour_states, do: @neighbour_states

  @spec neighbour_flags() :: table()
  def neighbour_flags, do: @neighbour_flags

  @spec neighbour_flags_ext() :: table()
  def neighbour_flags_ext, do: @neighbour_flags_ext

  @doc "The first name of a number, or the argument if it has none."
  @spec name(table(), term()) :: term()
  def name(table, number) do
    case List.keyfind(table, number, 1) do
      {name, _number} -> name
      nil -> number
    end
  end

  @doc "The number of a name, or the argument if the table does not have it."
  @spec number(table(), term()) :: term()
  def number(table, name), do: if(is_atom(name), do: Keyword.get(table, name, name), else: name)

  @doc "The names of the bits that are set in a mask, in the order of the table."
  @spec bits(table(), non_neg_integer() | nil) :: [atom()]
  def bits(table, mask), do: for({name, bit} <- table, ((mask || 0) &&& bit) != 0, do: name)
end
