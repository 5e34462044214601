defmodule Linx.Netlink.Codec.ListTypesTest.Leaf do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :text, :string
  end
end

defmodule Linx.Netlink.Codec.ListTypesTest.Pair do
  use Linx.Netlink.Codec

  codec do
    header do
      field :from, :u16
      pad 1
      field :to, :u8
    end
  end
end

defmodule Linx.Netlink.Codec.ListTypesTest.Hop do
  use Linx.Netlink.Codec

  codec do
    header do
      field :len, :u16
      field :flags, :u8
      field :hops, :u8
      field :ifindex, :s32
    end

    attr 5, :gateway, Linx.IP
  end
end

defmodule Linx.Netlink.Codec.ListTypesTest.Many do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.ListTypesTest.{Hop, Leaf, Pair}

  codec do
    attr 1, :nested, {:nested, Leaf}
    attr 2, :numbers, {:array, :u32}
    attr 3, :leaves, {:array, {:nested, Leaf}, 7}
    attr 4, :names, {:repeated, :string}
    attr 5, :groups, {:packed, :u32}
    attr 6, :pairs, {:packed, Pair}
    attr 7, :hops, {:chain, Hop}
    attr 8, :ips, {:repeated, Linx.IP}
    attr 9, :plain, Leaf
    attr 10, :flags, {:array, :flag}
    attr 11, :matrix, {:array, {:array, :u8}}
  end
end

defmodule Linx.Netlink.Codec.ListTypesTest do
  # Nested sets, and lists of values.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.ListTypesTest.{Hop, Leaf, Many, Pair}

  test "the type nested sets NLA_F_NESTED, and a module as a type does not" do
    leaf = Attr.encode([{1, <<1::native-32>>}])
    many = %Many{nested: %Leaf{n: 1}, plain: %Leaf{n: 1}}
    assert [{0x8001, ^leaf}, {9, ^leaf}] = Attr.decode(Many.encode(many))
    assert Many.decode(Many.encode(many)) == many
  end

  test "an array counts its elements from 1 and ignores their ids when reading" do
    many = %Many{numbers: [7, 8]}
    assert [{0x8002, nest}] = Attr.decode(Many.encode(many))
    assert [{1, <<7::native-32>>}, {2, <<8::native-32>>}] = Attr.decode(nest)

    shuffled = Attr.encode([{5, <<7::native-32>>}, {0x8000, <<8::native-32>>}])
    assert Many.decode(Attr.encode([{2, shuffled}])) == many
  end

  test "an array with an id encodes all elements with that id and their nested flag" do
    many = %Many{leaves: [%Leaf{n: 1}, %Leaf{text: "b"}]}
    assert [{0x8003, nest}] = Attr.decode(Many.encode(many))
    assert [{0x8007, _}, {0x8007, _}] = Attr.decode(nest)
    assert Many.decode(Many.encode(many)) == many
  end

  test "arrays can be empty, and hold flags or arrays" do
    many = %Many{numbers: [], flags: [true, true], matrix: [[1, 2], [], [3]]}
    assert Many.decode(Many.encode(many)) == many
    assert Many.decode(Attr.encode([{2, ""}])).numbers == []
    assert Many.decode("").numbers == nil
  end

  test "an array of flags has at most 16,382 elements, the most that nla_len can express" do
    many = %Many{flags: List.duplicate(true, 16_382)}

    assert_raise ArgumentError, ~r/fit/, fn ->
      Many.encode(%{many | flags: [true | many.flags]})
    end

    assert Many.decode(Many.encode(many)) == many
  end

  test "a repeated attribute occurs once per element, at any position" do
    many = %Many{names: ["a", "b"], ips: [%Linx.IP{family: :inet, bytes: <<1, 2, 3, 4>>}]}
    assert [{4, "a\0"}, {4, "b\0"}, {8, _}] = Attr.decode(Many.encode(many))
    assert Many.decode(Many.encode(many)) == many

    assert Many.decode(Attr.encode([{4, "a"}, {9, ""}, {0x8004, "b"}])).names == ["a", "b"]
    assert Many.decode("").names == nil
    assert Many.encode(%Many{names: []}) == ""
  end

  test "packed elements are contiguous, and a partial last one is ignored" do
    many = %Many{groups: [1, 2], pairs: [%Pair{from: 1, to: 2}, %Pair{from: 3, to: 4}]}
    assert [{5, groups}, {6, pairs}] = Attr.decode(Many.encode(many))
    assert groups == <<1::native-32, 2::native-32>>
    assert pairs == <<1::native-16, 0, 2, 3::native-16, 0, 4>>
    assert Many.decode(Many.encode(many)) == many

    assert Many.decode(Attr.encode([{5, groups <> <<9, 9>>}, {6, pairs <> <<9>>}])) == many
    assert Many.decode(Attr.encode([{5, ""}])).groups == []
  end

  test "a chain computes the length of its entries" do
    gateway = %Linx.IP{family: :inet, bytes: <<10, 0, 0, 1>>}
    hops = [%Hop{hops: 1, ifindex: 2, gateway: gateway}, %Hop{len: 999, ifindex: 3}]
    assert [{7, chain}] = Attr.decode(Many.encode(%Many{hops: hops}))

    assert chain ==
             <<16::native-16, 0, 1, 2::native-32, 8::native-16, 5::native-16, 10, 0, 0, 1>> <>
               <<8::native-16, 0, 0, 3::native-32>>

    assert [%Hop{len: 16, gateway: ^gateway}, %Hop{len: 8, ifindex: 3}] =
             Many.decode(Attr.encode([{7, chain}])).hops
  end

  test "an entry of a chain that is too short or too long raises" do
    for len <- [0, 1, 7, 9, 0xFFFF] do
      chain = <<len::native-16, 0::16, 0::32>>

      assert_raise ArgumentError, ~r/length #{len}/, fn ->
        Many.decode(Attr.encode([{7, chain}]))
      end
    end

    assert Many.decode(Attr.encode([{7, <<8::native-16, 0::48, 0, 0, 0>>}])).hops == [
             %Hop{len: 8}
           ]
  end

  test "a value that is not a proper list is refused" do
    for fields <- [
          [numbers: 1],
          [numbers: [1 | 2]],
          [names: "a"],
          [pairs: %Pair{}],
          [hops: nil, groups: {1}]
        ] do
      assert_raise ArgumentError, ~r/not a list/, fn -> Many.encode(struct!(Many, fields)) end
    end

    assert_raise ArgumentError, fn -> Many.encode(%Many{numbers: [1, nil]}) end
  end

  test "random attributes decode to a struct or raise ArgumentError" do
    :rand.seed(:exsss, {23, 29, 31})

    for _ <- 1..2_000 do
      attrs = for _ <- 1..4, do: {:rand.uniform(15), :rand.bytes(:rand.uniform(24))}
      bytes = <<:rand.uniform(10), 1>> <> Attr.encode(attrs)

      try do
        assert %Many{} = Many.decode(bytes)
      rescue
        ArgumentError -> :ok
      end
    end
  end
end
