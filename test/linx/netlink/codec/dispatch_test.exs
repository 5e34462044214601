defmodule Linx.Netlink.Codec.DispatchTest.Leaf do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :text, :string
  end
end

defmodule Linx.Netlink.Codec.DispatchTest.Choice do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.DispatchTest.Leaf

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

defmodule Linx.Netlink.Codec.DispatchTest.Limits do
  use Linx.Netlink.Codec

  codec do
    attr 10, :min, :u32
    attr 11, :max, :u32
    attr 12, :kind, :string
    attr 13, :data, {:dispatch, :kind, %{"n" => :u8}}
    attr 14, :list, {:repeated, :u8}
  end
end

defmodule Linx.Netlink.Codec.DispatchTest.Grouped do
  use Linx.Netlink.Codec

  codec do
    attr 1, :name, :string
    group :limits, Linx.Netlink.Codec.DispatchTest.Limits
    unknown :rest
    attr 2, :id, :u32
  end
end

defmodule Linx.Netlink.Codec.DispatchTest do
  # Types selected by the value of another field, groups, and unknown attributes.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr
  alias Linx.Netlink.Codec.DispatchTest.{Choice, Grouped, Leaf, Limits}

  test "the schema shows groups and the field of unknown attributes" do
    assert Grouped.__codec__() == %{
             module: Grouped,
             header: [],
             attrs: [{1, :name, :string}, {2, :id, :u32}],
             groups: [limits: Limits],
             unknown: :rest
           }
  end

  test "a dispatch selects any type, by string, name or number" do
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

  test "a dispatch without an entry decodes to bytes and cannot be encoded" do
    assert Choice.decode(<<9, 9>> <> Attr.encode([{3, "raw"}, {4, "too"}])) ==
             %Choice{family: 9, number: 9, by_enum: "raw", by_number: "too"}

    assert_raise ArgumentError, ~r/no codec registered for 9, the value of :number/, fn ->
      Choice.encode(%Choice{number: 9, by_number: "too"})
    end
  end

  test "a group holds attributes of the same level" do
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

  test "a group without any attribute is nil" do
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

  test "random attributes decode to a struct or raise ArgumentError" do
    :rand.seed(:exsss, {23, 29, 31})

    for _ <- 1..2_000, module <- [Grouped, Choice] do
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
