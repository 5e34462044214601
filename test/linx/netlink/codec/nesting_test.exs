# Two modules that refer to each other. The id of :second has a flag.
defmodule Linx.Netlink.Codec.NestingTest.First do
  use Linx.Netlink.Codec

  codec do
    attr 0x8012, :second, Linx.Netlink.Codec.NestingTest.Second
    attr 2, :size, :u8
  end
end

defmodule Linx.Netlink.Codec.NestingTest.Second do
  use Linx.Netlink.Codec

  codec do
    header do
      field :number, :u16
      pad 2
    end

    attr 1, :first, Linx.Netlink.Codec.NestingTest.First
  end
end

defmodule Linx.Netlink.Codec.NestingTest do
  # Modules that refer to each other, and the depth of nests.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.NestingTest.{First, Second}

  describe "modules that refer to each other" do
    test "ignore the flag bits of a declared id when decoding, and encode them" do
      first = %First{second: %Second{number: 2}}
      assert [{0x8012, _}] = Attr.decode(First.encode(first))
      assert First.decode(First.encode(first)) == first
      assert First.decode(Attr.encode([{0x12, <<2::native-16, 0::16>>}])) == first
    end

    test "are encoded and decoded within each other" do
      nested = %Second{number: 2, first: %First{size: 3, second: %Second{first: %First{size: 1}}}}
      assert Second.decode(Second.encode(nested)) == nested
    end

    test "are decoded to 32 levels below the first, and no deeper" do
      assert %First{} = First.decode(first(32))
      assert_raise ArgumentError, ~r/deeper than 32/, fn -> First.decode(first(33)) end
    end

    test "are decoded to the same depth on a scheduler for large input" do
      large = Attr.encode([{99, :binary.copy("z", 40_000)}])
      assert %First{second: %Second{}} = First.decode(first(32) <> large)
      assert_raise ArgumentError, ~r/deeper than 32/, fn -> First.decode(first(33) <> large) end
    end

    test "cannot be encoded deeper than they can be decoded" do
      deep =
        Enum.reduce(1..17, %First{}, fn _, inner -> %First{second: %Second{first: inner}} end)

      assert_raise ArgumentError, ~r/deeper than 32/, fn -> First.encode(deep) end
      assert %First{second: %Second{first: inner}} = deep
      assert First.decode(First.encode(inner)) == inner
    end

    # Bytes of a First and of a Second with `n` levels inside.
    defp first(0), do: ""
    defp first(n), do: Attr.encode([{0x12, second(n - 1)}])
    defp second(0), do: <<0::32>>
    defp second(n), do: <<0::32>> <> Attr.encode([{1, first(n - 1)}])
  end
end
