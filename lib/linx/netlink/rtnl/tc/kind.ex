defmodule Linx.Netlink.Rtnl.Tc.Kind do
  @moduledoc false
  # The options of a kind as a struct, from the caller's.
  #
  # The module of a kind has a table of options. Without `build/1` each option is the field of its name.

  alias Linx.Netlink.{Options, Request}
  alias Linx.Netlink.Rtnl.Link

  @doc """
  The struct of checked options, by their names. Links are indices. An error is one of
  `Linx.Netlink.Options`.
  """
  @callback build(given :: %{atom() => term()}) :: {:ok, struct()} | {:error, Options.reason()}

  @doc """
  The struct to send for one that was read, where the kernel does not take what it reports.
  """
  @callback writable(struct()) :: struct()

  @optional_callbacks build: 1, writable: 1

  @doc """
  The options of a kind to send, of those that were read.
  """
  @spec writable(struct() | nil) :: struct() | nil
  def writable(%module{} = options) do
    Code.ensure_loaded!(module)
    if function_exported?(module, :writable, 1), do: module.writable(options), else: options
  end

  def writable(nil), do: nil

  @doc """
  The module of a kind's options in a table, and the options that it takes: none for a kind that is not
  in the table, which is sent without options.
  """
  @spec of(module(), String.t()) :: {module() | nil, keyword()}
  def of(table, kind) do
    case table.__table__() do
      %{^kind => {:nested, module}} -> {module, options(module)}
      %{^kind => module} -> {module, options(module)}
      %{} -> {nil, []}
    end
  end

  defp options(module) do
    Code.ensure_loaded!(module)
    if function_exported?(module, :__options__, 0), do: module.__options__(), else: []
  end

  @typedoc "The index of a link, by its name or index."
  @type lookup :: (Link.ref() -> {:ok, pos_integer()} | {:error, term()})

  @doc "The lookup of links of a request."
  @spec lookup(Request.target(), keyword()) :: lookup()
  def lookup(target, request), do: &Link.index(target, &1, Keyword.take(request, [:timeout]))

  @doc """
  The struct of a kind with the caller's options; `nil` if none are given and none are required.
  """
  @spec new({module() | nil, keyword()}, keyword(), lookup()) ::
          {:ok, struct() | nil} | {:error, Options.reason() | Link.error()}
  def new({module, table}, opts, lookup) do
    with {:ok, given} <- Options.cast(table, opts),
         do: resolve({module, given}, lookup)
  end

  @doc """
  Checks the caller's options for a kind, and looks up nothing: what `resolve/2` takes.
  """
  @spec check({module() | nil, keyword()}, keyword()) ::
          {:ok, {module() | nil, map()}} | {:error, Options.reason()}
  def check({module, table}, opts) do
    with {:ok, given} <- Options.cast(table, opts),
         {:ok, _struct} <- build(module, Map.new(given, &any_link/1)),
         do: {:ok, {module, given}}
  end

  defp any_link({key, {:link, _name, _ref}}), do: {key, 1}
  defp any_link(given), do: given

  @doc """
  The struct of a kind with checked options, whose links are looked up.
  """
  @spec resolve({module() | nil, map()}, lookup()) ::
          {:ok, struct() | nil} | {:error, Options.reason() | Link.error()}
  def resolve({module, given}, lookup) do
    with {:ok, given} <- links(given, lookup),
         do: build(module, given)
  end

  defp build(nil, _given), do: {:ok, nil}

  defp build(module, given) do
    cond do
      function_exported?(module, :build, 1) -> module.build(given)
      given == %{} -> {:ok, nil}
      true -> {:ok, struct!(module, given)}
    end
  end

  @doc """
  The options with the indices of links.
  """
  @spec links(map(), lookup()) :: {:ok, map()} | {:error, Link.error()}
  def links(given, lookup), do: links(Map.to_list(given), lookup, %{})

  defp links([{key, {:link, _name, ref}} | rest], lookup, done) do
    with {:ok, index} <- lookup.(ref), do: links(rest, lookup, Map.put(done, key, index))
  end

  defp links([{key, value} | rest], lookup, done),
    do: links(rest, lookup, Map.put(done, key, value))

  defp links([], _lookup, done), do: {:ok, done}
end
