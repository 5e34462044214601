defmodule Linx.Netlink.Rtnl.Route.Path.Options do
  @moduledoc false
  # The option `:nexthops` of routes: checked, then made the paths of a multipath route.

  alias Linx.IP
  alias Linx.Netlink.Options
  alias Linx.Netlink.Options.Type
  alias Linx.Netlink.Rtnl.{Encap, Realms, Ref}
  alias Linx.Netlink.Rtnl.Route.{Path, Via}

  @doc "The paths of a route to `dst`, and the links that they name."
  @spec cast(term(), IP.t()) :: {:ok, [Path.t()] | nil, [Ref.t()]} | {:error, term()}
  def cast(nil, _dst), do: {:ok, nil, []}

  def cast([_ | _] = paths, dst) do
    if List.improper?(paths) do
      {:error, {:bad_option, :nexthops, paths}}
    else
      with {:ok, drafts} <- Type.each(paths, &path(&1, dst)) do
        {paths, refs} = Enum.unzip(drafts)
        {:ok, paths, refs |> Enum.with_index() |> Enum.flat_map(&in_list/1)}
      end
    end
  end

  def cast(other, _dst), do: {:error, {:bad_option, :nexthops, other}}

  defp in_list({refs, position}),
    do: for({path, ref} <- refs, do: {[:multipath, position | path], ref})

  defp path(%Path{} = path, _dst), do: {:ok, {path, []}}

  defp path(opts, dst) when is_list(opts) do
    with :ok <- Options.keyword(opts),
         own = Keyword.drop(opts, [:via, :encap, :realms]),
         {:ok, assigns} <- Options.parse(Path.__options__(), own, :create),
         {:ok, realms} <- Realms.cast(opts[:realms]),
         {:ok, {encap_type, encap}} <- Encap.cast(opts),
         {fields, refs} = Ref.split(assigns),
         :ok <- same_family(dst, fields[:gateway]),
         {:ok, gateway} <- Via.cast(fields[:gateway], opts[:via], dst) do
      path = %Path{
        flags: if(fields[:onlink] == 1, do: [:onlink], else: []),
        hops: Map.get(fields, :weight, 1) - 1,
        flow: realms,
        encap_type: encap_type,
        encap: encap
      }

      {:ok, {Map.merge(path, gateway), refs}}
    end
  end

  defp path(other, _dst), do: {:error, {:bad_option, :nexthops, other}}

  defp same_family(%{family: family}, %{family: other}) when family != other,
    do: {:error, {:family_mismatch, {family, other}}}

  defp same_family(_dst, _gateway), do: :ok
end
