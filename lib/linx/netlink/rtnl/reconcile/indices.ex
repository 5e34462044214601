defmodule Linx.Netlink.Rtnl.Reconcile.Indices do
  @moduledoc false
  # Links of a pass: the indices by which other objects refer to them, of those that exist and of
  # those that the pass will create. Links come first in a pass since all other objects name them;
  # this is the only module of reconciliation that knows links from other resources.

  alias Linx.Netlink.{Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Link

  # Indices in the place of those that links will get, counted down from the greatest.
  @planned 0x7FFFFFFF

  @enforce_keys [:links, :recreated, :planned, :all]
  defstruct @enforce_keys

  @typedoc """
  The links that exist; those of them that are deleted and created again, since they are taken over
  and of another kind; indices by name of those to create, and of all.
  """
  @type t :: %__MODULE__{
          links: [Link.t()],
          recreated: [Link.t()],
          planned: %{optional(String.t()) => pos_integer()},
          all: %{optional(String.t()) => pos_integer()}
        }

  @doc """
  Lists the links, and plans the indices of those to create.
  """
  @spec read(Request.target(), map(), map(), boolean()) :: {:ok, t()} | {:error, Request.error()}
  def read(sock, desired, owned, takeover) do
    specs = with specs when not is_list(specs) <- desired[:links], do: []

    with {:ok, links} <- Link.list(sock, af_spec: Link.Spec.af_spec?(specs)) do
      recreated = recreated(specs, links, owned.links, takeover)
      names = Map.drop(names(links), Enum.map(recreated, & &1.name))
      planned = planned(specs, names)

      {:ok,
       %__MODULE__{
         links: links,
         recreated: recreated,
         planned: planned,
         all: Map.merge(names, planned)
       }}
    end
  end

  # Links by each of their names.
  defp names(links) do
    for link <- links, name <- [link.name | Link.alt_names(link)], into: %{} do
      {name, link.index}
    end
  end

  # A specification that is none is refused by `Linx.Netlink.Rtnl.Link.Spec`.
  defp recreated(specs, links, owned, takeover) do
    by_name = Map.new(links, &{&1.name, &1})

    for spec <- specs,
        {name, kind, opts} <- [spec(spec)],
        link = by_name[name],
        kind not in [nil, link.linkinfo && link.linkinfo.kind],
        {:takeover, true} == List.keyfind(opts, :takeover, 0, {:takeover, takeover}),
        not MapSet.member?(owned, {link.name, link.index}),
        do: link
  end

  defp spec({name, kind}), do: spec({name, kind, []})

  defp spec({name, kind, opts}) when is_atom(kind) and is_list(opts),
    do: {name, kind && to_string(kind), opts}

  defp spec({name, kind, opts}) when is_binary(kind) and is_list(opts), do: {name, kind, opts}
  defp spec(_other), do: nil

  # The links to create, peers included.
  defp planned(specs, names) do
    specs
    |> Enum.flat_map(fn
      {name, kind} when kind != nil -> [name]
      {name, kind, opts} when kind != nil and is_list(opts) -> [name, peer(opts)]
      _ -> []
    end)
    |> Enum.uniq()
    |> Enum.filter(&(is_binary(&1) and not is_map_key(names, &1)))
    |> Enum.with_index()
    |> Map.new(fn {name, n} -> {name, @planned - n} end)
  end

  defp peer(opts) do
    case List.keyfind(opts, :peer, 0) do
      {:peer, name} when is_binary(name) -> name
      {:peer, [_ | _] = opts} -> with {:name, name} <- List.keyfind(opts, :name, 0), do: name
      _ -> nil
    end
  end

  @doc """
  The links as a section of the observed objects.
  """
  @spec observed(t()) :: map()
  def observed(%{links: links}), do: %{links: links}

  @doc """
  The index of a link that the pass has created.
  """
  @spec fetch(Request.target(), String.t()) :: {:ok, pos_integer()} | {:error, term()}
  def fetch(sock, name) do
    case Link.get(sock, name) do
      {:ok, link} -> {:ok, link.index}
      {:error, %Error{errno: :enodev}} -> {:error, {:unknown_interface, name}}
      {:error, reason} -> {:error, reason}
    end
  end

  @doc """
  Whether each desired link without a kind exists or is planned.
  """
  @spec check(map(), t()) :: :ok | {:error, {:normalize, {:unknown_interface, String.t()}}}
  def check(wanted, indices) do
    names = for {%{kind: nil, link: link}, _} <- wanted[:links] || [], do: link.name

    case Enum.reject(names, &is_map_key(indices.all, &1)) do
      [] -> :ok
      [name | _] -> {:error, {:normalize, {:unknown_interface, name}}}
    end
  end

  @doc """
  The observed objects without those that go with a link that is created again.
  """
  @spec remaining(map(), t()) :: map()
  def remaining(observed, %{recreated: []}), do: observed

  def remaining(observed, %{recreated: recreated}) do
    gone = Enum.map(recreated, & &1.index)

    for %{plural: plural, ifindex: fields} <- Rtnl.resources(),
        plural != :links,
        field <- fields,
        is_atom(field),
        is_map_key(observed, plural),
        reduce: observed do
      observed ->
        Map.update!(observed, plural, &Enum.reject(&1, fn o -> Map.get(o, field) in gone end))
    end
  end
end
