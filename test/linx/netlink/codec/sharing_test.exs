defmodule Linx.Netlink.Codec.SharingTest.Header do
  use Linx.Netlink.Codec

  codec do
    header "struct nfgenmsg" do
      field :family, {:enum, :u8, inet: 2, ipv4: :inet}, "address family",
        c: "nfgen_family",
        values: "NFPROTO_"

      field :version, :u8
      field :res_id, :be16, volatile: true
    end
  end
end

defmodule Linx.Netlink.Codec.SharingTest.Limits do
  use Linx.Netlink.Codec

  codec do
    attr 20, :min, :u8
  end
end

defmodule Linx.Netlink.Codec.SharingTest.Rows do
  use Linx.Netlink.Codec

  codec prefix: "A_" do
    attr 1, :name, :string, "name of the object"
    attr 2, :age, :u32, volatile: true
    attr 3, :addr, Linx.IP
    group :limits, Linx.Netlink.Codec.SharingTest.Limits
  end
end

defmodule Linx.Netlink.Codec.SharingTest.Kinds do
  use Linx.Netlink.Codec.Table

  # The table refers back to the codec that uses it.
  table %{
    "number" => :u32,
    "rows" => Linx.Netlink.Codec.SharingTest.Rows,
    "again" => {:nested, Linx.Netlink.Codec.SharingTest.Dispatched}
  }
end

defmodule Linx.Netlink.Codec.SharingTest.Dispatched do
  use Linx.Netlink.Codec

  codec do
    attr 1, :kind, :string
    attr 2, :data, {:dispatch, :kind, Linx.Netlink.Codec.SharingTest.Kinds}
    attr 3, :list, {:array, {:dispatch, :kind, Linx.Netlink.Codec.SharingTest.Kinds}}
  end
end

defmodule Linx.Netlink.Codec.SharingTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Codec}
  alias Linx.Netlink.Codec.SharingTest.{Dispatched, Header, Kinds, Limits, Rows}

  defmodule Message do
    use Linx.Netlink.Codec

    codec prefix: "B_" do
      header(Header)
      attr 10, :first, :u8
      include Rows
      attr 11, :last, {:dispatch, :name, %{"x" => :u16}}
    end
  end

  defmodule Renamed do
    use Linx.Netlink.Codec

    codec do
      header Header, as: [res_id: :group, version: nil]
    end
  end

  test "fields of a shared header can be renamed, or become padding" do
    assert Renamed.__codec__() == %{
             module: Renamed,
             header: [
               {:field, :family, {:enum, :u8, inet: 2, ipv4: 2}},
               {:pad, 1},
               {:field, :group, :be16}
             ],
             attrs: [],
             volatile: [:group]
           }

    assert [%{c: "nfgen_family"}, 1, %{c: "res_id"}] = Renamed.__codec__(:definition).header
    assert Renamed.encode(%Renamed{family: 2, group: 3}) == <<2, 0, 0, 3>>
  end

  describe "a header and rows of other modules" do
    test "are fields of the struct itself" do
      assert %Message{} |> Map.from_struct() |> Map.keys() |> Enum.sort() ==
               [:addr, :age, :family, :first, :last, :limits, :name, :res_id, :version]

      assert %Message{family: 0, version: 0, res_id: 0, name: nil, limits: nil} = %Message{}
    end

    test "are in the module's schema like its own rows" do
      assert Message.__codec__() == %{
               module: Message,
               header: Header.__codec__().header,
               attrs: [
                 {10, :first, :u8},
                 {1, :name, :string},
                 {2, :age, :u32},
                 {3, :addr, Linx.IP},
                 {11, :last, {:dispatch, :name, %{"x" => :u16}}}
               ],
               groups: [limits: Limits],
               volatile: [:res_id, :age]
             }
    end

    test "are encoded and decoded" do
      message = %Message{family: :inet, res_id: 3, first: 1, name: "x", age: 7, last: 9}
      message = %{message | limits: %Limits{min: 5}}

      assert <<2, 0, 3::16, attrs::binary>> = Message.encode(message)
      assert [{10, <<1>>}, {1, "x\0"}, {2, _}, {11, _}, {20, <<5>>}] = Attr.decode(attrs)
      assert Message.decode(Message.encode(message)) == message
      assert Codec.comparable(message) == %{message | res_id: nil, age: nil}
    end

    test "keep their descriptions and the kernel's names" do
      rows = Map.new(Codec.Definition.rows(Message.__codec__(:definition)), &{&1.name, &1})
      assert %{c: "nfgen_family", values: "NFPROTO_", text: "address family"} = rows.family
      assert %{c: "A_NAME", text: "name of the object"} = rows.name
      assert %{c: "B_FIRST", text: nil} = rows.first
      assert Message.__codec__(:definition).struct == "nfgenmsg"
    end
  end

  describe "a dispatch table in its own module" do
    test "is in the schema like any other table" do
      table = Kinds.__table__()
      assert %{"number" => :u32, "rows" => Rows, "again" => {:nested, Dispatched}} = table

      assert Dispatched.__codec__().attrs == [
               {1, :kind, :string},
               {2, :data, {:dispatch, :kind, table}},
               {3, :list, {:array, {:dispatch, :kind, table}}}
             ]
    end

    test "selects the type of a value" do
      for {kind, data} <- [
            {"number", 7},
            {"rows", %Rows{name: "a"}},
            {"again", %Dispatched{kind: "number", data: 8}}
          ] do
        value = %Dispatched{kind: kind, data: data, list: [data, data]}
        assert Dispatched.decode(Dispatched.encode(value)) == value
      end

      inner = %Dispatched{kind: "rows", data: %Rows{name: "a", age: 3}}
      value = %Dispatched{kind: "again", data: inner}
      assert Codec.comparable(value).data.data == %Rows{name: "a"}
      assert_raise ArgumentError, ~r/"none"/, fn -> Dispatched.encode(%{value | kind: "none"}) end
    end

    test "raises for a key that the selector never has" do
      [{module, _}] =
        Code.compile_string("""
        defmodule #{inspect(__MODULE__)}.WrongKey do
          use Linx.Netlink.Codec

          codec do
            attr 1, :kind, :u8
            attr 2, :data, {:dispatch, :kind, #{inspect(Kinds)}}
          end
        end
        """)

      assert_raise ArgumentError, ~r/Kinds of :data has a key that :kind never has/, fn ->
        module.decode("")
      end
    end

    test "is checked at compile time" do
      for {table, text} <- [
            {"%{1 => :u8, 1 => :u16}", "1 is twice in a table"},
            {"%{1 => :u33}", "not a type, nor a module: :u33"},
            {"%{1 => {:enum, :u8, [x: 1, y: 1]}}", "two names for 1"}
          ] do
        source = "defmodule M do\nuse Linx.Netlink.Codec.Table\n\ntable #{table}\nend"
        error = assert_raise CompileError, fn -> Code.compile_string(source) end
        assert {error.line, Exception.message(error) =~ text} == {4, true}
      end
    end
  end
end
