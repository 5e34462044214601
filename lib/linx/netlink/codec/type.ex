defmodule Linx.Netlink.Codec.Type do
  @moduledoc false
  # The types of fields: the syntax that each allows, its type specification, its default, its
  # width in a header, the values it may dispatch by, and its form in the native schema.
  #
  # A new type is one clause in each of these functions, and one `AttrType` of
  # native/linx_wire/src/schema.rs. Types are values here, as `__codec__/0` has them.

  alias Linx.Netlink.Codec.{Block, Names}

  # Scalars and their bytes. `Names` has the ranges of their values.
  @unsigned %{u8: 1, u16: 2, u32: 4, u64: 8, be16: 2, be32: 4, be64: 8, ticks: 4}
  @signed %{s8: 1, s16: 2, s32: 4, s64: 8, sbe16: 2, sbe32: 4, sbe64: 8}
  @widths Map.merge(@unsigned, @signed)
  @scalars Map.keys(@widths)

  @simple [:string, :binary, :flag, :uint, :sint, :bitfield32, :sockaddr, :packet_hw]
  @tags [:enum, :flags, :bool, :nested, :attributes, :dispatch, :array, :indexed] ++
          [:patterns, :repeated, :packed, :chain]
  @addresses %{Linx.IP => :ip, Linx.MAC => :mac, Linx.LinkAddress => :link_address}

  # Atoms that are neither types nor modules, and atoms that are likely to be mistaken for types.
  @reserved [:__struct__, :__exception__, nil, true, false]
  @likely [:int, :integer, :bool, :boolean, :float, :double, :atom, :list, :map, :tuple, :struct]
  @no_modules @scalars ++ @simple ++ @tags ++ @reserved

  @typedoc "A type, as `__codec__/0` has it."
  @type t :: atom() | tuple()

  @typedoc "The fields declared before the one that is checked, with their types."
  @type before :: [{atom(), t()}]

  @doc """
  Whether an atom can be the name of a field.
  """
  @spec field_name?(term()) :: boolean()
  def field_name?(name), do: is_atom(name) and name not in @reserved

  @doc """
  Whether a type is a module: another codec, an address, or a module with its own `encode/1` and
  `decode/1`.
  """
  @spec module?(term()) :: boolean()
  def module?(type), do: is_atom(type) and type not in @no_modules

  @doc """
  What converts the values of a module: the native engine, as an address or by the module's
  schema, or the module's own functions.
  """
  @spec conversion(module()) :: :ip | :mac | :link_address | :codec | :custom
  def conversion(module) when is_map_key(@addresses, module), do: Map.fetch!(@addresses, module)

  def conversion(module) do
    if Code.ensure_loaded?(module) and function_exported?(module, :__codec__, 0),
      do: :codec,
      else: :custom
  end

  @doc """
  The types directly within a type: elements of a list, alternatives of a dispatch.
  """
  @spec inner(t()) :: [t()]
  def inner({tag, _, _}) when tag in [:enum, :flags], do: []
  def inner({:binary, _size}), do: []
  def inner({:bool, _scalar}), do: []
  def inner({:array, of, _id}), do: [of]
  def inner({:patterns, _name, _prefix}), do: []
  def inner({:dispatch, _field, table}) when is_map(table), do: Map.values(table)
  # A table in a module of its own is not read before it is needed.
  def inner({:dispatch, _field, _table}), do: []
  def inner({_tag, of}), do: [of]
  def inner(_simple_or_module), do: []

  @doc """
  The type of a header field or an attribute of what `__codec__/0` returns; `nil` if there is no
  such field. The selector of a dispatch may be in another set: `{:outer, field}`.
  """
  @spec of(map(), atom() | {:outer, atom()}) :: t() | :outer | nil
  def of(_codec, {:outer, _field}), do: :outer

  def of(codec, name) do
    Enum.find_value(codec.attrs, fn {_, field, type} -> field == name && type end) ||
      Enum.find_value(codec.header, fn item ->
        match?({:field, ^name, _}, item) && elem(item, 2)
      end)
  end

  @doc """
  The modules of tables within a type.
  """
  @spec tables(t()) :: [module()]
  def tables({:dispatch, _field, module}) when is_atom(module), do: [module]
  def tables(type), do: type |> inner() |> Enum.flat_map(&tables/1)

  @doc """
  The modules that a type names, at any depth.
  """
  @spec modules(t()) :: [module()]
  def modules(type) do
    if module?(type), do: [type], else: Enum.flat_map(inner(type), &modules/1)
  end

  @doc """
  Whether a value of the type may hold structs other than addresses.
  """
  @spec structs?(t()) :: boolean()
  def structs?({:dispatch, _field, table}) when not is_map(table), do: true
  def structs?(type), do: Enum.any?(modules(type), &(not is_map_key(@addresses, &1)))

  @doc """
  Whether a type is a scalar.
  """
  @spec scalar?(term()) :: boolean()
  def scalar?(type), do: is_map_key(@widths, type)

  @doc """
  Whether a scalar has a sign.
  """
  @spec signed?(atom()) :: boolean()
  def signed?(scalar), do: is_map_key(@signed, scalar)

  # Headers

  @doc """
  The bytes of a type in a header; `nil` if it has no fixed width.
  """
  @spec width(t()) :: pos_integer() | nil
  def width(scalar) when is_map_key(@widths, scalar), do: @widths[scalar]
  def width({tag, scalar, _names}) when tag in [:enum, :flags], do: width(scalar)
  def width({:bool, scalar}), do: width(scalar)
  def width({:binary, size}), do: size
  def width(_other), do: nil

  @doc """
  The default of a field in a header.
  """
  @spec default(t()) :: 0 | nil
  def default({:binary, _size}), do: nil
  def default(_number), do: 0

  # Type specifications

  @doc """
  The type specification of a value that is not `nil`, quoted.
  """
  @spec spec(t()) :: Macro.t()
  def spec(type) when is_map_key(@unsigned, type) or type == :uint,
    do: quote(do: non_neg_integer())

  def spec(type) when is_map_key(@signed, type) or type == :sint, do: quote(do: integer())
  def spec(:string), do: quote(do: String.t())
  def spec(:binary), do: quote(do: binary())
  def spec({:binary, _size}), do: quote(do: binary())
  def spec(:flag), do: quote(do: boolean())
  def spec(:bitfield32), do: quote(do: {non_neg_integer(), non_neg_integer()})

  def spec(:sockaddr) do
    quote do
      {Linx.IP.t(), :inet.port_number()}
      | {Linx.IP.t(), :inet.port_number(), non_neg_integer()}
      | binary()
    end
  end

  def spec(:packet_hw), do: quote(do: Linx.MAC.t() | Linx.LinkAddress.t())
  def spec({:enum, _scalar, _names}), do: quote(do: atom() | integer())
  def spec({:bool, _scalar}), do: quote(do: boolean() | integer())

  def spec({:flags, _scalar, _names}),
    do: quote(do: [atom() | non_neg_integer()] | non_neg_integer())

  def spec({tag, module}) when tag in [:nested, :attributes], do: spec(module)
  def spec({:array, of, _id}), do: [spec(of)]
  def spec({:patterns, _name, _prefix}), do: quote(do: [String.t()])
  def spec({:indexed, of}), do: [{quote(do: non_neg_integer()), spec(of)}]
  def spec({tag, of}) when tag in [:array, :repeated, :packed, :chain], do: [spec(of)]

  def spec({:dispatch, _field, table}) when is_map(table) do
    specs = table |> Map.values() |> Enum.map(&spec/1) |> Enum.uniq()
    Enum.reduce(specs, quote(do: binary()), &quote(do: unquote(&1) | unquote(&2)))
  end

  def spec({:dispatch, _field, _table}), do: quote(do: term())
  def spec(module), do: quote(do: unquote(module).t())

  # Checks. A mistake is a `CompileError` with the line of its declaration.

  @doc """
  The type of a header's field, with a number for each name.
  """
  @spec fixed!(term(), atom(), Block.place()) :: t()
  def fixed!({:binary, size} = type, _name, _place) when is_integer(size) and size > 0, do: type

  def fixed!({tag, scalar, _} = type, name, place)
      when tag in [:enum, :flags] and scalar not in [:uint, :sint],
      do: Names.check!(type, name, place)

  def fixed!({:bool, scalar} = type, _name, _place) when is_map_key(@widths, scalar), do: type
  def fixed!(scalar, _name, _place) when is_map_key(@widths, scalar), do: scalar

  def fixed!(other, _name, place),
    do: Block.fail!(place, "not a type of fixed width: #{inspect(other)}")

  @doc """
  The type of an attribute, with a number for each name.
  """
  @spec check!(term(), atom(), before(), Block.place()) :: t()
  def check!({tag, _, _} = type, name, _before, place) when tag in [:enum, :flags],
    do: Names.check!(type, name, place)

  def check!({:bool, scalar} = type, _name, _before, place),
    do: if(is_map_key(@widths, scalar), do: type, else: no_type!(type, place))

  def check!({:array, of, id}, name, before, place),
    do: {:array, check!(of, name, before, place), id!(id, name, place)}

  def check!({:patterns, names, prefixes}, name, _before, place),
    do: {:patterns, id!(names, name, place), id!(prefixes, name, place)}

  def check!({tag, of}, name, before, place) when tag in [:array, :indexed, :repeated],
    do: {tag, check!(of, name, before, place)}

  def check!({:binary, size} = type, name, _before, place) when is_integer(size),
    do: fixed!(type, name, place)

  def check!({:dispatch, field, table}, name, before, place) do
    selector = selector!(field, name, before, place)

    cond do
      is_map(table) ->
        entries =
          for {key, of} <- table do
            unless key?(selector, key),
              do: Block.fail!(place, "#{inspect(field)} is never #{inspect(key)}")

            {key, check!(of, name, before, place)}
          end

        {:dispatch, field, Map.new(entries)}

      module?(table) and not misspelt?(table) ->
        {:dispatch, field, table}

      true ->
        Block.fail!(
          place,
          "#{inspect(name)} by #{inspect(field)} has no table: #{inspect(table)}"
        )
    end
  end

  def check!({:packed, of}, name, before, place) do
    if width(of) != nil or module?(of, place),
      do: {:packed, check!(of, name, before, place)},
      else: no_type!(of, place)
  end

  def check!({tag, of} = type, _name, _before, place) when tag in [:nested, :attributes, :chain],
    do: if(module?(of, place), do: type, else: no_type!(of, place))

  def check!(type, _name, _before, _place) when is_map_key(@widths, type) or type in @simple,
    do: type

  def check!(type, _name, _before, place),
    do: if(module?(type, place), do: type, else: no_type!(type, place))

  @doc """
  The id of an attribute, which has 16 bits.
  """
  @spec id!(term(), atom(), Block.place()) :: 0..0xFFFF
  def id!(id, _name, _place) when is_integer(id) and id in 0..0xFFFF, do: id

  def id!(id, name, place),
    do: Block.fail!(place, "the id of #{inspect(name)} is not in 0..0xFFFF: #{inspect(id)}")

  @spec no_type!(term(), Block.place()) :: no_return()
  defp no_type!(type, place), do: Block.fail!(place, "not a type: #{inspect(type)}")

  defp module?(type, place) do
    if module?(type) and misspelt?(type),
      do: Block.fail!(place, "not a type, nor a module: #{inspect(type)}"),
      else: module?(type)
  end

  # An atom that looks like a type, where no module has that name. Any other atom is the name of
  # a module, which may be compiled later.
  defp misspelt?(module) do
    name = Atom.to_string(module)

    not String.starts_with?(name, "Elixir.") and
      (module in @likely or name =~ ~r/^[a-z]{1,4}\d+$/ or similar?(name)) and
      not Code.ensure_loaded?(module)
  end

  defp similar?(name) do
    Enum.any?(@simple ++ @tags, &(String.jaro_distance(Atom.to_string(&1), name) > 0.85))
  end

  # Dispatch

  # A field of the enclosing set is not known where the type is declared.
  defp selector!({:outer, field}, name, _before, place) do
    unless field_name?(field),
      do: Block.fail!(place, "#{inspect(name)} depends on no field: {:outer, #{inspect(field)}}")

    :outer
  end

  defp selector!(field, name, before, place) do
    case List.keyfind(before, field, 0) do
      {_, type} ->
        unless selects?(type) or custom_selector?(type),
          do:
            Block.fail!(
              place,
              "#{inspect(name)} cannot depend on #{inspect(field)}: #{inspect(type)}"
            )

        type

      nil ->
        Block.fail!(
          place,
          "#{inspect(name)} depends on #{inspect(field)}, which is not declared before it"
        )
    end
  end

  # A value of a module without a `codec` block may be anything.
  defp custom_selector?(type), do: module?(type)

  @doc """
  Whether the native engine can dispatch by a value of the type.
  """
  @spec selects?(t()) :: boolean()
  def selects?({tag, _, _}), do: tag in [:enum, :flags]
  # A selector in an enclosing set is found when the native schema is loaded.
  def selects?(:outer), do: true
  def selects?(type), do: is_map_key(@widths, type) or type in [:string, :binary, :uint, :sint]

  @doc """
  Whether a selector of the type can have the value `key`.
  """
  @spec key?(t(), term()) :: boolean()
  def key?({:enum, scalar, names}, key),
    do: Names.fits?(scalar, key) or (is_atom(key) and Keyword.has_key?(names, key))

  def key?({:flags, scalar, _names}, key), do: Names.fits?(scalar, key)
  def key?(type, key) when type in [:string, :binary], do: is_binary(key)
  def key?(:uint, key), do: Names.fits?(:u64, key)
  def key?(:sint, key), do: Names.fits?(:s64, key)
  def key?(type, key) when is_map_key(@widths, type), do: Names.fits?(type, key)
  def key?(_outer_or_module, _key), do: true

  # Native schema

  @typedoc """
  What the form of a type depends on: the index of a codec module's set, or `nil`, and the types
  of the fields beside it.
  """
  @type context :: %{set: (module() -> non_neg_integer() | nil), type: (atom() -> t())}

  @doc """
  The form of a type in the schema that native/linx_nif/src/codec/load.rs reads. Raises
  `ArgumentError` for a list of structs of a module without `codec` block.
  """
  @spec native(t(), context()) :: term()
  def native({tag, _, _} = type, _context) when tag in [:enum, :flags], do: type
  def native({:bool, scalar}, _context), do: {:enum, scalar, [false: 0, true: 1]}
  def native({:nested, module}, context), do: set(module, context, true)
  def native({:array, of}, context), do: {:array, native(of, context), nil}
  def native({:array, of, id}, context), do: {:array, native(of, context), id}

  def native({tag, of}, context) when tag in [:indexed, :repeated],
    do: {tag, native(of, context)}

  def native({:packed, of}, context) do
    if width(of), do: {:scalars, native(of, context)}, else: {:structs, set!(of, context)}
  end

  def native({:patterns, _name, _prefix} = type, _context), do: type
  def native({:attributes, module}, context), do: {:attributes, set!(module, context)}
  def native({:chain, module}, context), do: {:chain, set!(module, context)}

  # What depends on a value that only a module's own functions can read is bytes to the engine.
  def native({:dispatch, field, table}, context) do
    if selects?(context.type.(field)),
      do: {:dispatch, field, for({key, of} <- table, do: {key, native(of, context)})},
      else: :binary
  end

  def native(type, context) do
    if module?(type), do: set(type, context, false), else: type
  end

  defp set(module, context, nested?) do
    case conversion(module) do
      :codec -> {:set, context.set.(module), nested?}
      :custom -> {:raw, nested?}
      address -> address
    end
  end

  defp set!(module, context) do
    context.set.(module) || raise ArgumentError, "#{inspect(module)} has no codec block"
  end
end
