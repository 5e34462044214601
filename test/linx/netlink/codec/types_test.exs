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
    attr 11, :mode, {:enum, :uint, off: 0, on: 1, most: 0x100000000, always: :on}
    attr 12, :fields, {:flags, :uint, low: 0x1, high: 0x8000000000}
    attr 13, :level, {:enum, :sint, below: -1, far: -0x100000000}
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

defmodule Linx.Netlink.Codec.TypesTest do
  # Scalars, and values of fixed width.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.TypesTest.{Fixed, Switches}

  @fixed_header 30

  defp fixed(attrs), do: Fixed.decode(<<0::size(@fixed_header)-unit(8)>> <> Attr.encode(attrs))

  # The default 0 of a header field is decoded as the name of 0.
  @read %Fixed{kind: :unspec, state: []}

  defp attrs(%Fixed{} = fixed) do
    <<_::binary-size(@fixed_header), rest::binary>> = Fixed.encode(fixed)
    Attr.decode(rest)
  end

  test "the schema shows the types with evaluated names" do
    schema = Fixed.__codec__()
    kinds = [unspec: 0, local: 2, also_local: 2, minus: -1]
    assert {:field, :kind, {:enum, :s8, kinds}} in schema.header
    assert {5, :scope, {:enum, :u32, [universe: 0, site: 1]}} in schema.attrs
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

  test "s64 takes signed integers of 64 bits" do
    for value <- [-0x8000000000000000, -1, 0x7FFFFFFFFFFFFFFF] do
      fixed = %{@read | offset: value, time: value}
      assert Fixed.decode(Fixed.encode(fixed)) == fixed
    end

    assert_raise ArgumentError, fn -> Fixed.encode(%Fixed{time: 0x8000000000000000}) end
  end

  test "an enum decodes to a name or, without one, to its integer" do
    for {integer, value} <- [{0, :universe}, {1, :site}, {200, 200}] do
      assert fixed([{5, <<integer::native-32>>}]).scope == value
    end

    assert fixed([{5, <<1, 2>>}]).scope == nil
  end

  test "an enum is encoded from a name or an integer" do
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

  test "a number with two names decodes to the first" do
    assert Fixed.decode(Fixed.encode(%Fixed{kind: :also_local})).kind == :local
  end

  test "flags decode to names in the order of the table, then the remaining bits" do
    read = fn bits -> Fixed.decode(<<0::23*8, bits::native-16, 0::5*8>>).state end
    assert read.(0) == []
    assert read.(0x8001) == [:up, :high]
    assert read.(0x0007) == [:up, :both, :low]
    assert read.(0x0004) == [0x4]
    assert read.(0x4103) == [:up, :low, 0x4100]
    assert fixed([{6, <<-1::native-32>>}]).bits == [:low, 0xFFFFFFFE]
  end

  test "flags are encoded from a list of names and integers or from an integer" do
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

  test "uint and sint take 4 bytes where the value fits, and 8 otherwise" do
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

  test "names of a uint or sint are of 4 bytes where the value fits, and of 8 otherwise" do
    for {field, id, value, payload} <- [
          {:mode, 11, :on, <<1::native-32>>},
          {:mode, 11, 7, <<7::native-32>>},
          {:mode, 11, :most, <<0x100000000::native-64>>},
          {:fields, 12, [:low], <<1::native-32>>},
          {:fields, 12, [:low, :high, 2], <<0x8000000003::native-64>>},
          {:level, 13, :below, <<-1::native-32>>},
          {:level, 13, :far, <<-0x100000000::native-64>>}
        ] do
      fixed = Map.put(@read, field, value)
      assert attrs(fixed) == [{id, payload}]
      assert Fixed.decode(Fixed.encode(fixed)) == fixed
    end

    assert fixed([{11, <<1::native-64>>}]).mode == :on
    assert fixed([{13, <<-1::native-64>>}]).level == :below
    assert fixed([{11, <<1, 2, 3>>}, {12, ""}]) == @read
    assert [{11, <<1::native-32>>}] = attrs(%Fixed{mode: :always})

    for bad <- [-1, :none, [:on]],
        do: assert_raise(ArgumentError, fn -> attrs(%Fixed{mode: bad}) end)
  end

  test "a flag is true where its attribute is present, and nil otherwise" do
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
end
