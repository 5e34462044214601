defmodule Linx.Netlink.Codec.DecodeFirstTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Codec.Engine

  defmodule Object do
    use Linx.Netlink.Codec

    codec do
      header do
        field :family, :u8
        pad 3
      end

      attr 1, :name, :string
      attr 2, :numbers, {:repeated, :u32}
    end
  end

  defp message(attrs),
    do: Message.encode(%Message{type: 16, payload: <<2, 0, 0, 0>> <> Attr.encode(attrs)})

  test "the first message is decoded, and the others are not" do
    bytes = message([{1, "eth0\0"}, {2, <<7::native-32>>}]) <> message([{1, "eth1\0"}])
    assert Engine.decode_first(Object, bytes) == %Object{family: 2, name: "eth0", numbers: [7]}
    assert Engine.decode_first(Object, message([]) <> <<1, 2>>) == %Object{family: 2}
    assert Engine.decode_first(Object, "") == nil
  end

  test "attributes that are skipped are left out" do
    bytes = message([{1, "eth0\0"}, {2, <<7::native-32>>}])
    assert Engine.decode_first(Object, bytes, [:numbers]) == %Object{family: 2, name: "eth0"}
  end

  test "an object too large for a normal scheduler is decoded" do
    bytes = message(for n <- 1..50_000, do: {2, <<n::native-32>>})
    assert Engine.decode_first(Object, bytes).numbers == Enum.to_list(1..50_000)
  end

  test "inconsistent lengths raise ArgumentError" do
    payload = <<2, 0, 0, 0, 200::native-16, 1::native-16>>
    bytes = Message.encode(%Message{type: 16, payload: payload})
    assert_raise ArgumentError, fn -> Engine.decode_first(Object, bytes) end
  end
end
