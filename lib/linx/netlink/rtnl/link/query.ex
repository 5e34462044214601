defmodule Linx.Netlink.Rtnl.Link.Query do
  @moduledoc false
  # RTM_GETLINK: dumps, single links, and the index of a name.

  alias Linx.Netlink.{Batch, Error, Options, Request}
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}
  alias Linx.Text

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getlink 18

  # Parts of a link to read, and filters of a dump.
  @parts [stats: :boolean, af_spec: :boolean, vf: :boolean, target_netnsid: 0..0x7FFFFFFF]
  @filters [kind: :kind, master: :link] ++ @parts

  @spec list(Link.target(), keyword()) :: {:ok, [Link.t()]} | {:error, Link.error()}
  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         {:ok, master} <- master_index(sock, wanted, request),
         kind = wanted[:kind],
         query = %{query(wanted) | master: master, linkinfo: kind && %LinkInfo{kind: kind}},
         skip = skip(wanted),
         {:ok, links} <- Request.dump(sock, @rtm_getlink, query, [skip: skip] ++ request) do
      {:ok, filter(links, kind, master)}
    end
  end

  @spec get(Link.target(), Link.ref(), keyword()) ::
          {:ok, Link.t() | Batch.Read.t()} | {:error, Link.error()}
  def get(sock, ref, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @parts),
         wanted = Map.put_new(wanted, :af_spec, true),
         {:ok, query} <- put_ref(query(wanted), ref),
         skip = skip(wanted) do
      sock
      |> Request.fetch(@rtm_getlink, query, [skip: skip] ++ request)
      |> Batch.finish(&named(&1, ref))
    end
  end

  defp named({:error, %Error{errno: :enodev, message: nil} = error}, ref),
    do: {:error, %{error | message: "no such interface #{Text.quoted(ref)}"}}

  defp named(result, _ref), do: result

  @doc "The link of `get/3`, at once: for a batch as well, on the socket of that."
  @spec lookup(Link.target(), Link.ref(), keyword()) :: {:ok, Link.t()} | {:error, Link.error()}
  def lookup(sock, ref, opts), do: sock |> Batch.target() |> get(ref, opts)

  # The smallest reply: neither statistics nor the settings of address families are decoded.
  @spec exists?(Link.target(), Link.ref(), keyword()) :: boolean() | {:error, Link.error()}
  def exists?(sock, ref, opts) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_route, []) do
      case lookup(sock, ref, [af_spec: false] ++ Keyword.take(request, [:timeout])) do
        {:ok, _link} -> true
        {:error, %Error{errno: :enodev}} -> false
        {:error, reason} -> {:error, reason}
      end
    end
  end

  # The index of a link, looked up by name; `request` holds the options of the request that
  # needs the index.
  @spec index(Link.target(), Link.ref(), keyword()) ::
          {:ok, pos_integer()} | {:error, Link.error()}
  def index(_sock, index, _request) when index in 1..0x7FFFFFFF, do: {:ok, index}

  def index(sock, name, request) do
    Batch.lookup(sock, name, fn ->
      opts = [af_spec: false] ++ Keyword.take(request, [:timeout])
      with {:ok, link} <- lookup(sock, name, opts), do: {:ok, link.index}
    end)
  end

  # The index for an option that names a link, `nil` without the option.
  @spec option_index(Link.target(), {:link, atom(), Link.ref()} | nil, keyword()) ::
          {:ok, pos_integer() | nil} | {:error, Link.error()}
  def option_index(_sock, nil, _request), do: {:ok, nil}
  def option_index(sock, {:link, _key, ref}, request), do: index(sock, ref, request)

  defp put_ref(query, index) when index in 1..0x7FFFFFFF, do: {:ok, %{query | index: index}}

  # IFLA_IFNAME holds 15 bytes, IFLA_ALT_IFNAME 127.
  defp put_ref(query, name) do
    with {:ok, name} <- Type.check({:alt_name, 127}, :name, name) do
      if byte_size(name) <= 15,
        do: {:ok, %{query | name: name}},
        else: {:ok, %{query | request: %{query.request | alt_ifname: name}}}
    end
  end

  defp query(wanted) do
    mask = if wanted[:stats], do: [], else: [:skip_stats]
    mask = if wanted[:vf], do: [:vf | mask], else: mask
    %Link{request: %Link.Request{ext_mask: mask, target_netnsid: wanted[:target_netnsid]}}
  end

  # Fields that are not decoded unless asked for: whether the kernel sends them without being
  # asked depends on its version.
  defp skip(wanted) do
    for {part, field} <- [stats: :stats64, af_spec: :af_spec], !wanted[part], do: field
  end

  defp master_index(sock, wanted, request) do
    case wanted do
      %{master: {:link, _key, master}} ->
        opts =
          Keyword.take(request, [:timeout]) ++ Map.to_list(Map.take(wanted, [:target_netnsid]))

        with {:ok, link} <- lookup(sock, master, opts), do: {:ok, link.index}

      %{} ->
        {:ok, nil}
    end
  end

  # A kernel that does not know a filter, or the kind, lists all links.
  defp filter(links, nil, nil), do: links

  defp filter(links, kind, master) do
    Enum.filter(links, fn link ->
      kind in [nil, Link.kind(link)] and master in [nil, link.master]
    end)
  end
end
