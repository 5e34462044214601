defmodule Linx.Netlink.Codec.SchemaTest.Mark do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :tag, :string
  end
end

defmodule Linx.Netlink.Codec.SchemaTest.Headed do
  use Linx.Netlink.Codec

  codec do
    header do
      field :family, :u8
    end
  end
end

# A custom type.
defmodule Linx.Netlink.Codec.SchemaTest.Hex do
  def encode(text), do: Base.decode16!(text, case: :lower)
  def decode(bytes), do: Base.encode16(bytes, case: :lower)
end

defmodule Linx.Netlink.Codec.SchemaTest do
  # Native schemas: of a recompiled module, of blocks with unsuitable types, and of a module that
  # many processes use for the first time at once.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Attr

  describe "a recompiled module" do
    setup do
      Code.put_compiler_option(:ignore_module_conflict, true)
      on_exit(fn -> Code.put_compiler_option(:ignore_module_conflict, false) end)
    end

    defp compile(name, rows) do
      Code.compile_string("""
      defmodule Linx.Netlink.Codec.SchemaTest.#{name} do
        use Linx.Netlink.Codec

        codec do
          #{rows}
        end
      end
      """)

      Module.concat(Linx.Netlink.Codec.SchemaTest, name)
    end

    test "gets the schema of its new block" do
      module = compile("Changing", "attr 1, :a, :u8")
      assert module.decode(Attr.encode([{1, <<1>>}])) == struct(module, a: 1)
      module = compile("Changing", "attr 1, :b, :u16")
      assert module.decode(Attr.encode([{1, <<1::native-16>>}])) == struct(module, b: 1)
      assert module.encode(struct(module, b: 2)) == Attr.encode([{1, <<2::native-16>>}])
    end

    test "gets the schema of its new block inside of other modules, too" do
      outer = compile("Around", "attr 1, :inner, Linx.Netlink.Codec.SchemaTest.Within")
      inner = compile("Within", "attr 1, :a, :u8")

      assert outer.decode(Attr.encode([{1, Attr.encode([{1, <<1>>}])}])).inner ==
               struct(inner, a: 1)

      inner = compile("Within", "attr 1, :b, :string")

      assert outer.decode(Attr.encode([{1, Attr.encode([{1, "x"}])}])).inner ==
               struct(inner, b: "x")
    end

    test "with a handwritten schema gets its new schema, too" do
      by_hand = fn fields ->
        Code.compile_string("""
        defmodule Linx.Netlink.Codec.SchemaTest.ByHand do
          defstruct #{inspect(fields)}

          def __codec__ do
            header = for field <- #{inspect(fields)}, do: {:field, field, :u8}
            %{module: __MODULE__, header: header, attrs: []}
          end
        end
        """)
      end

      outer = compile("Beside", "attr 1, :inner, Linx.Netlink.Codec.SchemaTest.ByHand")
      by_hand.([:a])
      assert %{inner: %{a: 1}} = outer.decode(Attr.encode([{1, <<1, 2>>}]))
      by_hand.([:b, :c])
      assert %{inner: %{b: 1, c: 2}} = outer.decode(Attr.encode([{1, <<1, 2>>}]))
    end

    test "can change from a custom type to a codec" do
      outer = compile("Outside", "attr 1, :inner, Linx.Netlink.Codec.SchemaTest.Becoming")

      Code.compile_string("""
      defmodule Linx.Netlink.Codec.SchemaTest.Becoming do
        def decode(bytes), do: byte_size(bytes)
      end
      """)

      assert outer.decode(Attr.encode([{1, "12345"}])).inner == 5
      inner = compile("Becoming", "attr 1, :b, :string")

      assert outer.decode(Attr.encode([{1, Attr.encode([{1, "x"}])}])).inner ==
               struct(inner, b: "x")
    end
  end

  describe "a block with unsuitable types" do
    test "raises at its first use" do
      for {rows, text} <- [
            {"attr 1, :a, {:chain, Linx.Netlink.Codec.SchemaTest.Mark}", "entries of a chain"},
            {"attr 1, :a, {:packed, Linx.Netlink.Codec.SchemaTest.Mark}", "packed"},
            {"attr 1, :a, {:packed, Linx.Netlink.Codec.SchemaTest.Hex}", "has no codec block"},
            {"group :a, Linx.Netlink.Codec.SchemaTest.Headed", "a group holds attributes only"},
            {"attr 1, :a, Linx.IP\nattr 2, :b, {:dispatch, :a, %{x: :u8}}", "cannot depend"}
          ] do
        module = compile("Odd#{System.unique_integer([:positive])}", rows)
        error = assert_raise ArgumentError, fn -> module.decode("") end
        assert error.message =~ text
      end
    end
  end

  test "many processes can use a schema for the first time at once" do
    module = compile("Popular", "attr 1, :a, :u8")
    bytes = Attr.encode([{1, <<1>>}])

    results =
      Task.async_stream(1..200, fn _ -> module.decode(bytes) end,
        max_concurrency: 50,
        timeout: :infinity
      )

    assert Enum.all?(results, &(&1 == {:ok, struct(module, a: 1)}))
  end
end
