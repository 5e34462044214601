defmodule Linx.Netlink.Rtnl.Fdb.Key do
  @moduledoc false
  # Identity of an entry of a forwarding table. Pure.

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Fdb

  @doc """
  Whether the entry is of the table of a bridge or of a VXLAN, which have ages. Without one it is
  of the address filter of a network card, whose changes the kernel does not notify.
  """
  @spec table?(Fdb.t()) :: boolean()
  def table?(entry), do: entry.cacheinfo != nil

  @doc """
  Identity in the kernel: link, table, address, VLAN and far end.
  """
  @spec unique(Fdb.t()) :: tuple()
  def unique(entry) do
    {entry.ifindex, :self in Flags.names(entry, :flags), entry.lladdr, entry.vlan, entry.dst,
     entry.port, entry.vni, entry.src_vni, entry.via, entry.nh_id}
  end
end
