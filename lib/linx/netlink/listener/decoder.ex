defmodule Linx.Netlink.Listener.Decoder do
  @moduledoc false
  # The table by which the native library decodes notifications, made of the rows of a protocol.
  #
  # Its schemas are those of `Linx.Netlink.Codec.Cache`: after a codec module was loaded again,
  # `current/1` makes another table.

  alias Linx.Netlink.Codec.Cache
  alias Linx.Netlink.{Native, Protocol}

  @enforce_keys [:rows, :modules, :ops]
  defstruct [:rows, :modules, :ops, :schemas, :table, :epoch]

  @typedoc """
  A decoder:

    * `:rows` - the rows;
    * `:modules` - their codec modules;
    * `:ops` - the last elements of the rows, a tuple;
    * `:schemas` - the schemas of the modules, `nil` for one that could not be made;
    * `:table` - the native table;
    * `:epoch` - the epoch in which it is current, `nil` if it has to be compared at each use.
  """
  @type t :: %__MODULE__{
          rows: [Protocol.row()],
          modules: [module()],
          ops: tuple(),
          schemas: [Cache.schema() | nil] | nil,
          table: reference() | nil,
          epoch: integer() | nil
        }

  @doc """
  A decoder by these rows. Raises `ArgumentError` if one is malformed.
  """
  @spec new([Protocol.row()]) :: t()
  def new(rows) do
    Enum.each(rows, &check/1)
    modules = for {_, _, module, _} <- rows, module != nil, uniq: true, do: module
    ops = for {_, _, _, op} <- rows, do: op
    current(%__MODULE__{rows: rows, modules: modules, ops: List.to_tuple(ops)})
  end

  defp check({type, family, module, _op})
       when type in 0..0xFFFF and (family == nil or family in 0..255) and is_atom(module),
       do: :ok

  defp check(other), do: raise(ArgumentError, "not a row of a protocol: #{inspect(other)}")

  @doc """
  The decoder with a table that is current.
  """
  @spec current(t()) :: t()
  def current(%__MODULE__{epoch: epoch} = decoder) do
    if epoch != nil and epoch == Cache.epoch(), do: decoder, else: compare(decoder)
  end

  defp compare(decoder) do
    {schemas, epoch} = schemas(decoder.modules)

    if schemas == decoder.schemas,
      do: %{decoder | epoch: epoch},
      else: %{decoder | epoch: epoch, schemas: schemas, table: table(decoder, schemas)}
  end

  defp schemas(modules) do
    Cache.fetch_all(modules)
  rescue
    # Each by itself: the messages of a module without a schema are not decoded here.
    _ -> {Enum.map(modules, &schema/1), nil}
  end

  defp schema(module) do
    Cache.fetch(module)
  rescue
    _ -> nil
  end

  defp table(decoder, schemas) do
    # Values of custom types are left to Elixir, and with them the whole message.
    native =
      for {module, {schema, nil}} <- Enum.zip(decoder.modules, schemas), do: {module, schema}

    index = native |> Enum.with_index() |> Map.new(fn {{module, _}, at} -> {module, at} end)

    rows =
      for {type, family, module, _op} <- decoder.rows,
          do: {type, family, if(module, do: Map.get(index, module, :raw), else: :skip)}

    Native.notification_table(Enum.map(native, &elem(&1, 1)), rows)
  end
end
