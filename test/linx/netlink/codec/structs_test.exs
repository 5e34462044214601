defmodule Linx.Netlink.Codec.StructsTest.Wide do
  use Linx.Netlink.Codec

  codec do
    attr 1, :a01, :u8
    attr 2, :a02, :u8
    attr 3, :a03, :u8
    attr 4, :a04, :u8
    attr 5, :a05, :u8
    attr 6, :a06, :u8
    attr 7, :a07, :u8
    attr 8, :a08, :u8
    attr 9, :a09, :u8
    attr 10, :a10, :u8
    attr 11, :a11, :u8
    attr 12, :a12, :u8
    attr 13, :a13, :u8
    attr 14, :a14, :u8
    attr 15, :a15, :u8
    attr 16, :a16, :u8
    attr 17, :a17, :u8
    attr 18, :a18, :u8
    attr 19, :a19, :u8
    attr 20, :a20, :u8
    attr 21, :a21, :u8
    attr 22, :a22, :u8
    attr 23, :a23, :u8
    attr 24, :a24, :u8
    attr 25, :a25, :u8
    attr 26, :a26, :u8
    attr 27, :a27, :u8
    attr 28, :a28, :u8
    attr 29, :a29, :u8
    attr 30, :a30, :u8
    attr 31, :a31, :u8
    attr 32, :a32, :u8
    attr 33, :a33, :u8
    attr 34, :a34, :u8
  end
end

# A handwritten schema, like that of Stats.Link64, without a codec block.
defmodule Linx.Netlink.Codec.StructsTest.Counters do
  @names [:rx, :tx, :dropped]
  defstruct [more: {:kept, %{as: "it is"}}] ++ @names

  def __codec__ do
    %{module: __MODULE__, header: for(name <- @names, do: {:field, name, :u64}), attrs: []}
  end
end

defmodule Linx.Netlink.Codec.StructsTest.Stats do
  use Linx.Netlink.Codec

  codec do
    attr 1, :link, Linx.Netlink.Codec.StructsTest.Counters
  end
end

defmodule Linx.Netlink.Codec.StructsTest.Growing do
  use Linx.Netlink.Codec

  codec do
    header "struct growing", default: nil do
      field :a, :u16
      field :b, :u8
      pad 1
    end
  end
end

defmodule Linx.Netlink.Codec.StructsTest.Rate do
  use Linx.Netlink.Codec

  codec do
    header "struct rate" do
      field :cell, :u8, "cell"
      pad 1
      field :overhead, :s16
      field :rate, :u32
    end
  end
end

defmodule Linx.Netlink.Codec.StructsTest.Shaper do
  use Linx.Netlink.Codec

  codec do
    header "struct shaper", prefix: "s_" do
      embed :rate, Linx.Netlink.Codec.StructsTest.Rate, value: :rate
      embed :peak, Linx.Netlink.Codec.StructsTest.Rate
      field :time, :ticks
    end
  end
end

defmodule Linx.Netlink.Codec.StructsTest.Flat do
  use Linx.Netlink.Codec

  codec do
    header "struct flat", prefix: "f_" do
      embed(Linx.Netlink.Codec.StructsTest.Rate)
      field :time, :u32
    end
  end
end

defmodule Linx.Netlink.Codec.StructsTest do
  # Structs of many fields, with a handwritten schema, and of a C struct that kernels extend.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.StructsTest.{Counters, Growing, Stats, Wide}

  test "a struct of more than 31 fields is encoded and decoded" do
    wide = Wide |> struct!(for n <- 1..34, do: {Enum.at(names(), n - 1), n})
    assert Wide.decode(Wide.encode(wide)) == wide
    assert Wide.decode(Attr.encode([{34, <<9>>}])) == %Wide{a34: 9}
  end

  defp names, do: for({_, name, _} <- Wide.__codec__().attrs, do: name)

  test "a handwritten schema keeps the struct's own fields and defaults" do
    stats = %Stats{link: %Counters{rx: 1, dropped: 3}}
    assert [{1, <<1::native-64, 0::64, 3::native-64>>}] = Attr.decode(Stats.encode(stats))
    assert Stats.decode(Stats.encode(stats)).link == %Counters{rx: 1, tx: 0, dropped: 3}

    short = Attr.encode([{1, <<1::native-64, 2::32>>}])
    assert Stats.decode(short).link == %Counters{rx: 1}
  end

  test "header fields can be nil by default, and where a shorter body lacks them" do
    assert %Growing{a: nil, b: nil} == %Growing{}
    assert Growing.decode(<<1::native-16>>) == %Growing{a: 1}
    assert Growing.encode(%Growing{b: 2}) == <<0, 0, 2, 0>>
  end

  test "members appended to a C struct by a newer kernel are skipped" do
    longer = <<1::native-16, 2, 0, 99::native-32>>
    assert Growing.decode(longer) == %Growing{a: 1, b: 2}

    appended = <<99::native-16, 4::native-16>>
    assert Stats.decode(Attr.encode([{1, <<7::native-64, 0::128>> <> appended}])).link.rx == 7
  end

  test "a struct without a member's name has its fields among those of the other" do
    alias Linx.Netlink.Codec.StructsTest.Flat

    flat = %Flat{cell: 3, overhead: -1, rate: 7, time: 9}
    assert Flat.encode(flat) == <<3, 0, -1::native-16, 7::native-32, 9::native-32>>
    assert Flat.decode(Flat.encode(flat)) == flat
  end

  test "a struct within a struct has its fields with the name of the member in front" do
    alias Linx.Netlink.Codec.StructsTest.Shaper

    shaper = %Shaper{
      rate: 7,
      rate_cell: 3,
      rate_overhead: -1,
      peak_rate: 9,
      peak_cell: 1,
      time: 128
    }

    bytes =
      <<3, 0, -1::native-16, 7::native-32>> <>
        <<1, 0, 0::16, 9::native-32>> <> <<2::native-32>>

    assert Shaper.encode(shaper) == bytes
    assert Shaper.decode(bytes) == shaper

    assert for(row <- Shaper.__codec__(:definition).header, is_map(row), do: {row.name, row.c}) ==
             [
               rate_cell: {"s_rate", 0, 1},
               rate_overhead: {"s_rate", 2, 2},
               rate: {"s_rate", 4, 4},
               peak_cell: {"s_peak", 0, 1},
               peak_overhead: {"s_peak", 2, 2},
               peak_rate: {"s_peak", 4, 4},
               time: "s_time"
             ]
  end
end
