defmodule Linx.Netlink.Codec.BlockTest do
  # Compiler options are global.
  use ExUnit.Case, async: false

  defp module(body) do
    name = "Linx.Netlink.Codec.BlockTest.M#{System.unique_integer([:positive])}"

    Code.compile_string("""
    defmodule #{name} do
      use Linx.Netlink.Codec
      #{body}
    end
    """)

    Module.concat([name])
  end

  defp block(lines), do: module("codec do\n#{lines}\nend")

  test "a mistake is a CompileError that says what it is" do
    for {lines, text} <- [
          {"attr 1, :a, :u8\nattr 2, :a, :u8", ":a is declared twice"},
          {"header do\nfield :a, :u8\nend\nattr 2, :a, :u8", ":a is declared twice"},
          {"attr 1, :a, :u8\ngroup :a, Some.Group", ":a is declared twice"},
          {"attr 1, :a, :u8\nunknown :a", ":a is declared twice"},
          {"unknown :a\nunknown :b", "unknown is declared twice"},
          {"header do\nend\nheader do\nend", "header is declared twice"},
          {"attr 1, :__struct__, :u8", "not a field name: :__struct__"},
          {"attr 1, \"a\", :u8", "not a field name"},
          {"attr 1, nil, :u8", "not a field name"},
          {"attr :one, :a, :u8", "the id of :a is not in 0..0xFFFF: :one"},
          {"attr 0x10000, :a, :u8", "the id of :a is not in 0..0xFFFF"},
          {"attr -1, :a, :u8", "the id of :a is not in 0..0xFFFF"},
          {"attr 1, :a, \"u8\"", "not a type"},
          {"attr 1, :a, {:list, :u8}", "not a type"},
          {"attr 1, :a, {:nested, :u8}", "not a type: :u8"},
          {"attr 1, :a, {:packed, :string}", "not a type: :string"},
          {"attr 1, :a, {:enum, :string, []}", "not a scalar: :string"},
          {"attr 1, :a, {:enum, :u8, [:a]}", "keyword list of integers"},
          {"attr 1, :a, {:flags, :u8, %{a: 1}}", "keyword list of integers"},
          {"attr 1, :a, {:array, :u8, 70_000}", "the id of :a"},
          {"attr 1, :a, {:dispatch, :b, %{}}\nattr 2, :b, :string", "depends on :b"},
          {"attr 1, :a, {:dispatch, :b, %{}}", "not declared before it"},
          {"attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, %{\"x\" => :u8}}", ":b is never \"x\""},
          {"header do\nfield :a, :string\nend", "not a type of fixed width: :string"},
          {"header do\npad :a\nend", "pad"},
          {"header do\nattr 1, :a, :u8\nend", "expected field or pad"},
          {"field :a, :u8", "expected header, attr, group or unknown"},
          {"1 + 1", "expected header, attr, group or unknown"},
          {"group :a, :u8", "not a type: :u8"},
          {"attr 1, :a, :u8, volatile: 1", "expected volatile: true, got: [volatile: 1]"},
          {"attr 1, :a, :u8, required: true", "expected volatile: true"},
          {"header do\nfield :a, :u8, :volatile\nend", "expected volatile: true"}
        ] do
      error = assert_raise CompileError, fn -> block(lines) end
      assert Exception.message(error) =~ text
    end
  end

  test "a dispatch may have its table from an attribute of the module" do
    lines = "attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, @table}"
    module = module("@table %{7 => :u16}\ncodec do\n#{lines}\nend")

    value = struct!(module, b: 7, a: 3)
    assert value |> module.encode() |> module.decode() == value

    for {table, text} <- [{"[x: :u16]", "no table"}, {~s(%{"x" => :u16}), ~s(never "x")}] do
      error =
        assert_raise CompileError, fn ->
          module("@table #{table}\ncodec do\n#{lines}\nend")
        end

      assert Exception.message(error) =~ text
    end
  end

  test "the line of the mistake is told" do
    error = assert_raise CompileError, fn -> block("attr 1, :a, :u8\n\nattr 2, :a, :u8") end
    assert error.line == 6
  end

  test "a module has one block" do
    one = "codec do\nattr 1, :a, :u8\nend\n"
    error = assert_raise CompileError, fn -> module(one <> one) end
    assert Exception.message(error) =~ "at most one codec block"
  end

  test "a block may be empty or hold a single declaration" do
    empty = block("")
    assert empty.encode(struct(empty)) == ""
    assert empty.decode("") == struct(empty)

    header = block("header do\nfield :a, :u8\nend")
    assert header.encode(struct(header, a: 3)) == <<3>>
  end

  test "parentheses may be written" do
    with_them = block("header() do\nfield(:a, :u8)\npad(3)\nend\nattr(1, :b, :u8)\nunknown(:c)")

    assert with_them.__codec__() |> Map.delete(:module) ==
             %{header: [{:field, :a, :u8}, {:pad, 3}], attrs: [{1, :b, :u8}], unknown: :c}
  end

  test "volatile rows are named beside the others, which stay as they are" do
    module =
      block("header do\nfield :a, :u8, volatile: true\nend\nattr 1, :b, :u8, volatile: true")

    assert module.__codec__() |> Map.delete(:module) ==
             %{header: [{:field, :a, :u8}], attrs: [{1, :b, :u8}], volatile: [:a, :b]}

    value = struct!(module, a: 3, b: 4)
    assert value |> module.encode() |> module.decode() == value
    assert Linx.Netlink.Codec.comparable(value) == struct!(module, a: nil, b: nil)
  end

  test "a plain module atom is a module" do
    atom = block("attr 1, :a, :\"Elixir.Linx.IP\"\nattr 2, :b, :some_module")
    assert [{1, :a, Linx.IP}, {2, :b, :some_module}] = atom.__codec__().attrs
  end

  test "naming a module creates no compile-time dependency" do
    defmodule Tracer do
      def trace({:alias_reference, _meta, module}, env) do
        send(Process.whereis(__MODULE__), {:alias, module, env.function})
        :ok
      end

      def trace(_event, _env), do: :ok
    end

    Process.register(self(), Tracer)
    before = Code.get_compiler_option(:tracers)
    Code.put_compiler_option(:tracers, [Tracer])

    try do
      block("attr 1, :a, Linx.IP\nattr 2, :b, {:nested, Linx.MAC}")
    after
      Code.put_compiler_option(:tracers, before)
    end

    for module <- [Linx.IP, Linx.MAC] do
      assert_received {:alias, ^module, {:__codec__, 0}}
      refute_received {:alias, ^module, nil}
    end
  end

  test "a type and specifications come along" do
    {:ok, types} = Code.Typespec.fetch_types(Linx.Netlink.Rtnl.Link)
    assert [{:type, {:t, _, []}}] = Enum.filter(types, &match?({:type, {:t, _, _}}, &1))

    {:ok, specs} = Code.Typespec.fetch_specs(Linx.Netlink.Rtnl.Link)
    specs = for {spec, _} <- specs, do: spec
    assert [__codec__: 0, __codec__: 1, decode: 1, encode: 1] -- specs == []
  end
end
