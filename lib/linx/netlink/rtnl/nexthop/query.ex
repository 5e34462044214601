defmodule Linx.Netlink.Rtnl.Nexthop.Query do
  @moduledoc false
  # Lists of nexthop objects and buckets, and single ones.

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Nexthop, Protocol}
  alias Linx.Netlink.Rtnl.Nexthop.ResBucket

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getnexthop 106
  @rtm_getnexthopbucket 118

  @links [dev: :link, oif: :link, master: :link]
  @stats [stats: :boolean]
  @filters @links ++
             @stats ++
             [
               groups: :boolean,
               fdb: :boolean,
               family: {:choice, [inet: :inet, inet6: :inet6]},
               protocol: {:named, 0..255, Protocol.names()}
             ]
  @bucket [id: 1..0xFFFFFFFF, index: 0..0xFFFF]
  @bucket_filters @links ++ [id: 1..0xFFFFFFFF, nh_id: 1..0xFFFFFFFF]

  @spec list(Link.target(), keyword()) :: {:ok, [Nexthop.t()]} | {:error, Nexthop.error()}
  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         {:ok, query} <- query(sock, wanted, request),
         {:ok, nexthops} <- Request.dump(sock, @rtm_getnexthop, query, request) do
      {:ok, Enum.filter(nexthops, &wanted?(&1, query, wanted[:protocol]))}
    end
  end

  @spec get(Link.target(), pos_integer(), keyword()) ::
          {:ok, Nexthop.t() | Batch.Read.t()} | {:error, Nexthop.error()}
  def get(sock, id, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :get, @netlink_route, @stats),
         {:ok, id} <- Nexthop.Options.id(id),
         {:ok, query} <- query(sock, wanted, request),
         do: Request.fetch(sock, @rtm_getnexthop, %{query | id: id}, request)
  end

  defp query(sock, wanted, request) do
    with {:ok, oif} <- Link.option_index(sock, wanted[:oif] || wanted[:dev], request),
         {:ok, master} <- Link.option_index(sock, wanted[:master], request) do
      {:ok,
       %Nexthop{
         family: wanted[:family] || :unspec,
         oif: oif,
         master: master,
         groups: wanted[:groups] || nil,
         fdb: wanted[:fdb] || nil,
         op_flags: if(wanted[:stats], do: [:dump_stats, :dump_hw_stats])
       }}
    end
  end

  # The kernel accepts the filter NHA_FDB and ignores it.
  defp wanted?(nexthop, query, protocol) do
    query.family in [:unspec, nexthop.family] and query.oif in [nil, nexthop.oif] and
      query.fdb in [nil, nexthop.fdb] and (query.groups == nil or nexthop.group != nil) and
      protocol in [nil, Protocol.number(nexthop.protocol)]
  end

  @spec buckets(Link.target(), keyword()) :: {:ok, [Nexthop.t()]} | {:error, Nexthop.error()}
  def buckets(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @bucket_filters),
         {:ok, query} <- query(sock, wanted, request) do
      bucket = if id = wanted[:nh_id], do: %ResBucket{nh_id: id}
      query = %{query | id: wanted[:id], res_bucket: bucket}
      Request.dump(sock, @rtm_getnexthopbucket, query, request)
    end
  end

  @spec bucket(Link.target(), pos_integer(), 0..0xFFFF, keyword()) ::
          {:ok, Nexthop.t() | Batch.Read.t()} | {:error, Nexthop.error()}
  def bucket(sock, id, index, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_route, []),
         {:ok, %{id: id, index: index}} <- Options.cast(@bucket, id: id, index: index) do
      query = %Nexthop{id: id, res_bucket: %ResBucket{index: index}}
      Request.fetch(sock, @rtm_getnexthopbucket, query, request)
    end
  end
end
