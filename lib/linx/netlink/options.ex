defmodule Linx.Netlink.Options do
  @moduledoc false
  # Tables of options: one table checks the caller's options, maps them to struct fields and
  # documents them.
  #
  #     options(
  #       id: {1..4094, "VLAN id", required: true},
  #       protocol: {{:enum, @protocols}, "tag protocol"}
  #     )
  #
  # A row is `name: {type, text}` or `name: {type, text, extras}`, with a type of
  # `Linx.Netlink.Options.Type`. The extras:
  #
  #   * `field:` the path of the field in the struct, by default `[name]`; a step
  #     `{key, Module}` enters a nested struct and makes it when it is not there, `:..`
  #     leaves a kind's data for its link, `{:both, fields, bits}` sets several fields
  #     and bits of others;
  #   * `required: true`;
  #   * `only: :create` or `only: :set`.
  #
  # The options of the request itself, such as `:timeout`, are in a table of their own,
  # `@request`; `split/3` separates them from those of the verb.
  #
  # A term that is no keyword list is `{:unknown_option, term}`.

  alias Linx.Netlink.Options.Type

  # Options of every request; see `Linx.Netlink.Request`.
  @request [
    timeout: :timeout,
    dump_retries: :retries,
    echo: :boolean,
    skip: :skip,
    protocol: 0..0x7FFFFFFF,
    head: {:binary, 2},
    reply: :module
  ]
  @request_keys Keyword.keys(@request)

  # Which of them a caller of a verb may give.
  @verbs %{
    dump: [:timeout, :dump_retries],
    get: [:timeout],
    add: [:timeout, :echo],
    set: [:timeout]
  }

  @type reason ::
          {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | {:missing_option, atom()}
          | {:bad_mode, term()}
          | {:bad_mac, term()}
          | {:bad_address, term()}
          | {:bad_subnet, term()}
          | {:bad_name, term()}
          | {:bad_path, binary()}
          | {:bad_timeout, term()}
          | {:bad_dump_retries, term()}

  @type assign :: {path :: list(), value :: term()}

  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Options, only: [options: 1]
    end
  end

  # Defines `__options__/0` and appends the table to the module's documentation.
  defmacro options(table) do
    quote do
      @linx_options unquote(table)
      Linx.Netlink.Options.describe(__MODULE__, @linx_options)

      @doc false
      def __options__, do: @linx_options
    end
  end

  @doc false
  def describe(module, table) do
    with {line, text} when is_binary(text) <- Module.get_attribute(module, :moduledoc) do
      Module.put_attribute(module, :moduledoc, {line, text <> document(table)})
    end
  end

  defp document(table) do
    rows = for {name, row} <- table, do: "  * `:#{name}` - #{sentence(row)}\n"
    "\n## Options\n\n" <> Enum.join(rows)
  end

  defp sentence({type, text}), do: sentence({type, text, []})

  defp sentence({type, text, extras}) do
    required = if extras[:required], do: ", required", else: ""

    only =
      case extras[:only] do
        :create -> ", at creation only"
        :set -> ", on an existing link only"
        nil -> ""
      end

    "#{text} (#{Type.doc(type)}#{required}#{only})"
  end

  # Checks `opts` against a table for `verb`, `:create` or `:set`.
  @doc false
  @spec parse(keyword(), keyword(), :create | :set) :: {:ok, [assign()]} | {:error, reason()}
  def parse(table, opts, verb) do
    with :ok <- keyword(opts),
         :ok <- present(table, opts, verb),
         do: parse_each(opts, table, verb, [], [])
  end

  defp parse_each([{key, value} | rest], table, verb, values, bits) do
    case parse_one(table, key, value, verb) do
      {:ok, [{_path, {:bits, _bits}} = assign]} ->
        parse_each(rest, table, verb, values, [assign | bits])

      {:ok, [assign]} ->
        parse_each(rest, table, verb, [assign | values], bits)

      {:ok, assigns} ->
        {values, bits} = Enum.reduce(assigns, {values, bits}, &collect/2)
        parse_each(rest, table, verb, values, bits)

      {:error, reason} ->
        {:error, reason}
    end
  end

  # Bits are added to the value that another option sets, in whatever order they are given.
  defp parse_each([], _table, _verb, values, bits),
    do: {:ok, :lists.reverse(values, :lists.reverse(bits))}

  defp collect({_path, {:bits, _bits}} = assign, {values, bits}), do: {values, [assign | bits]}
  defp collect(assign, {values, bits}), do: {[assign | values], bits}

  # Checks options that select objects: a map of checked values by key. Of several options with
  # one key the first counts. A row of such a table may be a type alone. A link is
  # `{:link, key, name or index}`, for `Linx.Netlink.Rtnl.Link.index/3` to look up.
  @doc false
  @spec cast(keyword(), keyword()) :: {:ok, %{atom() => term()}} | {:error, reason()}
  def cast(table, opts) do
    with {:ok, assigns} <- parse(table, opts, :create),
         do: {:ok, assigns |> Enum.reverse() |> Map.new(fn {[key], value} -> {key, value} end)}
  end

  # Separates the options of the request from the others. `verb` selects the options that the
  # caller may give; `protocol` is the number of the protocol that the socket must be of.
  @doc false
  @spec split(keyword(), :dump | :get | :add | :set, non_neg_integer()) ::
          {:ok, request :: keyword(), others :: keyword()} | {:error, reason()}
  def split([], _verb, protocol), do: {:ok, [protocol: protocol], []}

  def split(opts, verb, protocol) do
    with :ok <- keyword(opts),
         {given, others} = split_keys(opts, Map.fetch!(@verbs, verb)),
         {:ok, request} <- request(given),
         do: {:ok, [protocol: protocol] ++ request, others}
  end

  # Separates the options with one of these keys from the others.
  @doc false
  @spec split_keys(keyword(), [atom()]) :: {keyword(), keyword()}
  def split_keys(opts, keys) do
    if Enum.any?(opts, fn {key, _value} -> :lists.member(key, keys) end),
      do: Keyword.split(opts, keys),
      else: {[], opts}
  end

  # Separates the options of the request from those of `table`, and checks both; the latter by key.
  @doc false
  @spec read(keyword(), :dump | :get | :add | :set, non_neg_integer(), keyword()) ::
          {:ok, request :: keyword(), %{atom() => term()}} | {:error, reason()}
  def read(opts, verb, protocol, table) do
    with {:ok, request, others} <- split(opts, verb, protocol),
         {:ok, chosen} <- cast(table, others),
         do: {:ok, request, chosen}
  end

  # Checks the options of a request. Of several with one key the first counts.
  @doc false
  @spec request(keyword(), [atom()]) :: {:ok, keyword()} | {:error, reason()}
  def request(opts, keys \\ @request_keys)
  def request([], _keys), do: {:ok, []}

  # What `split/3` returns where no option of the request was given.
  def request([protocol: protocol] = opts, @request_keys) when protocol in 0..0x7FFFFFFF,
    do: {:ok, opts}

  def request(opts, keys) do
    with :ok <- keyword(opts),
         {:ok, checked} <- cast(Keyword.take(@request, keys), opts),
         do: {:ok, Map.to_list(checked)}
  end

  # AF_INET and AF_INET6, for options that take a family.
  @doc false
  @spec families() :: [inet: 2, inet6: 10]
  def families, do: [inet: 2, inet6: 10]

  # An element that is no `{atom, value}` is an unknown option, and so is the tail of an improper
  # list.
  @doc false
  @spec keyword(term()) :: :ok | {:error, {:unknown_option, term()}}
  def keyword([{key, _value} | rest]) when is_atom(key), do: keyword(rest)
  def keyword([]), do: :ok
  def keyword([{key, _value} | _rest]), do: {:error, {:unknown_option, key}}
  def keyword([other | _rest]), do: {:error, {:unknown_option, other}}
  def keyword(other), do: {:error, {:unknown_option, other}}

  # The most frequent one.
  defp present([{_key, {_type, _text, [{:field, _path}]}} | table], opts, :create),
    do: present(table, opts, :create)

  defp present([{key, {_type, text, extras}} | table], opts, :create) when is_binary(text) do
    if :lists.member({:required, true}, extras) && not List.keymember?(opts, key, 0),
      do: {:error, {:missing_option, key}},
      else: present(table, opts, :create)
  end

  defp present([_row | table], opts, :create), do: present(table, opts, :create)
  defp present(_table, _opts, _verb), do: :ok

  defp parse_one(table, key, value, verb) do
    case Keyword.fetch(table, key) do
      {:ok, {type, text}} when is_binary(text) -> assign(type, key, value, [key])
      {:ok, {type, text, extras}} when is_binary(text) -> extra(type, key, value, extras, verb)
      {:ok, type} -> assign(type, key, value, [key])
      :error -> {:error, {:unknown_option, key}}
    end
  end

  # The most frequent one, without looking for others.
  defp extra(type, key, value, [field: path], _verb), do: assign(type, key, value, path)

  defp extra(type, key, value, extras, verb) do
    if extras[:only] in [nil, verb] do
      assign(type, key, value, extras[:field] || [key])
    else
      {:error, {:unknown_option, key}}
    end
  end

  # The family of an address selects the field.
  defp assign({:ip, {four, six}}, key, value, _path) do
    with {:ok, ip} <- Type.check({:ip, {four, six}}, key, value) do
      {:ok, [{[if(ip.family == :inet, do: four, else: six)], ip}]}
    end
  end

  defp assign(type, key, value, {:both, fields, bits}) do
    with {:ok, checked} <- Type.check(type, key, value) do
      {:ok,
       Enum.map(fields, &{[&1], checked}) ++
         Enum.map(bits, fn {field, bit} -> {[field], {:bits, bit}} end)}
    end
  end

  defp assign(type, key, value, path) do
    with {:ok, checked} <- Type.check(type, key, value), do: {:ok, [{path, checked}]}
  end
end
