defmodule Linx.Netlink.Codec.ConversionTest.Mark do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :tag, :string
  end
end

# Lower-case hexadecimal text, by functions of its own.
defmodule Linx.Netlink.Codec.ConversionTest.Hex do
  def encode(text), do: Base.decode16!(text, case: :lower)
  def decode(bytes), do: Base.encode16(bytes, case: :lower)
end

# An atom, by functions of its own.
defmodule Linx.Netlink.Codec.ConversionTest.Colour do
  def encode(:red), do: <<1>>
  def encode(:blue), do: [<<2>>]
  def decode(<<1>>), do: :red
  def decode(<<2>>), do: :blue
  def decode(_), do: nil
end

defmodule Linx.Netlink.Codec.ConversionTest.Deep do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.ConversionTest.{Deep, Hex, Mark}

  codec do
    attr 1, :hex, {:nested, Hex}
    attr 2, :deeper, Deep
    attr 3, :many, {:array, {:nested, Deep}}
    attr 4, :mark, Mark
  end
end

defmodule Linx.Netlink.Codec.ConversionTest.Foreign do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.ConversionTest.{Colour, Deep, Hex, Mark}

  codec do
    attr 1, :deep, Deep
    attr 2, :words, {:repeated, Hex}
    attr 3, :kind, {:enum, :u8, hex: 1, mark: 2}
    attr 4, :data, {:dispatch, :kind, %{:hex => Hex, :mark => Mark}}
    attr 5, :colour, Colour
    attr 6, :paint, {:dispatch, :colour, %{red: Mark, blue: Hex}}
    attr 7, :nowhere, Linx.Netlink.Codec.ConversionTest.NoSuchModule
  end
end

defmodule Linx.Netlink.Codec.ConversionTest do
  # Values that the engine leaves to functions of their modules.
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Codec.ConversionTest.{Deep, Foreign, Mark}

  describe "values of modules with functions of their own" do
    test "are converted wherever they are" do
      foreign = %Foreign{
        deep: %Deep{
          hex: "01",
          deeper: %Deep{hex: "02", mark: %Mark{n: 1}},
          many: [%Deep{hex: "03"}, %Deep{}]
        },
        words: ["0a", "0b"],
        kind: :hex,
        data: "ff"
      }

      assert Foreign.decode(Foreign.encode(foreign)) == foreign
      assert [{1, deep} | _] = Attr.decode(Foreign.encode(foreign))
      assert [{0x8001, <<1>>} | _] = Attr.decode(deep)
    end

    test "are left to the engine where another type is chosen" do
      foreign = %Foreign{kind: :mark, data: %Mark{n: 7}}
      assert Foreign.decode(Foreign.encode(foreign)) == foreign
      assert Foreign.decode(Foreign.encode(%{foreign | kind: 2})) == foreign

      assert Foreign.decode(Attr.encode([{3, <<9>>}, {4, "raw"}])) == %Foreign{
               kind: 9,
               data: "raw"
             }

      hex = %Foreign{kind: :hex, data: "ff"}
      assert Foreign.encode(%{hex | kind: 1}) == Foreign.encode(hex)
    end

    test "may choose the type of another attribute" do
      for foreign <- [
            %Foreign{colour: :red, paint: %Mark{n: 7}},
            %Foreign{colour: :blue, paint: "ff00"}
          ] do
        assert Foreign.decode(Foreign.encode(foreign)) == foreign
      end

      assert Foreign.decode(Attr.encode([{5, <<9>>}, {6, "raw"}])) == %Foreign{paint: "raw"}

      assert_raise ArgumentError, ~r/no codec registered for nil, the value of :colour/, fn ->
        Foreign.encode(%Foreign{paint: "raw"})
      end
    end

    test "of a wrong type are the engine's to refuse" do
      assert_raise ArgumentError, ~r/Deep/, fn -> Foreign.encode(%Foreign{deep: %Mark{}}) end
      assert_raise ArgumentError, ~r/list/, fn -> Foreign.encode(%Foreign{words: :none}) end
    end

    test "need their module only when they are there" do
      assert Foreign.decode(Foreign.encode(%Foreign{})) == %Foreign{}
      assert_raise UndefinedFunctionError, fn -> Foreign.encode(%Foreign{nowhere: 1}) end
      assert_raise UndefinedFunctionError, fn -> Foreign.decode(Attr.encode([{7, "x"}])) end
    end

    test "are converted in a list of messages" do
      foreign = [%Foreign{words: ["00ff"]}, %Foreign{deep: %Deep{hex: "aa"}}, %Foreign{}]

      bytes =
        for f <- foreign,
            into: "",
            do: Message.encode(%Message{type: 1, payload: Foreign.encode(f)})

      assert Engine.decode_messages(Foreign, bytes) == foreign
    end
  end
end
