defmodule Linx.Netlink.Rtnl.Tc.Query do
  @moduledoc false
  # Lists of qdiscs and classes.

  alias Linx.Netlink.{Error, Options, Request}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.Units

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @link [link: :link, invisible: :flag]
  @filters [parent: Units.handle(), handle: Units.handle(), kind: :kind]

  @doc """
  Lists objects with a message type: of all links, with the options `:link` and `:invisible`, or of one. The
  library filters by `:link`, `:parent`, `:handle` and `:kind`. Further options are those of a dump.
  """
  @spec list(Link.target(), struct(), 0..0xFFFF, :all | {:link, Link.ref()}, keyword()) ::
          {:ok, [struct()]} | {:error, Link.error() | Options.reason()}
  def list(target, query, type, links, opts) do
    table = if links == :all, do: @link ++ @filters, else: @filters

    with {:ok, request, given} <- Options.read(opts, :dump, @netlink_route, table),
         {:ok, index} <- index(target, links, given, request),
         query = %{query | ifindex: index || 0},
         {:ok, objects} <- Request.dump(target, type, invisible(query, given), request) do
      wanted = %{
        ifindex: index,
        parent: given[:parent],
        handle: given[:handle],
        kind: given[:kind]
      }

      {:ok, Enum.filter(objects, &wanted?(&1, wanted))}
    end
  end

  defp index(target, :all, given, request),
    do: Link.option_index(target, given[:link], request)

  defp index(target, {:link, link}, _given, request), do: Link.index(target, link, request)

  defp invisible(query, %{invisible: true}), do: %{query | dump_invisible: true}
  defp invisible(query, %{}), do: query

  defp wanted?(object, wanted) do
    Enum.all?(wanted, fn {field, value} -> value == nil or Map.fetch!(object, field) == value end)
  end

  @doc """
  Gets the first object that `list` gives; `:enoent` if there is none. The kernel's own request for one
  object sends the reply to all listeners, as a notification.
  """
  @spec get(
          Link.target(),
          keyword(),
          (Link.target(), keyword() -> {:ok, [struct()]} | {:error, reason})
        ) ::
          {:ok, struct() | Linx.Netlink.Batch.Read.t()} | {:error, reason | Options.reason()}
        when reason: term()
  def get(target, opts, list) do
    with {:ok, request, %{}} <- Options.read(opts, :get, @netlink_route, []) do
      Request.read(target, request, fn target, request ->
        case list.(target, Keyword.take(request, [:timeout])) do
          {:ok, [object | _]} -> {:ok, object}
          {:ok, []} -> {:error, Error.from_errno(2)}
          {:error, reason} -> {:error, reason}
        end
      end)
    end
  end
end
