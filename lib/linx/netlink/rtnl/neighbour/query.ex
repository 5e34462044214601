defmodule Linx.Netlink.Rtnl.Neighbour.Query do
  @moduledoc false
  # Lists of neighbours and single entries.

  import Bitwise

  alias Linx.Netlink.{Batch, Options, Request}
  alias Linx.Netlink.Rtnl.{Link, Names, Neighbour}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rtm_getneigh 30

  # NTF_PROXY of include/uapi/linux/neighbour.h.
  @proxy 0x8

  @states [none: 0] ++ Names.neighbour_states()

  @filters [
    link: :link,
    master: :link,
    family: {:choice, Options.families()},
    state: {:some, @states},
    proxy: :boolean
  ]

  @spec list(Request.target(), keyword()) ::
          {:ok, [Neighbour.t()]} | {:error, Neighbour.error()}
  def list(sock, opts) do
    with {:ok, request, wanted} <- Options.read(opts, :dump, @netlink_route, @filters),
         family = wanted[:family] || 0,
         {:ok, via} <- Link.option_index(sock, wanted[:link], request),
         {:ok, master} <- Link.option_index(sock, wanted[:master], request),
         flags = if(wanted[:proxy], do: @proxy, else: 0),
         query = %Neighbour{family: family, flags: flags, via: via, master: master},
         {:ok, neighbours} <- Request.dump(sock, @rtm_getneigh, query, request) do
      {:ok, filter(neighbours, family, via, states_mask(wanted[:state]))}
    end
  end

  # A mask, and whether entries without a state are included.
  defp states_mask(nil), do: nil
  defp states_mask(names), do: {Enum.reduce(names, 0, &(@states[&1] ||| &2)), :none in names}

  # Without a filter, the list is not copied.
  defp filter(neighbours, 0, nil, nil), do: neighbours

  defp filter(neighbours, family, via, states),
    do: Enum.filter(neighbours, &chosen?(&1, family, via, states))

  defp chosen?(neighbour, family, index, states) do
    (family == 0 or neighbour.family == family) and
      (index == nil or neighbour.ifindex == index) and
      (states == nil or in_state?(neighbour.state, states))
  end

  defp in_state?(0, {_mask, none}), do: none
  defp in_state?(state, {mask, _none}), do: (state &&& mask) != 0

  @spec get(Request.target(), Neighbour.ref(), Neighbour.ip(), keyword()) ::
          {:ok, Neighbour.t() | Batch.Read.t()} | {:error, Neighbour.error()}
  def get(sock, link, ip, opts) do
    with {:ok, request, opts} <- Options.split(opts, :get, @netlink_route),
         {:ok, draft} <- Neighbour.Options.cast_key(link, ip, Keyword.delete(opts, :proxy)),
         {:ok, wanted} <- Options.cast([proxy: :boolean], opts),
         {:ok, entry} <- Neighbour.Options.resolve(draft, sock, request) do
      fetch(sock, %{entry | flags: if(wanted[:proxy], do: @proxy, else: 0)}, request)
    end
  end

  @doc "Gets the entry with the key of another."
  @spec fetch(Request.target(), Neighbour.t(), keyword()) ::
          {:ok, Neighbour.t() | Batch.Read.t()} | {:error, Neighbour.error()}
  def fetch(sock, entry, request), do: Request.fetch(sock, @rtm_getneigh, entry, request)
end
