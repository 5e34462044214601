defmodule Linx.Netlink.Codec.RowsTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Codec.{Definition, Doc}

  defmodule Named do
    use Linx.Netlink.Codec

    @states [up: 1, down: 2]

    codec prefix: "X_" do
      header "struct xmsg", prefix: "x_" do
        field :family, :u8
        field :high, {:binary, 2}, c: {"addr", 0, 2}
        field :index, :s32, "interface index", c: "x_ifindex", volatile: true
        pad 1
      end

      attr 3, :name, :string, c: "X_IFNAME"
      attr 4, :mtu, :u32, "largest packet, octets"
      attr 5, :state, {:enum, :u8, @states}, "state", values: {"S_", down: "S_OFF"}
      attr 6, :list, {:array, {:flags, :u8, a: 1}, 7}, element: "X_ENTRY", values: {:bit, "F_"}
      attr 8, :data, {:dispatch, :mtu, %{9 => :u8}}, keys: %{9 => "NINE"}
      attr 10, :ours, :u8, "no attribute of the kernel's", c: nil
      unknown(:rest, "attributes without a row")
    end
  end

  defmodule Plain do
    use Linx.Netlink.Codec

    codec do
      header do
        field :a, :u8
      end

      attr 1, :b, {:packed, :u16}
    end
  end

  defp rows(module), do: Definition.rows(module.__codec__(:definition))
  defp row(module, name), do: Enum.find(rows(module), &(&1.name == name))

  test "a row has the kernel's name: the prefix and its own name, or the option :c" do
    names = for %{c: c} = row <- rows(Named), do: {row.name, c}

    assert names == [
             family: "x_family",
             high: {"addr", 0, 2},
             index: "x_ifindex",
             name: "X_IFNAME",
             mtu: "X_MTU",
             state: "X_STATE",
             list: "X_LIST",
             data: "X_DATA",
             ours: nil
           ]

    assert Named.__codec__(:definition).struct == "xmsg"
  end

  test "a row of a block without a prefix has no name of the kernel" do
    assert Enum.map(rows(Plain), &Map.has_key?(&1, :c)) == [false, false]
    assert Plain.__codec__(:definition).struct == nil
  end

  test "a row has the names of its values, elements and keys" do
    assert row(Named, :state).values == {"S_", down: "S_OFF"}
    assert %{element: "X_ENTRY", values: {:bit, "F_"}} = row(Named, :list)
    assert row(Named, :data).keys == %{9 => "NINE"}
  end

  test "a row has its description and its options" do
    assert row(Named, :mtu).text == "largest packet, octets"
    assert row(Named, :name).text == nil
    assert %{text: "interface index", volatile: true} = row(Named, :index)
    assert Named.__codec__().volatile == [:index]
  end

  test "names and descriptions do not change the schema and the bytes" do
    assert %{attrs: [{3, :name, :string}, {4, :mtu, :u32} | _], unknown: :rest} =
             Named.__codec__()

    named = %Named{family: 1, high: "ab", index: -1, name: "n", mtu: 4, state: :up, list: [[:a]]}
    assert Named.decode(Named.encode(named)) == named
  end

  describe "the documentation of the struct" do
    test "is a table of its rows" do
      assert Doc.struct(Named.__codec__(:definition)) == """
             The struct. Its header is `struct xmsg`.

             | field | type | kernel | description |
             | --- | --- | --- | --- |
             | `:family` | `:u8` | `x_family` |  |
             | `:high` | binary, 2 bytes | `addr` |  |
             | `:index` | `:s32` | `x_ifindex` | interface index |
             | `:name` | `:string` | `X_IFNAME` |  |
             | `:mtu` | `:u32` | `X_MTU` | largest packet, octets |
             | `:state` | enum of `:up`, `:down` | `X_STATE` | state |
             | `:list` | list of flags of `:a` | `X_LIST` |  |
             | `:data` | by `:mtu` | `X_DATA` |  |
             | `:ours` | `:u8` |  | no attribute of the kernel's |
             | `:rest` | `:binary` |  | attributes without a row |
             """
    end

    test "has no empty columns" do
      assert Doc.struct(Plain.__codec__(:definition)) == """
             The struct.

             | field | type |
             | --- | --- |
             | `:a` | `:u8` |
             | `:b` | list of `:u16` |
             """
    end

    test "is the documentation of the type t" do
      {:docs_v1, _, _, _, _, _, docs} = Code.fetch_docs(Linx.Netlink.Rtnl.Vlan.Stats)
      {_, _, _, %{"en" => doc}, _} = List.keyfind(docs, {:type, :t, 0}, 0)
      assert doc =~ "| `:rx_bytes` | `:u64` |"
    end
  end
end
