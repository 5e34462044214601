defmodule Linx.Netlink.Rtnl.Fdb.Requests do
  @moduledoc false
  # Requests made of a listed entry: to delete that very entry, and to write it again. Pure.

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.Rtnl.Fdb

  @settable [:ext_learned, :sticky, :router]
  # What tells of one far end of several.
  @key [:family, :ifindex, :lladdr, :vlan, :dst, :port, :vni, :src_vni, :via]

  @doc """
  What the kernel finds the entry by. Of a network card's own it insists on the state permanent.
  """
  @spec delete(Fdb.t()) :: Fdb.t()
  def delete(%Fdb{} = entry) do
    # An entry leads to far ends or to a group of them.
    fields = Map.take(entry, @key)
    struct!(Fdb, Map.merge(fields, %{state: [:permanent], flags: table(entry)}))
  end

  @doc "The entry as the kernel takes it back, without its ages."
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

  # A bridge's entry says which bridge; one of the bridge's own addresses is its own.
  defp table(entry) do
    bridge? = entry.master not in [nil, entry.ifindex]
    if bridge? and :self not in Flags.names(entry, :flags), do: [:master], else: [:self]
  end
end
