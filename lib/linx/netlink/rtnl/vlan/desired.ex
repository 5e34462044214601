defmodule Linx.Netlink.Rtnl.Vlan.Desired do
  @moduledoc false
  # VLANs of a desired state: `{link, vids}` or `{link, vids, opts}`. An item is a
  # `Linx.Netlink.Rtnl.Vlan` with one entry of one VLAN.

  @behaviour Linx.Netlink.Resource.Desired

  alias Linx.Netlink.Resource.{Desired, Verbs}
  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Netlink.Rtnl.Vlan.{Entry, Info, Options, TunnelInfo}

  @af_bridge 7

  # Fields of an entry that are compared where they are desired.
  @compared [:state, :mcast_router, :mcast_max_groups, :neigh_suppress, :neigh_forward_grat]

  @impl true
  def cast({link, vids}, context), do: cast({link, vids, []}, context)

  def cast({link, vids, opts}, context) when is_list(opts) do
    with :ok <- Linx.Netlink.Options.keyword(opts),
         {:ok, flags, opts} <- Options.flags(opts),
         {:ok, entry} <- Options.entry(vids, flags, opts),
         {:ok, index} <- Desired.index(link, context),
         do: {:ok, index |> single(entry) |> Enum.map(&Desired.as_listed/1)}
  end

  def cast(spec, _context), do: {:error, {:bad_spec, spec}}

  # One struct for each VLAN of an entry.
  defp single(index, %Entry{info: %Info{vid: first}} = entry) do
    for vid <- Vlan.vids(entry) do
      tunnel = tunnel(entry.tunnel_info, vid - first)
      entry = %{entry | info: %{entry.info | vid: vid}, range: nil, tunnel_info: tunnel}
      %Vlan{family: @af_bridge, ifindex: index, entry: [entry]}
    end
  end

  defp tunnel(%TunnelInfo{id: id} = tunnel, offset) when is_integer(id),
    do: %{tunnel | id: id + offset}

  defp tunnel(tunnel, _offset), do: tunnel

  @doc """
  Key of a VLAN of a link.
  """
  @spec key(Vlan.t()) :: {integer(), 1..4094}
  def key(%Vlan{ifindex: index, entry: [%Entry{info: %Info{vid: vid}}]}), do: {index, vid}

  @doc """
  The request by which the kernel finds a VLAN of a link.
  """
  @spec identity(Vlan.t()) :: Vlan.t()
  def identity(%Vlan{} = vlan) do
    {index, vid} = key(vlan)
    %Vlan{family: @af_bridge, ifindex: index, entry: [%Entry{info: %Info{vid: vid}}]}
  end

  @impl true
  def read(sock, _wanted, _context) do
    with {:ok, links} <- Vlan.list(sock) do
      {:ok,
       for(
         %Vlan{entry: entries, ifindex: index} <- links,
         %Entry{info: %Info{}} = entry <- entries || [],
         vlan <- single(index, entry),
         do: vlan
       )}
    end
  end

  @impl true
  def equivalent?(%Vlan{entry: [desired]}, %Vlan{entry: [observed]}) do
    Enum.all?([:pvid, :untagged], &(&1 in desired.info.flags == &1 in observed.info.flags)) and
      Enum.all?(@compared, &(Map.get(desired, &1) in [nil, Map.get(observed, &1)])) and
      (desired.tunnel_info == nil or id(desired.tunnel_info) == id(observed.tunnel_info))
  end

  defp id(nil), do: nil
  defp id(%TunnelInfo{id: id}), do: id

  # The kernel changes a VLAN that exists.
  @impl true
  def execute(sock, {verb, vlan}, _detail) when verb in [:create, :update],
    do: with(:ok <- Verbs.write(sock, vlan, 0), do: {:ok, vlan})

  def execute(_sock, _op, _detail), do: :default
end
