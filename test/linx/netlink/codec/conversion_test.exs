defmodule Linx.Netlink.Codec.ConversionTest.Mark do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :tag, :string
  end
end

# A custom type: lower-case hexadecimal text.
defmodule Linx.Netlink.Codec.ConversionTest.Hex do
  def encode(text), do: Base.decode16!(text, case: :lower)
  def decode(bytes), do: Base.encode16(bytes, case: :lower)
end

# A custom type: an atom.
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

defmodule Linx.Netlink.Codec.ConversionTest.Custom do
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
  # Values of custom types: the engine leaves them to the functions of their modules.
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Codec.ConversionTest.{Custom, Deep, Mark}

  describe "values of custom types" do
    test "are converted in nested structs, lists and dispatches" do
      custom = %Custom{
        deep: %Deep{
          hex: "01",
          deeper: %Deep{hex: "02", mark: %Mark{n: 1}},
          many: [%Deep{hex: "03"}, %Deep{}]
        },
        words: ["0a", "0b"],
        kind: :hex,
        data: "ff"
      }

      assert Custom.decode(Custom.encode(custom)) == custom
      assert [{1, deep} | _] = Attr.decode(Custom.encode(custom))
      assert [{0x8001, <<1>>} | _] = Attr.decode(deep)
    end

    test "are converted only where the dispatch selects their type" do
      custom = %Custom{kind: :mark, data: %Mark{n: 7}}
      assert Custom.decode(Custom.encode(custom)) == custom
      assert Custom.decode(Custom.encode(%{custom | kind: 2})) == custom

      assert Custom.decode(Attr.encode([{3, <<9>>}, {4, "raw"}])) == %Custom{
               kind: 9,
               data: "raw"
             }

      hex = %Custom{kind: :hex, data: "ff"}
      assert Custom.encode(%{hex | kind: 1}) == Custom.encode(hex)
    end

    test "can select the type of another attribute" do
      for custom <- [
            %Custom{colour: :red, paint: %Mark{n: 7}},
            %Custom{colour: :blue, paint: "ff00"}
          ] do
        assert Custom.decode(Custom.encode(custom)) == custom
      end

      assert Custom.decode(Attr.encode([{5, <<9>>}, {6, "raw"}])) == %Custom{paint: "raw"}

      assert_raise ArgumentError, ~r/no codec registered for nil, the value of :colour/, fn ->
        Custom.encode(%Custom{paint: "raw"})
      end
    end

    test "of a wrong type are refused by the engine" do
      assert_raise ArgumentError, ~r/Deep/, fn -> Custom.encode(%Custom{deep: %Mark{}}) end
      assert_raise ArgumentError, ~r/list/, fn -> Custom.encode(%Custom{words: :none}) end
    end

    test "need their module only when they are present" do
      assert Custom.decode(Custom.encode(%Custom{})) == %Custom{}
      assert_raise UndefinedFunctionError, fn -> Custom.encode(%Custom{nowhere: 1}) end
      assert_raise UndefinedFunctionError, fn -> Custom.decode(Attr.encode([{7, "x"}])) end
    end

    test "are converted in a list of messages" do
      custom = [%Custom{words: ["00ff"]}, %Custom{deep: %Deep{hex: "aa"}}, %Custom{}]

      bytes =
        for f <- custom,
            into: "",
            do: Message.encode(%Message{type: 1, payload: Custom.encode(f)})

      assert Engine.decode_messages(Custom, bytes) == custom
    end
  end
end
