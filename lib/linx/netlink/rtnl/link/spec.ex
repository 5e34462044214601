defmodule Linx.Netlink.Rtnl.Link.Spec do
  @moduledoc false
  # Links of a desired state: `{name, kind}`, `{name, kind, opts}`; the kind `nil` is for a link
  # that exists.
  #
  # The options are those of `Linx.Netlink.Rtnl.Link`. Each is compared with the field that it
  # sets, so that only options that differ are set. Pure.

  import Bitwise

  alias Linx.IP
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}
  alias Linx.Netlink.Options

  @type t :: %{link: Link.t(), kind: String.t() | nil, create: keyword(), set: keyword()}

  # Options that lead to other namespaces, or cannot be compared.
  @refused [:netns, :port, :info_data, :name]

  # Read-only capability flags of ip6tnl.
  @capabilities [:cap_xmit, :cap_rcv, :cap_per_packet]

  # Numbers that the kernel leaves out if they are zero or the default.
  @left_out [:link, :interlink, :bc_cutoff]

  # Options that the kernel does not keep of a link in a mode: `amt_newlink` of drivers/net/amt.c.
  @unused [{LinkInfo.Amt, [:discovery_ip], :mode, :relay}]

  # Options that are settings of IPv6.
  @af_spec [:addr_gen_mode, :token]

  # `:create` are the options to create the link with, `:set` those that only an existing
  # link can have.
  @spec normalize(term()) :: {:ok, t()} | {:error, term()}
  def normalize({name, kind}), do: normalize({name, kind, []})

  def normalize({name, kind, opts} = spec)
      when is_binary(name) and (is_atom(kind) or is_binary(kind)) and is_list(opts) do
    kind = kind && to_string(kind)

    with {:ok, _} <- Options.parse([name: {{:name, 15}, ""}], [name: name], :set),
         {:ok, _} <- checked(kind, opts) do
      {set, create} = Enum.split_with(opts, fn {key, _} -> only(kind, key) == :set end)
      info = kind && %LinkInfo{kind: kind}
      {:ok, %{link: %Link{name: name, linkinfo: info}, kind: kind, create: create, set: set}}
    else
      {:error, reason} -> {:error, reason}
    end
  rescue
    # Not a keyword list.
    FunctionClauseError -> {:error, {:bad_spec, spec}}
  end

  def normalize(spec), do: {:error, {:bad_spec, spec}}

  # Whether links are compared by attributes that are only read on request.
  @spec af_spec?(term()) :: boolean()
  def af_spec?(specs) when is_list(specs) do
    Enum.any?(specs, fn
      {_name, _kind, opts} when is_list(opts) ->
        Enum.any?(@af_spec, &List.keymember?(opts, &1, 0))

      _spec ->
        false
    end)
  end

  def af_spec?(_none), do: false

  defp checked(kind, opts) do
    with nil <- Enum.find(@refused, &(Keyword.has_key?(opts, &1) and not own?(kind, &1))),
         {:ok, _} = ok <- present(kind, opts) do
      Enum.reduce_while(opts, ok, fn option, _ ->
        case assigns(kind, option) do
          {:ok, _} = ok -> {:cont, ok}
          error -> {:halt, error}
        end
      end)
    else
      {:error, reason} -> {:error, reason}
      key -> {:error, {:bad_option, key, opts[key]}}
    end
  end

  # Some kinds have a `:port` that is not the one of a bridge.
  defp own?(nil, _key), do: false
  defp own?(kind, key), do: kind |> LinkInfo.kind() |> elem(1) |> Keyword.has_key?(key)

  # Whether all options that a new link of the kind requires are given.
  defp present(nil, _opts), do: {:ok, []}

  defp present(kind, opts) do
    {_module, table} = LinkInfo.kind(kind)
    required = for {key, {_, _, extras}} <- table, extras[:required], do: key
    Options.parse(Keyword.take(table, required), Keyword.take(opts, required), :create)
  end

  # The options of `spec` whose values the link does not have.
  @spec changes(t(), Link.t(), %{optional(String.t()) => pos_integer()}) :: keyword()
  def changes(%{kind: kind, create: create, set: set}, link, indices) do
    Enum.filter(create ++ set, fn option ->
      {:ok, {root, assigns}} = assigns(kind, option)
      Enum.any?(assigns, &differs?(&1, root, link, indices))
    end)
  end

  # The fields that an option sets and their values: of the link, or of the data of its kind.
  defp assigns(kind, {key, _} = option) do
    {module, table} = if kind, do: LinkInfo.kind(kind), else: {nil, []}
    {root, table} = if table[key], do: {module, table}, else: {Link, Link.__options__()}

    with {:ok, assigns} <- Options.parse(Keyword.take(table, [key]), [option], verb(table[key])),
         do: {:ok, {root, assigns}}
  end

  defp only(kind, key) do
    {_module, table} = if kind, do: LinkInfo.kind(kind), else: {nil, []}

    case table[key] || Link.__options__()[key] do
      {_type, _text, extras} -> extras[:only]
      _ -> nil
    end
  end

  defp verb({_type, _text, extras}), do: extras[:only] || :set
  defp verb(_row), do: :set

  defp differs?({_path, {:iff, bit, on}}, _root, link, _indices),
    do: on != (band(link.flags, bit) != 0)

  # The peer of a pair may be in another namespace.
  defp differs?({_path, {:nest, _module, _assigns}}, _root, _link, _indices), do: false

  defp differs?({path, {:link, _key, ref}}, root, link, indices) do
    index = if is_integer(ref), do: ref, else: indices[ref]
    differs?({path, index}, root, link, indices)
  end

  defp differs?({[:.. | path], value}, _root, link, _indices),
    do: different?(field_value(link, Link, path), value)

  defp differs?({path, value}, Link, link, _indices),
    do: different?(field_value(link, Link, path), value)

  defp differs?({path, value}, root, link, _indices) do
    case link.linkinfo && link.linkinfo.info_data do
      %^root{} = data ->
        observed = field_value(data, root, path)

        # Another number that the kernel does not report cannot be compared.
        not unused?(path, data) and
          (observed != nil or left_out?(path, type(root, path))) and different?(observed, value)

      _other ->
        false
    end
  end

  defp unused?(path, %module{} = data) do
    Enum.any?(@unused, fn {owner, unused, field, value} ->
      {owner, unused} == {module, path} and Map.get(data, field) == value
    end)
  end

  # Values that the kernel leaves out where they are zero or empty.
  defp left_out?(path, type) do
    List.last(path) in @left_out or type in [:flag, IP] or
      (is_tuple(type) and elem(type, 0) == :array)
  end

  defp type(_module, [{_key, module} | path]), do: type(module, path)
  defp type(module, [key]), do: field(module, key)

  # The value of a field, with numbers in the place of names.
  defp field_value(nil, _module, _path), do: nil

  defp field_value(struct, _module, [{key, module} | path]),
    do: field_value(Map.get(struct, key), module, path)

  defp field_value(struct, module, [key]) do
    raw(Map.get(struct, key), field(module, key))
  end

  defp field(module, key) do
    %{header: header, attrs: attrs} = module.__codec__()

    Enum.find_value(attrs, fn {_, name, type} -> name == key && type end) ||
      Enum.find_value(header, &(match?({:field, ^key, _}, &1) && elem(&1, 2)))
  end

  defp raw(nil, _type), do: nil
  defp raw(name, {:enum, _, names}), do: Keyword.get(names, name, name)
  defp raw(true, {:bool, _}), do: 1
  defp raw(false, {:bool, _}), do: 0

  defp raw(list, {:flags, _, names}) when is_list(list) do
    Enum.reduce(list -- @capabilities, 0, fn name, bits ->
      bits ||| Keyword.get(names, name, name)
    end)
  end

  defp raw(value, _type), do: value

  # Flags with the mask of those meant.
  defp different?(%module{flags: _, mask: _} = observed, %module{} = value) do
    type = field(module, :flags)
    bxor(raw(observed.flags, type), raw(value.flags, type)) |> band(value.mask) != 0
  end

  # No address equals one of zeros.
  defp different?(nil, %IP{bytes: bytes}), do: bytes != :binary.copy(<<0>>, byte_size(bytes))
  defp different?(nil, value), do: value not in [0, "", nil, [], false]
  defp different?(observed, {:bits, bits}), do: band(observed, bits) != bits
  # A flag that is a byte when read.
  defp different?(observed, <<>>) when observed in [<<1>>, 1], do: false
  defp different?(observed, value), do: observed != value
end
