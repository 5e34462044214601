defmodule Linx.Netlink.Rtnl.Fdb.Query do
  @moduledoc false
  # Lists of forwarding entries and single entries.

  alias Linx.Netlink.Codec.Flags
  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Rtnl.{Fdb, Link}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getneigh 30

  @af_bridge 7

  @spec list(Request.target(), keyword()) :: {:ok, [Fdb.t()]} | {:error, Fdb.error()}
  def list(sock, opts) do
    table = [link: :link, bridge: :link, vlan: 1..4094, state: {:enum, Fdb.__states__()}]

    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, via} <- Link.option_index(sock, wanted[:link], request),
         {:ok, master} <- Link.option_index(sock, wanted[:bridge], request),
         query = %Fdb{family: @af_bridge, via: via, master: master},
         {:ok, entries} <- Request.dump(sock, @rtm_getneigh, query, request) do
      {:ok, filter(entries, via, Map.take(wanted, [:vlan, :state]))}
    end
  end

  # Without a filter, the list is not copied.
  defp filter(entries, nil, filter) when filter == %{}, do: entries
  defp filter(entries, via, filter), do: Enum.filter(entries, &chosen?(&1, via, filter))

  defp chosen?(entry, index, filter) do
    (index == nil or entry.ifindex == index) and
      filter[:vlan] in [nil, entry.vlan] and
      filter[:state] in [nil, Fdb.__states__()[Fdb.state(entry)]]
  end

  @doc "Gets the entry with the key of another."
  @spec fetch(Request.target(), Fdb.t(), keyword()) ::
          {:ok, Fdb.t() | Batch.Read.t()} | {:error, Fdb.error()}
  def fetch(sock, entry, request) do
    query = %Fdb{
      family: @af_bridge,
      ifindex: entry.ifindex,
      flags: for(flag <- Flags.names(entry, :flags), flag in [:self, :master], do: flag),
      lladdr: entry.lladdr,
      vlan: entry.vlan,
      # In a query, NDA_VNI is the network identifier received (`vxlan_fdb_get`).
      vni: entry.src_vni
    }

    Request.fetch(sock, @rtm_getneigh, query, request)
  end
end
