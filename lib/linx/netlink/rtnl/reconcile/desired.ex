defmodule Linx.Netlink.Rtnl.Reconcile.Desired do
  @moduledoc false
  # The sections of a desired state, from specifications to items: structs of objects, or for links
  # a `Linx.Netlink.Rtnl.Link.Spec`. Pure.

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl

  @type sections :: %{optional(atom()) => [Desired.wanted()]}

  @doc """
  The resources that can be reconciled, those first on which others depend.
  """
  @spec resources() :: [Linx.Netlink.Resource.t()]
  def resources, do: for(%{desired: module} = resource <- Rtnl.resources(), module, do: resource)

  @doc """
  Options of a monitor for the groups of all these resources, of which a kernel may lack some.
  """
  @spec groups() :: keyword([pos_integer()])
  def groups do
    {optional, always} = Enum.split_with(resources(), & &1.optional)

    [
      groups: Enum.flat_map(always, & &1.groups),
      optional_groups: Enum.flat_map(optional, & &1.groups)
    ]
  end

  @doc """
  The sections that are given. `takeover` is for items without an option `:takeover` of their own.
  """
  @spec normalize(map(), Desired.context(), boolean()) ::
          {:ok, sections()} | {:error, {:normalize, term()}}
  def normalize(desired, context, takeover) do
    resources = resources()

    with [] <- Map.keys(desired) -- Enum.map(resources, & &1.plural),
         given = Enum.filter(resources, &(desired[&1.plural] != nil)),
         {:ok, sections} <- Desired.each(given, &section(&1, desired, context, takeover)) do
      {:ok, Map.new(sections)}
    else
      [section | _] -> {:error, {:normalize, {:unknown_section, section}}}
      {:error, reason} -> {:error, {:normalize, reason}}
    end
  end

  defp section(%{plural: plural} = resource, desired, context, takeover) do
    case Map.fetch!(desired, plural) do
      specs when is_list(specs) ->
        with {:ok, lists} <- Desired.each(specs, &items(resource, &1, context, takeover)),
             do: {:ok, {plural, Enum.concat(lists)}}

      other ->
        {:error, {:bad_section, plural, other}}
    end
  end

  defp items(resource, spec, context, takeover) do
    with {:ok, spec, takeover} <- takeover(spec, takeover),
         {:ok, item} <- resource.desired.cast(spec, context) do
      {:ok, for(item <- List.wrap(item), do: {item, takeover})}
    else
      {:error, {:unknown_interface, name}} -> {:error, {:unknown_interface, name}}
      {:error, reason} -> {:error, {resource.name, reason}}
      {:invalid, reason} -> {:error, reason}
    end
  end

  # The option `:takeover`, which no verb has.
  defp takeover(opts, default) when is_list(opts) do
    case List.keytake(opts, :takeover, 0) do
      nil -> {:ok, opts, default}
      {{:takeover, value}, opts} when is_boolean(value) -> {:ok, opts, value}
      {option, _opts} -> {:error, {:bad_option, :takeover, elem(option, 1)}}
    end
  end

  defp takeover(spec, default) when is_tuple(spec) and tuple_size(spec) > 1 do
    last = tuple_size(spec) - 1

    with opts when is_list(opts) <- elem(spec, last),
         {:ok, opts, value} <- takeover(opts, default) do
      {:ok, put_elem(spec, last, opts), value}
    else
      {:error, reason} -> {:error, reason}
      _no_options -> {:ok, spec, default}
    end
  end

  defp takeover(spec, default), do: {:ok, spec, default}
end
