defmodule Linx.Netlink.Codec.TypesTest.Fixed do
  use Linx.Netlink.Codec

  @kinds [unspec: 0, local: 2, also_local: :local, minus: -1]

  codec do
    header do
      field :protocol, :be16
      field :spi, :be32
      field :id, :be64
      field :offset, :s64
      field :kind, {:enum, :s8, @kinds}
      field :state, {:flags, :u16, up: 0x1, both: 0x6, low: 0x2, high: 0x8000}
      pad 5
    end

    attr 1, :port, :be16
    attr 2, :key, :be32
    attr 3, :cookie, :be64
    attr 4, :time, :s64
    attr 5, :scope, {:enum, :u32, Enum.with_index([:universe, :site])}
    attr 6, :bits, {:flags, :s32, low: 1}
    attr 7, :length, :uint
    attr 8, :delta, :sint
    attr 9, :present, :flag
    attr 10, :field, :bitfield32
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Switches do
  use Linx.Netlink.Codec

  codec do
    header do
      field :on, {:bool, :u8}
      pad 3
    end

    attr 1, :wide, {:bool, :u16}
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Leaf do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :text, :string
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Pair do
  use Linx.Netlink.Codec

  codec do
    header do
      field :from, :u16
      pad 1
      field :to, :u8
    end
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Hop do
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

defmodule Linx.Netlink.Codec.TypesTest.Many do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.TypesTest.{Hop, Leaf, Pair}

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

defmodule Linx.Netlink.Codec.TypesTest.Choice do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.TypesTest.Leaf

  codec do
    header do
      field :family, {:enum, :u8, inet: 2, inet6: 10}
      field :number, :u8
    end

    attr 1, :kind, :string

    attr 2,
         :by_name,
         {:dispatch, :kind, %{"leaf" => {:nested, Leaf}, "int" => :u16, "ip" => Linx.IP}}

    attr 3, :by_enum, {:dispatch, :family, %{:inet => :u32, 10 => :string}}
    attr 4, :by_number, {:dispatch, :number, %{1 => {:array, :u8}, 2 => :flag}}
    attr 5, :size, :uint
    attr 6, :by_attr, {:dispatch, :size, %{5 => :be32}}
    attr 7, :many, {:array, {:dispatch, :kind, %{"int" => :u16}}}
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Limits do
  use Linx.Netlink.Codec

  codec do
    attr 10, :min, :u32
    attr 11, :max, :u32
    attr 12, :kind, :string
    attr 13, :data, {:dispatch, :kind, %{"n" => :u8}}
    attr 14, :list, {:repeated, :u8}
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Grouped do
  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    group :limits, Linx.Netlink.Codec.TypesTest.Limits
    unknown :rest
    attr 2, :id, :u32
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Wide do
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

# Written by hand, like Stats.Link64: a table, but no block.
defmodule Linx.Netlink.Codec.TypesTest.Counters do
  @names [:rx, :tx, :dropped]
  defstruct [more: {:kept, %{as: "it is"}}] ++ @names

  def __codec__ do
    %{module: __MODULE__, header: for(name <- @names, do: {:field, name, :u64}), attrs: []}
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Stats do
  use Linx.Netlink.Codec

  codec do
    attr 1, :link, Linx.Netlink.Codec.TypesTest.Counters
  end
end

defmodule Linx.Netlink.Codec.TypesTest.Growing do
  use Linx.Netlink.Codec

  codec do
    header "struct growing", default: nil do
      field :a, :u16
      field :b, :u8
      pad 1
    end
  end
end

defmodule Linx.Netlink.Codec.TypesTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.TypesTest.{Choice, Counters, Fixed, Grouped, Growing, Hop, Leaf}
  alias Linx.Netlink.Codec.TypesTest.{Limits, Many, Pair, Stats, Switches, Wide}

  @fixed_header 30

  defp fixed(attrs), do: Fixed.decode(<<0::size(@fixed_header)-unit(8)>> <> Attr.encode(attrs))

  # What is read of a header's default 0 is its name.
  @read %Fixed{kind: :unspec, state: []}

  defp attrs(%Fixed{} = fixed) do
    <<_::binary-size(@fixed_header), rest::binary>> = Fixed.encode(fixed)
    Attr.decode(rest)
  end

  test "the schema shows the extended types, names evaluated" do
    schema = Fixed.__codec__()
    kinds = [unspec: 0, local: 2, also_local: 2, minus: -1]
    assert {:field, :kind, {:enum, :s8, kinds}} in schema.header
    assert {5, :scope, {:enum, :u32, [universe: 0, site: 1]}} in schema.attrs

    assert Grouped.__codec__() == %{
             module: Grouped,
             header: [],
             attrs: [{1, :name, :string}, {2, :id, :u32}],
             groups: [limits: Limits],
             unknown: :rest
           }
  end

  test "be scalars are big endian, in headers and attributes" do
    header = %{@read | protocol: 0x0800, spi: 0x01020304, id: 0x0102030405060708}
    assert <<8, 0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, _::binary>> = Fixed.encode(header)
    assert Fixed.decode(Fixed.encode(header)) == header

    fixed = %{@read | port: 80, key: 1, cookie: 2}
    assert [{1, <<0, 80>>}, {2, <<0, 0, 0, 1>>}, {3, <<0, 0, 0, 0, 0, 0, 0, 2>>}] = attrs(fixed)
    assert Fixed.decode(Fixed.encode(fixed)) == fixed
    assert_raise ArgumentError, ~r/fit :be16/, fn -> Fixed.encode(%Fixed{port: 0x10000}) end
  end

  test "s64 holds what 64 bits with a sign hold" do
    for value <- [-0x8000000000000000, -1, 0x7FFFFFFFFFFFFFFF] do
      fixed = %{@read | offset: value, time: value}
      assert Fixed.decode(Fixed.encode(fixed)) == fixed
    end

    assert_raise ArgumentError, fn -> Fixed.encode(%Fixed{time: 0x8000000000000000}) end
  end

  test "an enum reads as a name or, without one, as its integer" do
    for {integer, value} <- [{0, :universe}, {1, :site}, {200, 200}] do
      assert fixed([{5, <<integer::native-32>>}]).scope == value
    end

    assert fixed([{5, <<1, 2>>}]).scope == nil
  end

  test "an enum is written by name or by integer" do
    assert [{5, <<1::native-32>>}] = attrs(%Fixed{scope: :site})
    assert [{5, <<9::native-32>>}] = attrs(%Fixed{scope: 9})
    assert <<_::22*8, -1::signed-8, _::binary>> = Fixed.encode(%Fixed{kind: :minus})
    assert Fixed.decode(Fixed.encode(%Fixed{kind: :minus})).kind == :minus

    for bad <- [:planet, "site", [:site]] do
      assert_raise ArgumentError, ~r/:universe, :site/, fn -> Fixed.encode(%Fixed{scope: bad}) end
    end
  end

  test "a boolean is 0 or 1, in headers and attributes" do
    for {value, number} <- [{false, 0}, {true, 1}, {2, 2}] do
      bytes = <<number, 0::24, 6::native-16, 1::native-16, number::native-16, 0::16>>
      assert Switches.encode(%Switches{on: value, wide: value}) == bytes
      assert Switches.decode(bytes) == %Switches{on: value, wide: value}
      assert Switches.encode(%Switches{on: number, wide: number}) == bytes
    end

    assert Switches.decode(<<1, 0::24>>) == %Switches{on: true, wide: nil}

    assert_raise ArgumentError, ~r/wide/, fn -> Switches.encode(%Switches{wide: :yes}) end

    assert_raise CompileError, ~r/not a type: {:bool, :string}/, fn ->
      Code.eval_string("""
      defmodule Linx.Netlink.Codec.TypesTest.Wrong do
        use Linx.Netlink.Codec
        codec do: attr(1, :a, {:bool, :string})
      end
      """)
    end
  end

  test "of two names for one value the first is read" do
    assert Fixed.decode(Fixed.encode(%Fixed{kind: :also_local})).kind == :local
  end

  test "flags read as names in the order of the table, then what is left over" do
    read = fn bits -> Fixed.decode(<<0::23*8, bits::native-16, 0::5*8>>).state end
    assert read.(0) == []
    assert read.(0x8001) == [:up, :high]
    assert read.(0x0007) == [:up, :both, :low]
    assert read.(0x0004) == [0x4]
    assert read.(0x4103) == [:up, :low, 0x4100]
    assert fixed([{6, <<-1::native-32>>}]).bits == [:low, 0xFFFFFFFE]
  end

  test "flags are written as a list of names and integers or as an integer" do
    for {value, bits} <- [
          {[], 0},
          {[:high, :up], 0x8001},
          {[:both, 0x100], 0x106},
          {0x8001, 0x8001}
        ] do
      assert <<_::23*8, ^bits::native-16, _::5*8>> = Fixed.encode(%Fixed{state: value})
    end

    for bad <- [:up, [:down], ["up"], [:up | :high]] do
      assert_raise ArgumentError, ~r/:state/, fn -> Fixed.encode(%Fixed{state: bad}) end
    end
  end

  test "uint and sint take 4 bytes if they can and 8 if they must" do
    for {field, id, value, size} <- [
          {:length, 7, 0xFFFFFFFF, 4},
          {:length, 7, 0x100000000, 8},
          {:length, 7, 0xFFFFFFFFFFFFFFFF, 8},
          {:delta, 8, -0x80000000, 4},
          {:delta, 8, -0x80000001, 8},
          {:delta, 8, 0x80000000, 8}
        ] do
      fixed = Map.put(@read, field, value)
      assert [{^id, payload}] = attrs(fixed)
      assert byte_size(payload) == size
      assert Fixed.decode(Fixed.encode(fixed)) == fixed
    end

    assert fixed([{7, <<1, 2, 3>>}]).length == nil
    assert_raise ArgumentError, fn -> Fixed.encode(%Fixed{length: -1}) end
  end

  test "a flag is there or is not" do
    assert [{9, ""}] = attrs(%Fixed{present: true})
    assert attrs(%Fixed{present: false}) == []
    assert attrs(%Fixed{present: nil}) == []
    assert fixed([{9, "whatever"}]).present == true
    assert fixed([]).present == nil
    assert_raise ArgumentError, fn -> Fixed.encode(%Fixed{present: 1}) end
  end

  test "a bitfield is a value and its selector" do
    assert [{10, <<5::native-32, 7::native-32>>}] = attrs(%Fixed{field: {5, 7}})
    assert fixed([{10, <<5::native-32, 7::native-32>>}]).field == {5, 7}
    assert fixed([{10, <<5::native-32, 7>>}]).field == nil

    for bad <- [5, {5}, {5, :x}, {0x100000000, 0}] do
      assert_raise ArgumentError, ~r/:field/, fn -> Fixed.encode(%Fixed{field: bad}) end
    end
  end

  test "nested sets NLA_F_NESTED where a plain module does not" do
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

  test "an array with an id writes all elements with it, and their nested flag" do
    many = %Many{leaves: [%Leaf{n: 1}, %Leaf{text: "b"}]}
    assert [{0x8003, nest}] = Attr.decode(Many.encode(many))
    assert [{0x8007, _}, {0x8007, _}] = Attr.decode(nest)
    assert Many.decode(Many.encode(many)) == many
  end

  test "arrays may be empty, hold flags and hold arrays" do
    many = %Many{numbers: [], flags: [true, true], matrix: [[1, 2], [], [3]]}
    assert Many.decode(Many.encode(many)) == many
    assert Many.decode(Attr.encode([{2, ""}])).numbers == []
    assert Many.decode("").numbers == nil
  end

  test "an array has at most 16,382 elements, which is what a length can express" do
    many = %Many{flags: List.duplicate(true, 16_382)}

    assert_raise ArgumentError, ~r/fit/, fn ->
      Many.encode(%{many | flags: [true | many.flags]})
    end

    assert Many.decode(Many.encode(many)) == many
  end

  test "a repeated attribute occurs once per element, anywhere" do
    many = %Many{names: ["a", "b"], ips: [%Linx.IP{family: :inet, bytes: <<1, 2, 3, 4>>}]}
    assert [{4, "a\0"}, {4, "b\0"}, {8, _}] = Attr.decode(Many.encode(many))
    assert Many.decode(Many.encode(many)) == many

    assert Many.decode(Attr.encode([{4, "a"}, {9, ""}, {0x8004, "b"}])).names == ["a", "b"]
    assert Many.decode("").names == nil
    assert Many.encode(%Many{names: []}) == ""
  end

  test "packed elements lie back to back, and a partial last one is ignored" do
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

  test "a chain's entry that is too short or too long raises" do
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

  test "lists are proper lists" do
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

  test "a dispatch leads to any type, by string, name or number" do
    for fields <- [
          [kind: "leaf", by_name: %Leaf{n: 3}],
          [kind: "int", by_name: 80],
          [kind: "ip", by_name: %Linx.IP{family: :inet, bytes: <<1, 2, 3, 4>>}],
          [family: :inet, by_enum: 7],
          [family: :inet6, by_enum: "seven"],
          [number: 1, by_number: [1, 2]],
          [number: 2, by_number: true],
          [size: 5, by_attr: 0x01020304],
          [kind: "int", many: [1, 2]]
        ] do
      choice = struct!(Choice, [family: 0] ++ fields)
      assert Choice.decode(Choice.encode(choice)) == choice
    end

    assert <<_::16, rest::binary>> = Choice.encode(%Choice{kind: "leaf", by_name: %Leaf{}})
    assert [{1, _}, {0x8002, ""}] = Attr.decode(rest)

    assert Choice.encode(%Choice{family: 2, by_enum: 7}) ==
             Choice.encode(%Choice{family: :inet, by_enum: 7})
  end

  test "a dispatch without entry keeps bytes and refuses to write" do
    assert Choice.decode(<<9, 9>> <> Attr.encode([{3, "raw"}, {4, "too"}])) ==
             %Choice{family: 9, number: 9, by_enum: "raw", by_number: "too"}

    assert_raise ArgumentError, ~r/no codec registered for 9, the value of :number/, fn ->
      Choice.encode(%Choice{number: 9, by_number: "too"})
    end
  end

  test "a group gathers attributes of the same level" do
    grouped = %Grouped{
      name: "n",
      limits: %Limits{min: 1, kind: "n", data: 7, list: [1, 2]},
      id: 3
    }

    assert Attr.decode(Grouped.encode(grouped)) == [
             {1, "n\0"},
             {2, <<3::native-32>>},
             {10, <<1::native-32>>},
             {12, "n\0"},
             {13, <<7>>},
             {14, <<1>>},
             {14, <<2>>}
           ]

    assert Grouped.decode(Grouped.encode(grouped)) == grouped
  end

  test "a group of which nothing is there is nil" do
    assert Grouped.decode(Attr.encode([{1, "n"}])) == %Grouped{name: "n"}
    assert %Grouped{}.limits == nil
    assert_raise ArgumentError, ~r/:limits/, fn -> Grouped.encode(%Grouped{limits: %Leaf{}}) end
  end

  test "unknown attributes are kept in order with their flags, and written last" do
    rest = [{0xC063, "b"}, {99, ""}, {0x4064, :binary.copy("z", 100)}]
    bytes = Attr.encode([hd(rest), {2, <<3::native-32>>}] ++ tl(rest) ++ [{10, <<1::native-32>>}])
    grouped = Grouped.decode(bytes)
    assert grouped == %Grouped{id: 3, limits: %Limits{min: 1}, rest: rest}

    assert Attr.decode(Grouped.encode(grouped)) ==
             [{2, <<3::native-32>>}, {10, <<1::native-32>>} | rest]

    assert Grouped.decode("").rest == []

    for bad <- [[{0x10000, ""}], [{1}], [{1, :x}], :none] do
      assert_raise ArgumentError, ~r/:rest/, fn -> Grouped.encode(%Grouped{rest: bad}) end
    end
  end

  test "a struct of more than 31 fields works as well" do
    wide = Wide |> struct!(for n <- 1..34, do: {Enum.at(names(), n - 1), n})
    assert Wide.decode(Wide.encode(wide)) == wide
    assert Wide.decode(Attr.encode([{34, <<9>>}])) == %Wide{a34: 9}
  end

  defp names, do: for({_, name, _} <- Wide.__codec__().attrs, do: name)

  test "a table written by hand keeps the struct's own fields and defaults" do
    stats = %Stats{link: %Counters{rx: 1, dropped: 3}}
    assert [{1, <<1::native-64, 0::64, 3::native-64>>}] = Attr.decode(Stats.encode(stats))
    assert Stats.decode(Stats.encode(stats)).link == %Counters{rx: 1, tx: 0, dropped: 3}

    short = Attr.encode([{1, <<1::native-64, 2::32>>}])
    assert Stats.decode(short).link == %Counters{rx: 1}
  end

  test "a header may have nil for the fields that a shorter body does not have" do
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

  test "any attributes are a struct or an ArgumentError" do
    :rand.seed(:exsss, {23, 29, 31})

    for _ <- 1..2_000, module <- [Many, Grouped, Choice] do
      attrs = for _ <- 1..4, do: {:rand.uniform(15), :rand.bytes(:rand.uniform(24))}
      bytes = <<:rand.uniform(10), 1>> <> Attr.encode(attrs)

      try do
        assert %{__struct__: ^module} = module.decode(bytes)
      rescue
        ArgumentError -> :ok
      end
    end
  end
end
