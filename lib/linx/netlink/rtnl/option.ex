defmodule Linx.Netlink.Rtnl.Option do
  @moduledoc false
  # Tables of options: one table checks what a caller gives, says where it goes and
  # documents it.
  #
  #     options(
  #       id: {1..4094, "VLAN id", required: true},
  #       protocol: {{:enum, @protocols}, "tag protocol"}
  #     )
  #
  # A row is `name: {type, text}` or `name: {type, text, extras}`. The extras:
  #
  #   * `field:` the path of the field in the struct, by default `[name]`; a step
  #     `{key, Module}` enters a nested struct and makes it when it is not there, `:..`
  #     leaves a kind's data for its link, `{:both, fields, bits}` sets several fields
  #     and bits of others;
  #   * `required: true`;
  #   * `only: :create` or `only: :set`.
  #
  # Pure: links are named but not looked up, namespaces not opened.

  alias Linx.{IP, LinkAddress, MAC}

  @type reason ::
          {:unknown_option, term()}
          | {:bad_option, atom(), term()}
          | {:missing_option, atom()}
          | {:bad_mode, term()}
          | {:bad_mac, LinkAddress.input()}
          | {:bad_address, String.t()}
          | {:bad_name, term()}
          | {:bad_path, binary()}

  @type assign :: {path :: list(), value :: term()}

  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Rtnl.Option, only: [options: 1]
    end
  end

  # Defines `__options__/0` and appends the table to the module's documentation.
  defmacro options(table) do
    quote do
      @linx_options unquote(table)
      Linx.Netlink.Rtnl.Option.describe(__MODULE__, @linx_options)

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

    "#{text} (#{domain(type)}#{required}#{only})"
  end

  defp domain(first..last//_), do: "#{first} to #{last}"
  defp domain(:bool), do: "`true` or `false`"
  defp domain({:iff, _bit, _on}), do: "`true` or `false`"
  defp domain(:flag), do: "`true`"
  defp domain(:inherit), do: "`true`"
  defp domain(:mac), do: "MAC address"
  defp domain(:link_address), do: "link-layer address of the link's length"
  defp domain(:ip), do: "IP address of the tunnel's family"
  defp domain(:ip4), do: "IPv4 address"
  defp domain(:ip6), do: "IPv6 address"
  defp domain({:ip, _fields}), do: "IP address of either family"
  defp domain(:link), do: "link name or index"
  defp domain(:master), do: "link name or index, `nil` for none"
  defp domain(:netns), do: "OS pid, `{:pid, pid}`, `{:path, path}` or `{:fd, descriptor}`"
  defp domain({:name, max}), do: "string of up to #{max} bytes"
  defp domain({:string, max}), do: "string of up to #{max} bytes"
  defp domain({:binary, size}), do: "binary of #{size} bytes"
  defp domain({:enum, names}), do: Enum.map_join(names, ", ", &"`#{inspect(elem(&1, 0))}`")
  defp domain({:flags, names}), do: "list of #{domain({:enum, names})}"

  defp domain({:masked, names, _module}),
    do: "keyword list of booleans: #{domain({:enum, names})}"

  defp domain({:pair, range, _module}), do: "`{low, high}`, each #{domain(range)}"
  defp domain({:map, range, _module}), do: "list of `{from, to}`, each #{domain(range)}"
  defp domain({:list, type}), do: "list of #{domain(type)}"

  defp domain({:nest, _module}),
    do: "name, or keyword list with `:name` and the options of a link"

  defp domain({:struct, module}), do: "`%#{inspect(module)}{}`"

  # Checks `opts` against a table for `verb`, `:create` or `:set`.
  @doc false
  @spec parse(keyword(), keyword(), :create | :set) :: {:ok, [assign()]} | {:error, reason()}
  def parse(table, opts, verb) when is_list(opts) do
    with :ok <- present(table, opts, verb),
         {:ok, assigns} <-
           collect(opts, fn {key, value} -> parse_one(table, key, value, verb) end) do
      # Bits are added to what another option sets, whichever was given first.
      {bits, values} = Enum.split_with(assigns, &match?({_path, {:bits, _bits}}, &1))
      {:ok, values ++ bits}
    end
  end

  defp present(table, opts, :create) do
    missing = for {key, {_, _, extras}} <- table, extras[:required], do: key

    case Enum.find(missing, &(not List.keymember?(opts, &1, 0))) do
      nil -> :ok
      key -> {:error, {:missing_option, key}}
    end
  end

  defp present(_table, _opts, :set), do: :ok

  defp parse_one(table, key, value, verb) do
    case Keyword.fetch(table, key) do
      {:ok, {type, _text}} -> assign(type, key, value, [key])
      {:ok, {type, _text, extras}} -> parse_extra(type, key, value, extras, verb)
      :error -> {:error, {:unknown_option, key}}
    end
  end

  defp parse_extra(type, key, value, extras, verb) do
    if extras[:only] in [nil, verb] do
      assign(type, key, value, extras[:field] || [key])
    else
      {:error, {:unknown_option, key}}
    end
  end

  # An address whose family chooses the field.
  defp assign({:ip, {four, six}}, key, value, _path) do
    with {:ok, ip} <- address(key, value) do
      {:ok, [{[if(ip.family == :inet, do: four, else: six)], ip}]}
    end
  end

  defp assign(type, key, value, {:both, fields, bits}) do
    with {:ok, checked} <- check(type, key, value) do
      {:ok,
       Enum.map(fields, &{[&1], checked}) ++
         Enum.map(bits, fn {field, bit} -> {[field], {:bits, bit}} end)}
    end
  end

  defp assign(type, key, value, path) do
    with {:ok, checked} <- check(type, key, value), do: {:ok, [{path, checked}]}
  end

  defp check(first..last//_, _key, value) when is_integer(value) and value in first..last//1,
    do: {:ok, value}

  defp check(:bool, _key, true), do: {:ok, 1}
  defp check(:bool, _key, false), do: {:ok, 0}

  defp check({:iff, bit, on}, _key, value) when is_boolean(value),
    do: {:ok, {:iff, bit, value == on}}

  defp check(:flag, _key, value) when is_boolean(value), do: {:ok, value}
  # A flag to the kernel when written, a byte when read.
  defp check(:inherit, _key, true), do: {:ok, <<>>}
  defp check(:mac, _key, %MAC{} = mac), do: {:ok, mac}
  defp check(:mac, _key, text) when is_binary(text), do: MAC.parse(text)

  defp check(:link_address, _key, address)
       when is_binary(address) or is_struct(address, MAC) or is_struct(address, IP) or
              is_struct(address, LinkAddress),
       do: LinkAddress.__cast__(address)

  # The kernel cuts an address of the wrong family instead of refusing it.
  defp check(type, key, value) when type in [:ip4, :ip6] do
    with {:ok, ip} <- address(key, value) do
      if type == :ip4 == (ip.family == :inet),
        do: {:ok, ip},
        else: {:error, {:bad_option, key, value}}
    end
  end

  defp check(:master, _key, nil), do: {:ok, 0}
  defp check(:master, key, value), do: check(:link, key, value)

  defp check(:link, key, ref) when is_binary(ref) or (is_integer(ref) and ref > 0),
    do: {:ok, {:link, key, ref}}

  defp check(:netns, _key, pid) when is_integer(pid) and pid > 0, do: {:ok, {:netns, {:pid, pid}}}

  defp check(:netns, _key, {:pid, pid} = ns) when is_integer(pid) and pid > 0,
    do: {:ok, {:netns, ns}}

  defp check(:netns, _key, {:fd, fd} = ns) when is_integer(fd) and fd >= 0,
    do: {:ok, {:netns, ns}}

  defp check(:netns, _key, {:path, path} = ns) when is_binary(path) do
    if path == "" or :binary.match(path, <<0>>) != :nomatch,
      do: {:error, {:bad_path, path}},
      else: {:ok, {:netns, ns}}
  end

  defp check({:name, max}, _key, name) when is_binary(name) do
    if name?(name, max), do: {:ok, name}, else: {:error, {:bad_name, name}}
  end

  # Alternative names are hardly checked by the kernel.
  defp check({:alt_name, max}, _key, name) do
    if byte_size(name) in 1..max and :binary.match(name, <<0>>) == :nomatch,
      do: {:ok, name},
      else: {:error, {:bad_name, name}}
  end

  defp check({:string, max}, key, text) when is_binary(text) and byte_size(text) <= max do
    if :binary.match(text, <<0>>) == :nomatch,
      do: {:ok, text},
      else: {:error, {:bad_option, key, text}}
  end

  defp check({:binary, size}, _key, bytes) when is_binary(bytes) and byte_size(bytes) == size,
    do: {:ok, bytes}

  defp check({:enum, names}, key, value) do
    case List.keyfind(names, value, 0) || List.keyfind(names, value, 1) do
      {_name, number} -> {:ok, number}
      nil when key == :mode -> {:error, {:bad_mode, value}}
      nil -> {:error, {:bad_option, key, value}}
    end
  end

  defp check({:flags, names}, key, list) when is_list(list) do
    if Enum.all?(list, &Keyword.has_key?(names, &1)),
      do: {:ok, Enum.reduce(list, 0, &Bitwise.bor(Keyword.fetch!(names, &1), &2))},
      else: {:error, {:bad_option, key, list}}
  end

  defp check({:masked, names, module}, key, list) when is_list(list) do
    if Enum.all?(
         list,
         &(match?({_, on} when is_boolean(on), &1) and Keyword.has_key?(names, elem(&1, 0)))
       ) do
      bits = for {name, on} <- list, do: {Keyword.fetch!(names, name), on}
      mask = Enum.reduce(bits, 0, fn {bit, _on}, mask -> Bitwise.bor(mask, bit) end)

      flags =
        Enum.reduce(bits, 0, fn {bit, on}, flags ->
          if on, do: Bitwise.bor(flags, bit), else: flags
        end)

      {:ok, struct!(module, flags: flags, mask: mask)}
    else
      {:error, {:bad_option, key, list}}
    end
  end

  defp check({:pair, range, module}, key, {low, high} = pair) do
    if low in range and high in range and low <= high,
      do: {:ok, struct!(module, low: low, high: high)},
      else: {:error, {:bad_option, key, pair}}
  end

  defp check({:map, range, module}, key, list) when is_list(list) do
    if Enum.all?(list, &(match?({_, _}, &1) and elem(&1, 0) in range and elem(&1, 1) in range)),
      do: {:ok, Enum.map(list, fn {from, to} -> struct!(module, from: from, to: to) end)},
      else: {:error, {:bad_option, key, list}}
  end

  defp check({:list, type}, key, list) when is_list(list) do
    collect(list, fn item ->
      with {:ok, value} <- check(type, key, item), do: {:ok, [value]}
    end)
  end

  defp check({:nest, module}, _key, name) when is_binary(name), do: nest(module, name: name)
  defp check({:nest, module}, _key, opts) when is_list(opts), do: nest(module, opts)
  defp check({:struct, module}, _key, value) when is_struct(value, module), do: {:ok, value}
  defp check(_type, key, value), do: {:error, {:bad_option, key, value}}

  defp address(_key, %IP{} = ip), do: {:ok, ip}
  defp address(_key, text) when is_binary(text), do: IP.parse(text)
  defp address(key, value), do: {:error, {:bad_option, key, value}}

  defp nest(module, opts) do
    with {:ok, assigns} <- parse(module.__options__(), opts, :create),
         do: {:ok, {:nest, module, assigns}}
  end

  defp collect(items, fun) do
    items
    |> Enum.reduce_while([], fn item, acc ->
      case fun.(item) do
        {:ok, values} -> {:cont, [values | acc]}
        {:error, reason} -> {:halt, {:error, reason}}
      end
    end)
    |> case do
      {:error, reason} -> {:error, reason}
      lists -> {:ok, lists |> Enum.reverse() |> Enum.concat()}
    end
  end

  # What `dev_valid_name` of net/core/dev.c accepts.
  @doc false
  @spec name?(binary(), pos_integer()) :: boolean()
  def name?(name, max) do
    byte_size(name) in 1..max and name not in [".", ".."] and
      :binary.match(name, [<<0>>, "/", ":", " ", "\t", "\n", "\v", "\f", "\r", <<0xA0>>]) ==
        :nomatch
  end
end
