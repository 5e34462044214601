defmodule Linx.Netlink.Codec.Row do
  @moduledoc false
  # One row of a `codec` block: a field, its type, and the kernel's names for its numbers.

  alias Linx.Netlink.Codec.{Block, Type}

  @typedoc """
  The kernel's names for the values of an enum or flags: a prefix, with exceptions by name;
  `:bit` where the header has the number of the bit, `:be16` where it has the value in network
  order. `{:kernel, file}` is for names that are in no header for programs, but in that file of
  the kernel's source.
  """
  @type naming ::
          String.t()
          | {:bit | :be16 | :kernel, String.t()}
          | {String.t() | {:bit | :be16, String.t()},
             [{atom(), String.t() | {:kernel, String.t()}}]}

  @typedoc """
  `:id` is `nil` but for attributes. `:c` is the kernel's name, in a header also
  `{member, offset, size}` of a part of one; `nil` where it has none, and missing where the block
  has no prefix. `:element` is the name of the id of an array's elements, `:keys` those of the
  keys of a dispatch. `:as` is the type that the documentation shows. `:default` is the default in
  the struct where it is not that of the type.
  """
  @type t :: %{
          required(:name) => atom(),
          required(:id) => non_neg_integer() | nil,
          required(:type) => Type.t(),
          required(:text) => String.t() | nil,
          optional(:c) => String.t() | {String.t(), non_neg_integer(), pos_integer()} | nil,
          optional(:values) => naming(),
          optional(:element) => String.t(),
          optional(:keys) => %{integer() => String.t()},
          optional(:volatile) => true,
          optional(:secret) => true,
          optional(:as) => Type.t(),
          optional(:default) => nil
        }

  @options [:c, :values, :element, :keys, :volatile, :secret, :as]

  @doc """
  The row of an attribute, from the arguments of `attr`.
  """
  @spec attr!([term()], String.t() | nil, Block.place()) :: t()
  def attr!([id, name, type, text, opts], prefix, place) do
    c = prefix && is_atom(name) && prefix <> (name |> Atom.to_string() |> String.upcase())
    row!(id, name, type, c, text, opts, @options, place)
  end

  @doc """
  The row of a field in a header, from the arguments of `field`. Without a prefix, the C struct
  is not known.
  """
  @spec field!([term()], String.t() | nil, Block.place()) :: t()
  def field!([name, type, text, opts], prefix, place) do
    c = prefix && is_atom(name) && prefix <> Atom.to_string(name)
    row!(nil, name, type, c, text, opts, [:c, :values, :volatile, :secret], place)
  end

  @doc """
  The row of a group, from the arguments of `group`.
  """
  @spec group!([term()], Block.place()) :: t()
  def group!([name, module, text, opts], place) do
    type = Type.check!(module, name, [], place)
    unless Type.module?(type), do: Block.fail!(place, "not a type: #{inspect(type)}")
    row!(nil, name, type, nil, text, opts, [], place)
  end

  @doc """
  The row of what has no other row, from the arguments of `unknown`.
  """
  @spec unknown!([term()], Block.place()) :: t()
  def unknown!([name, text, opts], place),
    do: row!(nil, name, :binary, nil, text, opts, [], place)

  defp row!(id, name, type, c, text, opts, allowed, place) do
    unless Type.field_name?(name), do: Block.fail!(place, "not a field name: #{inspect(name)}")

    unless text == nil or text?(text),
      do: Block.fail!(place, "expected one line of text, got: #{inspect(text)}")

    unless Keyword.keyword?(opts),
      do: Block.fail!(place, "expected options of a row, got: #{inspect(opts)}")

    with [{key, value} | _] <- Keyword.drop(opts, allowed),
         do:
           Block.fail!(place, "#{inspect(name)} has an unknown option: #{key}: #{inspect(value)}")

    with [key | _] <- Keyword.keys(opts) -- Enum.uniq(Keyword.keys(opts)),
         do: Block.fail!(place, "#{inspect(name)} has the option #{inspect(key)} twice")

    if(c, do: %{c: c}, else: %{})
    |> Map.merge(Map.new(opts))
    |> Map.merge(%{name: name, id: id, type: type, text: text})
  end

  defp text?(text), do: is_binary(text) and String.trim(text) != "" and not (text =~ ~r/[\n|]/)

  @doc """
  Checks a row's options against its type.
  """
  @spec check!(t(), Block.place()) :: t()
  def check!(row, place) do
    for {key, value} <- row, do: option!(key, value, row, place)
    row
  end

  defp option!(key, true, _row, _place) when key in [:volatile, :secret], do: :ok

  defp option!(key, other, _row, place) when key in [:volatile, :secret],
    do: Block.fail!(place, "expected #{key}: true, got: [#{key}: #{inspect(other)}]")

  defp option!(:c, c, _row, _place) when c == nil, do: :ok
  defp option!(:c, c, row, place), do: unless(c?(c, row), do: wrong!(:c, c, row, place))

  defp option!(:values, naming, row, place) do
    exceptions =
      case naming do
        {prefix, exceptions} when is_list(exceptions) -> if prefix?(prefix), do: exceptions
        prefix -> if prefix?(prefix) or match?({:kernel, _}, prefix), do: []
      end

    names = Keyword.keys(pairs(row.type))

    unless exceptions && names != [] &&
             Enum.all?(exceptions, &(exception?(&1) and elem(&1, 0) in names)),
           do: wrong!(:values, naming, row, place)
  end

  defp option!(:element, name, %{type: type} = row, place),
    do: unless(is_binary(name) and element(type), do: wrong!(:element, name, row, place))

  defp option!(:keys, names, row, place) do
    unless is_map(names) and dispatch?(row.type) and
             Enum.all?(names, fn {key, name} -> is_integer(key) and is_binary(name) end),
           do: wrong!(:keys, names, row, place)
  end

  defp option!(_field, _value, _row, _place), do: :ok

  @spec wrong!(atom(), term(), t(), Block.place()) :: no_return()
  defp wrong!(key, value, row, place),
    do: Block.fail!(place, "#{inspect(row.name)} cannot have #{key}: #{inspect(value)}")

  defp c?({member, offset, size}, %{id: nil}),
    do: is_binary(member) and is_integer(offset) and is_integer(size)

  defp c?(name, _row), do: is_binary(name) and name =~ ~r/^\w+$/

  defp prefix?({how, prefix}) when how in [:bit, :be16], do: is_binary(prefix)
  defp prefix?(prefix), do: is_binary(prefix)

  defp exception?({name, {:kernel, file}}), do: is_atom(name) and is_binary(file)
  defp exception?({name, c}), do: is_atom(name) and is_binary(c)
  defp exception?(_other), do: false

  defp dispatch?(type),
    do: match?({:dispatch, _, _}, type) or Enum.any?(Type.inner(type), &dispatch?/1)

  @doc """
  The names and numbers of the enums and flags within a type.
  """
  @spec pairs(Type.t()) :: [{atom(), integer()}]
  def pairs({tag, _scalar, names}) when tag in [:enum, :flags], do: names
  def pairs(type), do: type |> Type.inner() |> Enum.flat_map(&pairs/1)

  @doc """
  The id of the elements of an array; `nil` if they are numbered.
  """
  @spec element(Type.t()) :: non_neg_integer() | nil
  def element({:array, _of, id}), do: id
  def element(type), do: type |> Type.inner() |> Enum.find_value(&element/1)
end
