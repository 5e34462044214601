defmodule Linx.Netlink.Codec.BlockTest.Header do
  use Linx.Netlink.Codec

  codec do
    header do
      field :family, :u8
    end
  end
end

defmodule Linx.Netlink.Codec.BlockTest.Clash do
  use Linx.Netlink.Codec

  codec do
    attr 9, :a, :u8
  end
end

defmodule Linx.Netlink.Codec.BlockTest.SameId do
  use Linx.Netlink.Codec

  codec do
    attr 0x8001, :b, :u8
  end
end

defmodule Linx.Netlink.Codec.BlockTest do
  # Not async: compiler options are global.
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

  test "an invalid declaration is a CompileError with the reason" do
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
          {"header do\nattr 1, :a, :u8\nend", "expected field, pad or embed"},
          {"header do\nembed :a, Linx.IP\nend", "not a module with a codec block: Linx.IP"},
          {"header do\nembed :a, Linx.Netlink.Rtnl.Tc.Ratespec, as: :b\nend", "expected embed"},
          {"header do\nembed :a, Linx.Netlink.Rtnl.Tc.Stats\nend", "expected embed"},
          {"field :a, :u8", "expected header, attr, group, unknown or include"},
          {"1 + 1", "expected header, attr, group, unknown or include"},
          {"group :a, :u8", "not a type: :u8"},
          {"group :a, __MODULE__", "group of the module itself"},
          {"attr 1, :a, :u8\nattr 1, :b, :u8", ":b has the id of :a"},
          # Ids are compared without flags.
          {"attr 1, :a, :u8\nattr 0x8001, :b, :u8", ":b has the id of :a"},
          {"attr 1, :a, :u33", "not a type, nor a module: :u33"},
          {"attr 1, :a, :strng", "not a type, nor a module: :strng"},
          {"attr 1, :a, :integer", "not a type, nor a module: :integer"},
          {"attr 1, :a, {:nested, :u33}", ":u33"},
          {"attr 1, :a, {:array, {:repeated, :s7}}", ":s7"},
          {"attr 1, :a, {:packed, :be8}", ":be8"},
          {"attr 1, :a, {:chain, :flags32}", "not a type, nor a module: :flags32"},
          {"attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, %{1 => {:array, :u33}}}", ":u33"},
          {"attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, %{1 => :u8, 1 => :u16}}", "1 is twice"},
          {"attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, %{256 => :u8}}", ":b is never 256"},
          {"attr 1, :b, :s8\nattr 2, :a, {:dispatch, :b, %{-129 => :u8}}", ":b is never -129"},
          {"attr 1, :b, :flag\nattr 2, :a, {:dispatch, :b, %{true: :u8}}", "cannot depend on :b"},
          {"attr 1, :b, {:array, :u8}\nattr 2, :a, {:dispatch, :b, %{}}", "cannot depend on :b"},
          {"attr 1, :b, {:enum, :u8, [x: 1]}\nattr 2, :a, {:dispatch, :b, %{y: :u8}}",
           ":b is never :y"},
          {"attr 1, :a, {:dispatch, :a, %{1 => :u8}}", "not declared before it"},
          {"attr 1, :a, {:enum, :u8, [x: 1, x: 2]}", ":a has the name :x twice"},
          {"attr 1, :a, {:enum, :u8, [x: 1, y: 1]}", ":a has two names for 1"},
          {"attr 1, :a, {:flags, :u8, [x: 1, y: 1]}", ":a has two names for 1"},
          {"attr 1, :a, {:enum, :u8, [x: 256]}", ":x of :a does not fit :u8: 256"},
          {"attr 1, :a, {:enum, :u8, [x: -1]}", ":x of :a does not fit :u8: -1"},
          {"attr 1, :a, {:enum, :s8, [x: 128]}", ":x of :a does not fit :s8: 128"},
          {"attr 1, :a, {:enum, :be16, [x: 0x10000]}", ":x of :a does not fit :be16"},
          {"attr 1, :a, {:flags, :u8, [x: 0]}", ":x of :a does not fit :u8: 0"},
          {"attr 1, :a, {:flags, :u16, [x: 0x10000]}", ":x of :a does not fit :u16"},
          {"attr 1, :a, {:flags, :u8, [x: 1, y: :x]}", "keyword list of integers"},
          {"attr 1, :a, {:enum, :u8, [x: 1, y: :z]}", ":y of :a is the name of no other: :z"},
          {"header do\nfield :a, {:enum, :u8, [x: 256]}\nend", ":x of :a does not fit :u8"},
          {"header do\npad -1\nend", "not a number of bytes: pad -1"},
          {"attr 1, :a, {:array, {:array, :u8, -1}}", "the id of :a"},
          {"attr 1, :a, :u8, volatile: 1", "expected volatile: true, got: [volatile: 1]"},
          {"attr 1, :a, :u8, required: true", ":a has an unknown option: required: true"},
          {"header do\nfield :a, :u8, :volatile\nend",
           "expected one line of text, got: :volatile"},
          {"attr 1, :a, :u8, \"\"", "expected one line of text"},
          {"attr 1, :a, :u8, \"two\\nlines\"", "expected one line of text"},
          {"attr 1, :a, :u8, \"text\", :volatile", "expected options of a row, got: :volatile"},
          {"attr 1, :a, :u8, \"text\", [], 3", "expected header, attr"},
          {"attr 1, :a, :u8, c: \"A\", c: \"B\"", ":a has the option :c twice"},
          {"attr 1, :a, :u8, c: :A", ":a cannot have c: :A"},
          {"attr 1, :a, :u8, c: {\"a\", 0, 1}", ":a cannot have c:"},
          {"attr 1, :a, :u8, values: \"A_\"", ":a cannot have values:"},
          {"attr 1, :a, {:enum, :u8, x: 1}, values: {\"A_\", y: \"B\"}",
           ":a cannot have values:"},
          {"attr 1, :a, {:enum, :u8, x: 1}, values: :A", ":a cannot have values:"},
          {"attr 1, :a, {:array, :u8}, element: \"A\"", ":a cannot have element:"},
          {"attr 1, :a, :u8, keys: %{1 => \"A\"}", ":a cannot have keys:"},
          {"attr 1, :a, {:binary, 0}", "not a type of fixed width: {:binary, 0}"},
          {"attr 1, :a, {:indexed, :u33}", "not a type, nor a module: :u33"},
          {"attr 1, :a, {:packed, {:enum, :u8, x: 256}}", ":x of :a does not fit :u8"},
          {"attr 1, :a, {:packed, {:array, :u8}}", "not a type: {:array, :u8}"},
          {"attr 1, :a, {:enum, :sbe16, x: 40_000}", ":x of :a does not fit :sbe16"},
          {"attr 1, :a, {:dispatch, {:outer, nil}, %{}}", ":a depends on no field"},
          {"attr 1, :a, {:dispatch, {:inner, :b}, %{}}", "which is not declared before it"},
          {"unknown :a, c: \"A\"", ":a has an unknown option"},
          {"header \"ifinfomsg\" do\nend", "expected \"struct NAME\" or a module"},
          {"header \"struct a\", prefix: :a do\nend", "expected prefix:"},
          {"header \"struct a\", default: 0 do\nend", "expected default: nil, got: [default: 0]"},
          {"header \"struct a\", :b do\nend", "expected prefix:"},
          {"header :a, [], [] do\nend", "expected header"},
          {"header Linx.IP", "not a module with a codec block: Linx.IP"},
          {"header 7", "not a module with a codec block: 7"},
          {"header Linx.Netlink.Codec.BlockTest.Header, as: [family: :x]\nattr 1, :x, :u8",
           ":x is declared twice"},
          {"header Linx.Netlink.Codec.BlockTest.Header, as: [other: :x]", "expected as:"},
          {"header Linx.Netlink.Codec.BlockTest.Header, as: [family: true]", "expected as:"},
          {"header Linx.Netlink.Codec.BlockTest.Header, as: :x", "expected as:"},
          {"header Linx.Netlink.Codec.BlockTest.Header, prefix: \"a\"", "expected as:"},
          {"include Linx.IP", "not a module with a codec block: Linx.IP"},
          {"include __MODULE__", "not a module with a codec block"}
        ] do
      error = assert_raise CompileError, fn -> block(lines) end
      assert Exception.message(error) =~ text
    end
  end

  test "a dispatch can take its table from a module attribute" do
    lines = "attr 1, :b, :u8\nattr 2, :a, {:dispatch, :b, @table}"
    module = module("@table %{7 => :u16}\ncodec do\n#{lines}\nend")

    value = struct!(module, b: 7, a: 3)
    assert value |> module.encode() |> module.decode() == value

    for {table, text} <- [
          {"[x: :u16]", "no table"},
          {~s(%{"x" => :u16}), ~s(never "x")},
          {"%{1 => :u33}", "not a type, nor a module: :u33"},
          {"%{1 => {:array, {:nested, :u8}}}", "not a type: :u8"},
          {"%{1 => {:list, :u8}}", "not a type: {:list, :u8}"},
          {"%{1 => {:enum, :u33, [a: 1]}}", "not a scalar: :u33"},
          {"%{1 => {:enum, :u8, [a: 1, b: 1]}}", ":a has two names for 1"},
          {"%{1 => {:packed, \"u8\"}}", "not a type: \"u8\""},
          {"%{1 => {:dispatch, :c, %{}}}", "depends on :c"}
        ] do
      error =
        assert_raise CompileError, fn ->
          module("@table #{table}\ncodec do\n#{lines}\nend")
        end

      assert Exception.message(error) =~ text
    end
  end

  test "a wrong option of the block is a CompileError" do
    for {opts, text} <- [
          {"prefix: :ifla", "expected prefix: \"PREFIX_\", got: [prefix: :ifla]"},
          {"prefixes: \"IFLA_\"", "expected prefix:"},
          {"\"IFLA_\"", "expected prefix:"}
        ] do
      error = assert_raise CompileError, fn -> module("codec #{opts} do\nend") end
      assert Exception.message(error) =~ text
    end
  end

  test "a CompileError has the line of the invalid declaration" do
    for {third, text} <- [
          {"attr 2, :a, :u8", "twice"},
          {"attr 1, :b, :u8", "id"},
          {"attr 0x10000, :b, :u8", "id"},
          {"attr 2, :b, :u33", "type"},
          {"attr 2, :b, {:enum, :u8, [x: 300]}", "fit"},
          {"attr 2, :b, {:dispatch, :c, %{}}", "before"},
          {"attr 2, :b, {:dispatch, :a, %{\"x\" => :u8}}", "never"},
          {"header do pad(-1) end", "pad"},
          {"header do field(:b, {:flags, :u8, x: 0}) end", "fit"},
          {"group :b, __MODULE__", "group"},
          {"attr 2, :b, :u8, values: \"A_\"", "values"},
          {"attr 2, :b, :u8, 3", "text"},
          {"include Linx.Netlink.Codec.BlockTest.Clash", ":a is declared twice"},
          {"include Linx.Netlink.Codec.BlockTest.SameId", "has the id of :a"},
          {"header Linx.Netlink.Codec.BlockTest.Clash", "has attributes"}
        ] do
      error = assert_raise CompileError, fn -> block("attr 1, :a, :u8\n\n#{third}") end
      assert {third, error.line} == {third, 6}
      assert Exception.message(error) =~ text
    end
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

  test "declarations can be written with parentheses" do
    with_them = block("header() do\nfield(:a, :u8)\npad(3)\nend\nattr(1, :b, :u8)\nunknown(:c)")

    assert with_them.__codec__() |> Map.delete(:module) ==
             %{header: [{:field, :a, :u8}, {:pad, 3}], attrs: [{1, :b, :u8}], unknown: :c}
  end

  test "the schema lists the volatile fields, and their rows are like other rows" do
    module =
      block("header do\nfield :a, :u8, volatile: true\nend\nattr 1, :b, :u8, volatile: true")

    assert module.__codec__() |> Map.delete(:module) ==
             %{header: [{:field, :a, :u8}], attrs: [{1, :b, :u8}], volatile: [:a, :b]}

    value = struct!(module, a: 3, b: 4)
    assert value |> module.encode() |> module.decode() == value
    assert Linx.Netlink.Codec.comparable(value) == struct!(module, a: nil, b: nil)
  end

  test "an atom that is not an alias is a module" do
    atom = block("attr 1, :a, :\"Elixir.Linx.IP\"\nattr 2, :b, :some_module")
    assert [{1, :a, Linx.IP}, {2, :b, :some_module}] = atom.__codec__().attrs
  end

  test "a second name of a number is encoded like the first, and decoded as the first" do
    module = block("attr 1, :a, {:enum, :u8, [x: 1, y: :x]}")
    assert [{1, :a, {:enum, :u8, [x: 1, y: 1]}}] = module.__codec__().attrs
    assert module.encode(struct(module, a: :y)) == module.encode(struct(module, a: 1))
    assert module.decode(module.encode(struct(module, a: :y))).a == :x
  end

  test "a module used as a type is no compile-time dependency, an included module is one" do
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
      block("""
      header Linx.Netlink.Codec.BlockTest.Header
      include Linx.Netlink.Codec.BlockTest.Clash
      attr 1, :c, Linx.IP
      attr 2, :b, {:nested, Linx.MAC}
      attr 3, :kind, :string
      attr 4, :data, {:dispatch, :kind, Some.Kinds}
      """)
    after
      Code.put_compiler_option(:tracers, before)
    end

    for module <- [Linx.IP, Linx.MAC, Some.Kinds] do
      assert_received {:alias, ^module, {:__codec__, 0}}
      refute_received {:alias, ^module, nil}
    end

    # The rows of these modules are part of the module.
    for module <- [__MODULE__.Header, __MODULE__.Clash] do
      assert_received {:alias, ^module, nil}
      refute_received {:alias, ^module, {:__codec__, 0}}
    end
  end

  test "a codec module has the type t and specifications" do
    {:ok, types} = Code.Typespec.fetch_types(Linx.Netlink.Rtnl.Link)
    assert [{:type, {:t, _, []}}] = Enum.filter(types, &match?({:type, {:t, _, _}}, &1))

    {:ok, specs} = Code.Typespec.fetch_specs(Linx.Netlink.Rtnl.Link)
    specs = for {spec, _} <- specs, do: spec
    assert [__codec__: 0, __codec__: 1, decode: 1, encode: 1] -- specs == []
  end
end
