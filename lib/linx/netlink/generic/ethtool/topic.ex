defmodule Linx.Netlink.Generic.Ethtool.Topic do
  @moduledoc false
  # The table of topics, `topic NAME, MODULE, ROW`. A row declares the commands and the notification of
  # the topic for `Linx.Netlink.Generic.Family`, and has:
  #
  #   * `get:`, `set:`, `ntf:` the numbers of the commands and of the notification, or `{name, number}`
  #     where the name is not the topic's with `_get`, `_set`, `_ntf`;
  #   * `query:` the codec module of the request, where it is another one;
  #   * `bits:` the fields that are sets of bits: the string set of their names, or `{set, form}` with
  #     the key of a map (`Bits.named/3`); `nil` for a set whose names are in the message;
  #   * `sets:` further string sets that the struct's `finish/2` or the query's `prepare/2` needs;
  #   * `unknown:` fields whose value `:unknown` reads as `nil`;
  #   * `statistics: true` if the kernel adds counters to a request with ETHTOOL_FLAG_STATS;
  #   * `link: :optional` if a request may lack the link; `dump: false` if there is no list, `dump: :link`
  #     if the list can be of one link.

  alias Linx.Netlink.Generic.Ethtool.{Bits, Dev}

  @type t :: %{
          name: atom(),
          module: module(),
          query: module(),
          get: atom(),
          set: atom() | nil,
          bits: keyword({atom() | nil, :list | :advertised | :enabled}),
          sets: [atom()],
          unknown: [atom()],
          statistics: boolean(),
          link: :required | :optional,
          dump: boolean() | :link
        }

  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Generic.Ethtool.Topic, only: [topic: 3]
      Module.register_attribute(__MODULE__, :linx_topics, accumulate: true)
      @before_compile Linx.Netlink.Generic.Ethtool.Topic
    end
  end

  defmacro topic(name, module, row) do
    module = at_runtime(module, __CALLER__)
    row = Keyword.update(row, :query, module, &at_runtime(&1, __CALLER__))
    {get, get_number} = command(name, "get", row[:get])
    {set, set_number} = command(name, "set", row[:set])
    {ntf, ntf_number} = command(name, "ntf", row[:ntf])
    dump = Keyword.get(row, :dump, true)

    quote do
      command(unquote(get), unquote(get_number), unquote(row[:query]),
        dump: unquote(dump != false),
        reply: unquote(module)
      )

      unquote(set && quote(do: command(unquote(set), unquote(set_number), unquote(module))))
      unquote(ntf && quote(do: event(unquote(ntf), unquote(ntf_number), unquote(module))))

      @linx_topics Linx.Netlink.Generic.Ethtool.Topic.new(
                     unquote(name),
                     unquote(module),
                     unquote(Keyword.merge(row, get: get, set: set, dump: dump))
                   )
    end
  end

  defp command(_name, _verb, nil), do: {nil, nil}
  defp command(_name, _verb, {command, number}), do: {command, number}
  defp command(name, verb, number), do: {:"#{name}_#{verb}", number}

  # A module in a row creates no dependency at compile time.
  defp at_runtime(module, env), do: Macro.expand(module, %{env | function: {:__topics__, 0}})

  defmacro __before_compile__(_env) do
    quote do
      @linx_table Map.new(@linx_topics, &{&1.name, &1})

      @doc false
      @spec __topics__() :: %{atom() => Linx.Netlink.Generic.Ethtool.Topic.t()}
      def __topics__, do: @linx_table
    end
  end

  @spec new(atom(), module(), keyword()) :: t()
  def new(name, module, row) do
    bits =
      for {field, set} <- Keyword.get(row, :bits, []),
          do: {field, if(is_tuple(set), do: set, else: {set, :list})}

    sets = for {_field, {set, _form}} <- bits, set != nil, do: set

    %{
      name: name,
      module: module,
      query: row[:query],
      get: row[:get],
      set: row[:set],
      bits: bits,
      sets: Enum.uniq(sets ++ Keyword.get(row, :sets, [])),
      unknown: Keyword.get(row, :unknown, []),
      statistics: Keyword.get(row, :statistics, false),
      link: Keyword.get(row, :link, :required),
      dump: row[:dump]
    }
  end

  @doc "A struct that was received, as callers get it."
  @spec finish(struct(), t(), %{atom() => tuple()}) :: struct()
  def finish(struct, %{module: module, bits: bits, unknown: unknown}, names) do
    struct = Enum.reduce(bits, struct, &named(&1, &2, names))
    struct = Enum.reduce(unknown, struct, &known/2)

    if function_exported?(module, :finish, 2), do: module.finish(struct, names), else: struct
  end

  defp named({field, {set, form}}, struct, names),
    do: Map.update!(struct, field, &Bits.named(&1, names[set], form))

  defp known(field, struct) do
    case struct do
      %{^field => :unknown} -> Map.replace!(struct, field, nil)
      _known -> struct
    end
  end

  @doc "Options of a request that reads the topic."
  @spec options(t()) :: keyword()
  def options(%{query: query, statistics: statistics}) do
    if(statistics, do: [include_statistics: :boolean], else: []) ++
      [phy_index: 0..0xFFFFFFFF] ++ exported(query, :query)
  end

  @doc "Options of a list of the topic."
  @spec filters(t()) :: keyword()
  def filters(%{dump: dump, module: module} = topic) do
    filters = if dump == :link, do: exported(module, :filters), else: options(topic)

    if dump == :link,
      do: [link: {:check, &Dev.cast/1, "link"}] ++ filters,
      else: Keyword.delete(filters, :phy_index)
  end

  @doc "Options of a request that sets the topic."
  @spec settings(t()) :: keyword()
  def settings(%{module: module}), do: [phy_index: 0..0xFFFFFFFF] ++ module.__options__()

  defp exported(module, function) do
    if Code.ensure_loaded?(module) and function_exported?(module, function, 0),
      do: apply(module, function, []),
      else: []
  end
end
