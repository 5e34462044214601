defmodule Linx.Netlink.Options.Type do
  @moduledoc false
  # Types of options: the check, the conversion and the documentation of each.
  #
  # Pure: links are not looked up, namespaces not opened.

  import Bitwise, only: [|||: 2]

  alias Linx.{IP, LinkAddress, MAC, Text}
  alias Linx.IP.Subnet
  alias Linx.Netlink.Options

  # Largest C int: indices, descriptors.
  @int 0x7FFFFFFF

  # Longest `receive … after` of the VM, in milliseconds.
  @longest 0xFFFFFFFF

  @doc """
  The values of a type, for the documentation.
  """
  @spec doc(term()) :: String.t()
  def doc(first..last//_), do: "#{first} to #{last}"
  def doc({:named, range, names}), do: "#{doc(range)}, or #{doc({:enum, names})}"
  def doc(type) when type in [:bool, :boolean], do: "`true` or `false`"
  def doc({:iff, _bit, _on}), do: "`true` or `false`"
  def doc(:flag), do: "`true`"
  def doc(:inherit), do: "`true`"
  def doc(:mac), do: "MAC address"
  def doc(:link_address), do: "link-layer address of the link's length"
  def doc(:ip), do: "IP address of the tunnel's family"
  def doc(:subnet), do: "subnet, or an address for that alone"
  def doc(:ip4), do: "IPv4 address"
  def doc(:ip6), do: "IPv6 address"
  def doc({:ip, _fields}), do: "IP address of either family"
  def doc(:link), do: "link name or index"
  def doc(:master), do: "link name or index, `nil` for none"
  def doc(:netns), do: "OS pid, `{:pid, pid}`, `{:path, path}` or `{:fd, descriptor}`"
  def doc({:name, max}), do: "string of up to #{max} bytes"
  def doc({:string, max}), do: "string of up to #{max} bytes"
  def doc({:binary, size}), do: "binary of #{size} bytes"
  def doc(:bytes), do: "binary of at least one byte"
  def doc({:enum, names}), do: Enum.map_join(names, ", ", &"`#{inspect(elem(&1, 0))}`")
  def doc({:with_mask, range}), do: "#{doc(range)}, or `{value, mask}`"
  def doc({:choice, names}), do: doc({:enum, names})
  def doc({:flags, names}), do: "list of #{doc({:enum, names})}"
  def doc({:masked, names, _module}), do: "keyword list of booleans: #{doc({:enum, names})}"
  def doc({:pair, range, _module}), do: "`{low, high}`, each #{doc(range)}"
  def doc({:map, range, _module}), do: "list of `{from, to}`, each #{doc(range)}"
  def doc({:list, type}), do: "list of #{doc(type)}"
  def doc({:nest, _module}), do: "name, or keyword list with `:name` and the options of a link"
  def doc({:struct, module}), do: "`%#{inspect(module)}{}`"
  def doc({:check, _convert, text}), do: text
  def doc({:secret, type}), do: doc(type)

  @doc """
  Checks a value of the option `key` and converts it.
  """
  @spec check(term(), atom(), term()) :: {:ok, term()} | {:error, Options.reason()}
  def check(first..last//_, _key, value)
      when is_integer(value) and value in first..last//1,
      do: {:ok, value}

  # A number, or a name for one.
  def check({:named, range, names}, key, value) do
    number = if is_atom(value), do: Keyword.get(names, value), else: value

    case check(range, key, number) do
      {:ok, number} -> {:ok, number}
      {:error, _} -> bad(key, value)
    end
  end

  def check(:timeout, _key, :infinity), do: {:ok, :infinity}

  def check(:timeout, _key, ms) when is_integer(ms) and ms >= 0, do: {:ok, min(ms, @longest)}
  def check(:timeout, _key, value), do: {:error, {:bad_timeout, value}}
  def check(:retries, _key, count) when is_integer(count) and count >= 0, do: {:ok, count}
  def check(:retries, _key, value), do: {:error, {:bad_dump_retries, value}}

  def check(:skip, key, value) do
    if proper?(value) and Enum.all?(value, &is_atom/1), do: {:ok, value}, else: bad(key, value)
  end

  def check(:module, _key, value) when is_atom(value) and value not in [nil, true, false],
    do: {:ok, value}

  def check(:boolean, _key, value) when is_boolean(value), do: {:ok, value}
  def check(:bool, _key, true), do: {:ok, 1}
  def check(:bool, _key, false), do: {:ok, 0}

  def check({:iff, bit, on}, _key, value) when is_boolean(value),
    do: {:ok, {:iff, bit, value == on}}

  def check(:flag, _key, value) when is_boolean(value), do: {:ok, value}
  # A flag to the kernel when written, a byte when read.
  def check(:inherit, _key, true), do: {:ok, <<>>}

  def check(:mac, key, value), do: cast(MAC, key, value)

  def check(:link_address, _key, %module{} = value) when module in [LinkAddress, MAC, IP],
    do: LinkAddress.cast(value)

  def check(:link_address, key, value), do: cast(LinkAddress, key, value)
  def check(:subnet, key, value), do: cast(Subnet, key, value)
  def check({:ip, _fields}, key, value), do: cast(IP, key, value)

  # The kernel cuts an address of the wrong family instead of refusing it.
  def check(type, key, value) when type in [:ip4, :ip6] do
    with {:ok, ip} <- cast(IP, key, value) do
      if type == :ip4 == (ip.family == :inet), do: {:ok, ip}, else: bad(key, value)
    end
  end

  def check(:master, _key, nil), do: {:ok, 0}
  def check(:master, key, value), do: check(:link, key, value)

  def check(:link, key, ref) when is_integer(ref) and ref in 1..@int,
    do: {:ok, {:link, key, ref}}

  def check(:link, key, name) when is_binary(name),
    do: with({:ok, name} <- check({:alt_name, 127}, key, name), do: {:ok, {:link, key, name}})

  def check(:netns, _key, pid) when is_integer(pid) and pid in 1..@int,
    do: {:ok, {:netns, {:pid, pid}}}

  def check(:netns, _key, {:pid, pid} = ns) when is_integer(pid) and pid in 1..@int,
    do: {:ok, {:netns, ns}}

  def check(:netns, _key, {:fd, fd} = ns) when is_integer(fd) and fd in 0..@int,
    do: {:ok, {:netns, ns}}

  def check(:netns, _key, {:path, path} = ns) when is_binary(path) do
    if path == "" or Text.nul?(path), do: {:error, {:bad_path, path}}, else: {:ok, {:netns, ns}}
  end

  def check({:name, max}, _key, name) do
    if is_binary(name) and name?(name, max), do: {:ok, name}, else: {:error, {:bad_name, name}}
  end

  # Alternative names are hardly checked by the kernel.
  def check({:alt_name, max}, _key, name) do
    if is_binary(name) and byte_size(name) in 1..max and not Text.nul?(name),
      do: {:ok, name},
      else: {:error, {:bad_name, name}}
  end

  # A kind of link, by its name.
  def check(:kind, key, name) when is_atom(name) and name not in [nil, true, false],
    do: check(:kind, key, Atom.to_string(name))

  def check(:kind, key, name) when is_binary(name) and name != "",
    do: if(Text.nul?(name), do: bad(key, name), else: {:ok, name})

  def check({:string, max}, key, text) when is_binary(text) and byte_size(text) <= max do
    if Text.nul?(text), do: bad(key, text), else: {:ok, text}
  end

  def check({:binary, size}, _key, bytes) when is_binary(bytes) and byte_size(bytes) == size,
    do: {:ok, bytes}

  def check(:bytes, _key, bytes) when is_binary(bytes) and bytes != "", do: {:ok, bytes}

  def check({:enum, names}, key, value) do
    by = if is_atom(value), do: 0, else: 1

    case (is_atom(value) or is_integer(value)) && List.keyfind(names, value, by) do
      {_name, number} -> {:ok, number}
      _ when key == :mode -> {:error, {:bad_mode, value}}
      _ -> bad(key, value)
    end
  end

  # A name, and no number.
  def check({:choice, names}, key, value) do
    if is_atom(value) and Keyword.has_key?(names, value),
      do: {:ok, Keyword.fetch!(names, value)},
      else: bad(key, value)
  end

  def check({:flags, names}, key, value) do
    if proper?(value) and Enum.all?(value, &List.keymember?(names, &1, 0)),
      do: {:ok, Enum.reduce(value, 0, &(Keyword.fetch!(names, &1) ||| &2))},
      else: bad(key, value)
  end

  # A value all of whose bits are set, or a value with a mask of the bits to set.
  def check({:with_mask, _first..last//_ = range}, key, value) do
    {bits, mask} = if match?({_, _}, value), do: value, else: {value, last}

    with {:ok, _} <- check(range, key, bits), {:ok, _} <- check(range, key, mask) do
      {:ok, {bits, mask}}
    else
      {:error, _} -> bad(key, value)
    end
  end

  # The names of a list, or one alone.
  def check({:some, names}, key, value) do
    given = List.wrap(value)

    if value != nil and proper?(given) and Enum.all?(given, &List.keymember?(names, &1, 0)),
      do: {:ok, given},
      else: bad(key, value)
  end

  def check({:masked, names, module}, key, value) do
    switch? = &match?({name, on} when is_atom(name) and is_boolean(on), &1)

    if proper?(value) and
         Enum.all?(value, &(switch?.(&1) and Keyword.has_key?(names, elem(&1, 0)))) do
      {mask, flags} =
        Enum.reduce(value, {0, 0}, fn {name, on}, {mask, flags} ->
          bit = Keyword.fetch!(names, name)
          {mask ||| bit, if(on, do: flags ||| bit, else: flags)}
        end)

      {:ok, struct!(module, flags: flags, mask: mask)}
    else
      bad(key, value)
    end
  end

  def check({:pair, range, module}, key, {low, high} = pair) do
    if low in range and high in range and low <= high,
      do: {:ok, struct!(module, low: low, high: high)},
      else: bad(key, pair)
  end

  def check({:map, range, module}, key, value) do
    pair? = &(match?({_, _}, &1) and elem(&1, 0) in range and elem(&1, 1) in range)

    if proper?(value) and Enum.all?(value, pair?),
      do: {:ok, Enum.map(value, fn {from, to} -> struct!(module, from: from, to: to) end)},
      else: bad(key, value)
  end

  def check({:list, type}, key, value) do
    if proper?(value), do: each(value, &check(type, key, &1)), else: bad(key, value)
  end

  def check({:nest, module}, _key, name) when is_binary(name), do: nest(module, name: name)
  def check({:nest, module}, _key, opts) when is_list(opts), do: nest(module, opts)
  def check({:struct, module}, _key, value) when is_struct(value, module), do: {:ok, value}

  # A type of another table, as a function that converts a value, and a text.
  def check({:check, convert}, key, value),
    do: with(:error <- convert.(value), do: bad(key, value))

  def check({:check, convert, _text}, key, value), do: check({:check, convert}, key, value)

  # A value that no error shows: a key, or options of which some are keys.
  def check({:secret, type}, key, value) do
    case check(type, key, value) do
      {:error, {:bad_option, ^key, _value}} -> bad(key, :redacted)
      {:error, {:unknown_option, other}} when not is_atom(other) -> bad(key, :redacted)
      result -> result
    end
  end

  def check(_type, key, value), do: bad(key, value)

  defp bad(key, value), do: {:error, {:bad_option, key, value}}

  defp proper?(list), do: is_list(list) and not List.improper?(list)

  defp nest(module, opts) do
    with {:ok, assigns} <- Options.parse(module.__options__(), opts, :create),
         do: {:ok, {:nest, module, assigns}}
  end

  # Text that is no address is an error of its own, any other value one of the option.
  defp cast(module, key, value) do
    case module.cast(value) do
      {:ok, value} -> {:ok, value}
      {:error, reason} when is_binary(value) -> {:error, reason}
      {:error, _} -> bad(key, value)
    end
  end

  @doc """
  An IP address, from a value, text or a tuple of `:inet`: `Linx.IP.cast/1`.
  """
  @spec ip(term()) :: {:ok, IP.t()} | {:error, {:bad_address, term()}}
  defdelegate ip(value), to: IP, as: :cast

  @doc """
  A subnet, from a value, text, an address or a pair: `Linx.IP.Subnet.cast/1`.
  """
  @spec subnet(term()) :: {:ok, Subnet.t()} | {:error, {:bad_subnet, term()}}
  defdelegate subnet(value), to: Subnet, as: :cast

  @doc """
  A MAC address, from a value or text: `Linx.MAC.cast/1`.
  """
  @spec mac(term()) :: {:ok, MAC.t()} | {:error, {:bad_mac, term()}}
  defdelegate mac(value), to: MAC, as: :cast

  @doc """
  The values that `fun` returns for the elements, or its first error.
  """
  @spec each([term()], (term() -> {:ok, term()} | {:error, reason})) ::
          {:ok, [term()]} | {:error, reason}
        when reason: term()
  def each(list, fun), do: each(list, fun, [])

  defp each([item | rest], fun, done) do
    with {:ok, value} <- fun.(item), do: each(rest, fun, [value | done])
  end

  defp each([], _fun, done), do: {:ok, Enum.reverse(done)}

  # Whether `dev_valid_name` of net/core/dev.c accepts a name.
  @doc false
  @spec name?(binary(), pos_integer()) :: boolean()
  def name?(name, max) do
    byte_size(name) in 1..max and name not in [".", ".."] and plain?(name)
  end

  defp plain?(<<byte, _rest::binary>>)
       when byte in [0, ?/, ?:, ?\s, ?\t, ?\n, ?\v, ?\f, ?\r, 0xA0],
       do: false

  defp plain?(<<_byte, rest::binary>>), do: plain?(rest)
  defp plain?(<<>>), do: true
end
