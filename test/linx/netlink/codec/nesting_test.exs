# Two that refer to each other, and a flagged id.
defmodule Linx.Netlink.Codec.NestingTest.Egg do
  use Linx.Netlink.Codec

  codec do
    attr 0x8012, :hen, Linx.Netlink.Codec.NestingTest.Hen
    attr 2, :size, :u8
  end
end

defmodule Linx.Netlink.Codec.NestingTest.Hen do
  use Linx.Netlink.Codec

  codec do
    header do
      field :legs, :u16
      pad 2
    end

    attr 1, :egg, Linx.Netlink.Codec.NestingTest.Egg
  end
end

defmodule Linx.Netlink.Codec.NestingTest do
  # Modules that refer to each other, and the depth of nests.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.NestingTest.{Egg, Hen}

  describe "modules in a circle" do
    test "ignore the flag bits of a declared id, and write them" do
      egg = %Egg{hen: %Hen{legs: 2}}
      assert [{0x8012, _}] = Attr.decode(Egg.encode(egg))
      assert Egg.decode(Egg.encode(egg)) == egg
      assert Egg.decode(Attr.encode([{0x12, <<2::native-16, 0::16>>}])) == egg
    end

    test "encode and decode each other" do
      nested = %Hen{legs: 2, egg: %Egg{size: 3, hen: %Hen{egg: %Egg{size: 1}}}}
      assert Hen.decode(Hen.encode(nested)) == nested
    end

    test "nest to 32 levels below the first and no deeper" do
      assert %Egg{} = Egg.decode(egg(32))
      assert_raise ArgumentError, ~r/deeper than 32/, fn -> Egg.decode(egg(33)) end
    end

    test "nest as deep on a scheduler for large input" do
      large = Attr.encode([{99, :binary.copy("z", 40_000)}])
      assert %Egg{hen: %Hen{}} = Egg.decode(egg(32) <> large)
      assert_raise ArgumentError, ~r/deeper than 32/, fn -> Egg.decode(egg(33) <> large) end
    end

    test "cannot be written deeper than they can be read" do
      deep = Enum.reduce(1..17, %Egg{}, fn _, inner -> %Egg{hen: %Hen{egg: inner}} end)
      assert_raise ArgumentError, ~r/deeper than 32/, fn -> Egg.encode(deep) end
      assert %Egg{hen: %Hen{egg: inner}} = deep
      assert Egg.decode(Egg.encode(inner)) == inner
    end

    # An egg and a hen with so many levels inside.
    defp egg(0), do: ""
    defp egg(n), do: Attr.encode([{0x12, hen(n - 1)}])
    defp hen(0), do: <<0::32>>
    defp hen(n), do: <<0::32>> <> Attr.encode([{1, egg(n - 1)}])
  end
end
