defmodule Linx.Netlink.Codec.CustomTypesTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.Cache

  defmodule Reversed do
    @type t :: binary()
    def encode(text), do: String.reverse(text)
    def decode(bytes), do: String.reverse(bytes)
  end

  defmodule Object do
    use Linx.Netlink.Codec

    codec do
      header do
        field :number, :u32
      end

      attr 1, :text, Linx.Netlink.Codec.CustomTypesTest.Reversed
      attr 2, :object, {:attributes, __MODULE__}
    end
  end

  test "a custom type is found in the attributes of a module" do
    object = %Object{number: 1, object: %Object{text: "abc"}}
    bytes = <<1::native-32>> <> Attr.encode([{0x8002, Attr.encode([{1, "cba"}])}])
    assert Object.encode(object) == bytes
    assert Object.decode(bytes) == object
    assert {_native, {Object, %{}}} = Cache.fetch(Object)
  end

  test "no codec module of the library contains a custom type, at any depth" do
    {:ok, modules} = :application.get_key(:linx, :modules)

    codecs =
      for module <- modules,
          Code.ensure_loaded?(module),
          function_exported?(module, :__codec__, 0),
          do: module

    assert length(codecs) > 200

    assert for(module <- codecs, {_, traversal} = Cache.fetch(module), traversal, do: module) ==
             []
  end
end
