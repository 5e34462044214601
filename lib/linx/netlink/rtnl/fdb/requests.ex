defmodule Linx.Netlink.Rtnl.Fdb.Requests do
  @moduledoc false
  # Requests that delete or create an entry that was read.

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Fdb

  @settable [:ext_learned, :sticky, :router]
  # The key of a remote end.
  @key [:family, :ifindex, :lladdr, :vlan, :dst, :port, :vni, :src_vni, :via]

  @doc """
  The fields by which the kernel finds the entry. It deletes entries of a network card only in the
  state permanent.
  """
  @spec delete(Fdb.t()) :: Fdb.t()
  def delete(%Fdb{} = entry) do
    fields = Map.take(entry, @key)
    struct!(Fdb, Map.merge(fields, %{state: [:permanent], flags: table(entry)}))
  end

  @doc "The entry without its read-only fields."
  @spec create(Fdb.t()) :: Fdb.t()
  def create(%Fdb{} = entry) do
    flags = for flag <- Flags.names(entry, :flags), flag in @settable, do: flag

    %{
      delete(entry)
      | state: state(Fdb.state(entry)),
        flags: table(entry) ++ flags,
        nh_id: entry.nh_id
    }
  end

  defp state(:permanent), do: [:permanent]
  defp state(:static), do: [:noarp]
  defp state(:dynamic), do: [:reachable]

  # An entry of a bridge's table has the bridge as its master. Of the bridge's own addresses, the
  # link is the bridge itself.
  defp table(entry) do
    bridge? = entry.master not in [nil, entry.ifindex]
    if bridge? and :self not in Flags.names(entry, :flags), do: [:master], else: [:self]
  end
end
