defmodule Linx.Netlink.Codec.Table do
  @moduledoc """
  A table of types in a module of its own, for `{:dispatch, FIELD, MODULE}` in a
  `Linx.Netlink.Codec`.

      defmodule Kinds do
        use Linx.Netlink.Codec.Table

        table %{
          "vlan" => LinkInfo.Vlan,
          "vxlan" => LinkInfo.Vxlan
        }
      end

  A codec refers to the table at run time only, so its entries may refer back to the codec. The
  keys and types are those of a table in a `codec` block. A key that the selector cannot have is
  an `ArgumentError` at the first use of the codec.
  """

  alias Linx.Netlink.Codec.{Block, Cache, Type}

  @doc false
  defmacro __using__(_opts) do
    quote do
      import Linx.Netlink.Codec.Table, only: [table: 1]
    end
  end

  @doc """
  Declares the table: a map of values of the selector to types.
  """
  defmacro table({:%{}, _, _} = entries) do
    table = Block.at_runtime(entries, __CALLER__)

    quote do
      @linx_codec_table unquote(__MODULE__).check!(unquote(table), __ENV__)
      @linx_codec_digest :erlang.phash2(@linx_codec_table, 0x100000000)
      @before_compile unquote(Cache)

      @doc false
      @spec __table__() :: map()
      def __table__, do: @linx_codec_table

      @doc false
      @spec __codec__(:digest) :: non_neg_integer()
      def __codec__(:digest), do: @linx_codec_digest
    end
  end

  @doc false
  @spec check!(map(), Macro.Env.t()) :: map()
  def check!(table, env) do
    place = {env, env.line}
    Map.new(table, fn {key, type} -> {key, Type.check!(type, key, [], place)} end)
  end

  @doc false
  # What `__codec__/0` returns, with the tables of other modules in place of their names.
  @spec fill(map()) :: map()
  def fill(codec) do
    %{
      codec
      | attrs: for({id, name, type} <- codec.attrs, do: {id, name, fill(type, codec, name)})
    }
  end

  defp fill({:dispatch, field, module}, codec, name) when is_atom(module) do
    selector = Type.of(codec, field)

    for {key, _} <- module.__table__(), not Type.key?(selector, key) do
      raise ArgumentError,
            "#{inspect(codec.module)}: the table #{inspect(module)} of #{inspect(name)} has a " <>
              "key that #{inspect(field)} never has: #{inspect(key)}"
    end

    {:dispatch, field, module.__table__()}
  end

  defp fill({:dispatch, field, table}, codec, name),
    do: {:dispatch, field, Map.new(table, fn {key, of} -> {key, fill(of, codec, name)} end)}

  defp fill({:array, of, id}, codec, name), do: {:array, fill(of, codec, name), id}

  defp fill({tag, of}, codec, name) when tag in [:array, :indexed, :repeated],
    do: {tag, fill(of, codec, name)}

  defp fill(type, _codec, _name), do: type
end
