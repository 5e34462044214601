defmodule Linx.Netlink.Rtnl.Link.Plan do
  @moduledoc false
  # Steps for the links of a desired state. Pure.

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.Spec

  @type owned :: MapSet.t({String.t(), pos_integer()})

  @doc """
  The steps. Their details: `{:set, opts}`, `{:kind, kind}` for a link of another kind, a spec for
  a link to create, `{:recreate, spec}` for one to replace.
  """
  @spec steps([{Spec.t(), boolean()}], [Link.t()], owned(), %{
          optional(String.t()) => pos_integer()
        }) :: [Desired.step()]
  def steps(desired, observed, owned, indices) do
    there = Map.new(observed, &{&1.name, &1})
    desired = Enum.uniq_by(desired, fn {spec, _takeover} -> spec.link.name end)
    wanted = MapSet.new(desired, fn {spec, _takeover} -> spec.link.name end)

    changes =
      Enum.flat_map(desired, fn {spec, takeover} ->
        link = there[spec.link.name]
        managed? = link != nil and MapSet.member?(owned, {link.name, link.index})
        step(spec, link, managed?, takeover, indices)
      end)

    # A link with a greater index may be stacked on one with a smaller.
    deletes =
      for link <- Enum.sort_by(observed, & &1.index, :desc),
          MapSet.member?(owned, {link.name, link.index}),
          not MapSet.member?(wanted, link.name),
          do: {{:delete, link}, nil}

    changes ++ deletes
  end

  # Without a kind it is the peer of a link that is created.
  defp step(%{kind: nil, link: link} = spec, nil, _ours?, _takeover, indices),
    do: [{{:update, %{link | index: indices[link.name]}}, {:set, spec.create ++ spec.set}}]

  defp step(spec, nil, _ours?, _takeover, _indices), do: [{{:create, spec.link}, spec}]

  defp step(spec, link, managed?, takeover, indices) do
    kind = link.linkinfo && link.linkinfo.kind
    other_kind? = spec.kind not in [nil, kind]
    changes = if other_kind?, do: [], else: Spec.changes(spec, link, indices)
    item = %{spec.link | index: link.index}

    cond do
      # Of a link without a kind only settings are desired, whatever its owner.
      spec.kind == nil or managed? ->
        cond do
          other_kind? -> [{{:update, link}, {:kind, kind}}]
          changes == [] -> []
          true -> [{{:update, item}, {:set, changes}}]
        end

      takeover and other_kind? ->
        [{{:replace, link, spec.link}, {:recreate, spec}}]

      takeover ->
        [{{:replace, link, item}, {:set, changes}}]

      other_kind? or changes != [] ->
        [{{:conflict, link, item}, nil}]

      true ->
        []
    end
  end
end
