defmodule Linx.Netlink.Rtnl.Tc.Filter.Body do
  @moduledoc false
  # The options of a kind of filter as a struct, from the caller's. What a kind takes may depend on the place
  # of the filter: its protocol or its handle.

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.{Action, Kind}
  alias Linx.Netlink.Rtnl.Tc.Filter.Kinds

  @doc """
  The struct of checked options, by their names, for a filter in a place; `:actions` says whether it has
  actions.
  """
  @callback build(given :: %{atom() => term()}, place :: %{atom() => term()}) ::
              {:ok, struct() | nil} | {:error, Options.reason()}

  @doc """
  The handle of a filter that is added without one; the kernel's choice for a kind without this function.
  """
  @callback default_handle(struct()) :: 0..0xFFFFFFFF

  @optional_callbacks default_handle: 1

  @doc """
  The struct of a kind with the caller's options for a filter in a place; `nil` for a kind without a struct,
  and where the kind is sent without options.
  """
  @spec new(String.t(), keyword(), map(), Kind.lookup()) ::
          {:ok, struct() | nil} | {:error, Options.reason() | Link.error()}
  def new(kind, opts, place, lookup) do
    {module, table} = Kind.of(Kinds, kind)
    {actions, opts} = actions(module, opts)

    with {:ok, given} <- Options.cast(table, opts),
         {:ok, actions} <- Action.List.check(actions || []),
         {:ok, given} <- Kind.links(given, lookup),
         {:ok, options} <-
           module |> build(given, Map.put(place, :actions, actions != [])) |> as_given(opts),
         {:ok, actions} <- Action.List.resolve(actions, lookup),
         do: {:ok, with_actions(options, module, actions)}
  end

  # An error of options together has the value as the caller gave it.
  defp as_given({:error, {:bad_option, key, _value}} = error, opts) do
    case Keyword.fetch(opts, key) do
      {:ok, value} -> {:error, {:bad_option, key, value}}
      :error -> error
    end
  end

  defp as_given(result, _opts), do: result

  # All kinds of the table have actions, in the field `act`.
  defp actions(nil, opts), do: {nil, opts}

  defp actions(_module, opts) do
    {actions, opts} = Options.split_keys(opts, [:actions])
    {actions[:actions], opts}
  end

  defp with_actions(options, _module, []), do: options
  defp with_actions(options, module, actions), do: struct!(options || module, act: actions)

  @doc """
  The place of a filter with options, with its handle.
  """
  @spec place(map(), struct() | nil) :: map()
  def place(%{handle: _} = place, _options), do: place

  def place(place, %module{} = options) do
    if function_exported?(module, :default_handle, 1),
      do: Map.put(place, :handle, module.default_handle(options)),
      else: place
  end

  def place(place, nil), do: place

  defp build(nil, _given, _place), do: {:ok, nil}

  defp build(module, given, place) do
    cond do
      function_exported?(module, :build, 2) -> module.build(given, place)
      function_exported?(module, :build, 1) -> module.build(given)
      true -> {:ok, struct!(module, given)}
    end
  end
end
