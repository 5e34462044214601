defmodule Linx.Netlink.AttrTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Attr

  doctest Attr

  # The largest payload that a 16-bit length can express.
  @most 65_531

  test "an attribute is length, type, payload and padding" do
    # The expected bytes are little-endian.
    if :erlang.system_info(:endian) == :little do
      assert Attr.encode([{3, "eth0\0"}, {4, <<1500::native-32>>}]) == ~X"""
             09 00 03 00  65 74 68 30  00 00 00 00   # IFLA_IFNAME
             08 00 04 00  dc 05 00 00                # IFLA_MTU
             """
    end
  end

  test "payloads are iodata" do
    assert Attr.encode([{1, ["a", [?b, "c"]]}]) == Attr.encode([{1, "abc"}])
  end

  test "encoded attributes can be the payload of an attribute" do
    inner = Attr.encode([{1, "x"}])
    assert [{0x8002, ^inner}] = Attr.decode(Attr.encode([{0x8002, inner}]))
  end

  test "all 16 bits of a type are decoded as they were encoded" do
    attrs = for type <- 0..0xFFFF//0xFF, do: {type, <<type::32>>}
    assert attrs |> Attr.encode() |> Attr.decode() == attrs
  end

  test "payloads of every size up to 300 bytes and of the largest are decoded as encoded" do
    attrs = for size <- Enum.to_list(0..300) ++ [@most], do: {size, :binary.copy("z", size)}
    assert attrs |> Attr.encode() |> Attr.decode() == attrs
  end

  test "an empty list is encoded as no bytes, and decoded from none" do
    assert Attr.encode([]) == ""
    assert Attr.decode("") == []
  end

  test "fewer than four bytes at the end are padding" do
    one = Attr.encode([{1, "abcd"}])

    for tail <- [<<0>>, <<0, 0>>, <<1, 2, 3>>],
        do: assert([{1, "abcd"}] = Attr.decode(one <> tail))

    assert Attr.decode(<<9>>) == []
  end

  test "the last attribute may lack its padding" do
    assert Attr.decode(<<5::native-16, 7::native-16, ?x>>) == [{7, "x"}]
  end

  test "a length below four or beyond the bytes raises" do
    for len <- [0, 1, 3, 9, 0xFFFF] do
      assert_raise ArgumentError, ~r/length #{len}/, fn ->
        Attr.decode(<<len::native-16, 1::native-16, 1, 2, 3, 4>>)
      end
    end
  end

  test "an invalid length after valid attributes raises" do
    assert_raise ArgumentError, fn ->
      Attr.decode(Attr.encode([{1, "good"}]) <> <<3::native-16, 0::16>>)
    end
  end

  test "a payload beyond the 16-bit length raises" do
    assert_raise ArgumentError, ~r/65532 bytes/, fn ->
      Attr.encode([{1, :binary.copy("z", @most + 1)}])
    end
  end

  test "a type beyond 16 bits raises" do
    for type <- [-1, 0x10000, :mtu, nil] do
      assert_raise ArgumentError, fn -> Attr.encode([{type, "x"}]) end
    end
  end

  test "a payload that is not iodata raises" do
    assert_raise ArgumentError, ~r/attribute 5/, fn -> Attr.encode([{5, :x}]) end
  end

  test "encode/1 of no list and decode/1 of no binary raise FunctionClauseError" do
    for bad <- [%{1 => "x"}, "", nil] do
      assert_raise FunctionClauseError, fn -> Attr.encode(bad) end
    end

    for bad <- [[], nil, <<1::3>>] do
      assert_raise FunctionClauseError, fn -> Attr.decode(bad) end
    end
  end

  test "input much larger than a datagram is decoded as encoded" do
    attrs = for n <- 1..50_000, do: {rem(n, 0x10000), <<n::32>>}
    assert attrs |> Attr.encode() |> Attr.decode() == attrs
  end

  test "random bytes decode to attributes or raise ArgumentError" do
    :rand.seed(:exsss, {1, 2, 3})

    for _ <- 1..2_000 do
      bytes = :rand.bytes(:rand.uniform(40))

      try do
        for {type, payload} <- Attr.decode(bytes) do
          assert type in 0..0xFFFF
          assert is_binary(payload)
        end
      rescue
        ArgumentError -> :ok
      end
    end
  end

  test "a small payload holds no reference to its datagram" do
    chain = Attr.encode([{1, "small"}, {2, :binary.copy("z", 5_000)}])
    assert [{1, small}, {2, large}] = Attr.decode(chain)
    assert :binary.referenced_byte_size(small) == 5
    assert :binary.referenced_byte_size(large) == byte_size(chain)
  end
end
