defmodule Linx.Netlink.Codec.CacheTest do
  # Not async: it reloads modules, and counts the schemas that the cache makes.
  use ExUnit.Case, async: false

  alias Linx.Netlink.Codec.{Cache, Schema}
  alias Linx.Netlink.Native
  alias Linx.Test.Calls

  setup do
    on_exit(fn -> Code.put_compiler_option(:ignore_module_conflict, false) end)
    Code.put_compiler_option(:ignore_module_conflict, true)
    {:ok, name: "#{inspect(__MODULE__)}.M#{System.unique_integer([:positive])}"}
  end

  defp module(name, block, uses \\ "Linx.Netlink.Codec") do
    Code.compile_string("defmodule #{name} do\nuse #{uses}\n#{block}\nend")
    Module.concat([name])
  end

  # The number of schemas made while `fun` runs, by this process or one that makes schemas.
  defp schemas_made(fun) do
    {:module, _} = Code.ensure_loaded(Schema)
    :erlang.trace(:all, true, [:call])
    :erlang.trace_pattern({Schema, :describe, 2}, true, [:global])
    fun.()
    :erlang.trace_pattern({Schema, :describe, 2}, false, [:global])
    :erlang.trace(:all, false, [:call])
    delivered = :erlang.trace_delivered(:all)
    assert_receive {:trace_delivered, :all, ^delivered}
    count(0)
  end

  defp count(n) do
    receive do
      {:trace, _, :call, {Schema, :describe, _}} -> count(n + 1)
    after
      0 -> n
    end
  end

  # Names and arities of the functions of a module that `fun` calls.
  defp calls(module, fun),
    do: for({^module, name, arity} <- Calls.during([{module, :_, :_}], fun), do: {name, arity})

  test "a schema is made once, and later uses do not call a nested module", %{name: name} do
    inner = module(name <> ".Inner", "codec do\nattr 1, :n, :u8\nend")
    outer = module(name, "codec do\nattr 1, :inner, #{name}.Inner\nend")
    value = struct!(outer, inner: struct!(inner, n: 1))

    assert schemas_made(fn ->
             assert outer.decode(outer.encode(value)) == value
             assert outer.decode(outer.encode(value)) == value
           end) == 1

    assert calls(inner, fn -> outer.encode(value) end) == []
    assert {:encode, 1} in calls(inner, fn -> inner.encode(value.inner) end)
  end

  test "a reload of the native library makes a schema once more, and the old one still works",
       %{name: name} do
    inner = module(name <> ".Inner", "codec do\nattr 1, :n, :u8\nend")
    outer = module(name, "codec do\nattr 1, :inner, #{name}.Inner\nend")
    value = struct!(outer, inner: struct!(inner, n: 1))
    bytes = outer.encode(value)
    {schema, nil} = Cache.fetch(outer)

    for purge? <- [false, true] do
      true = :code.delete(Native)
      if purge?, do: :code.purge(Native)

      assert schemas_made(fn ->
               assert outer.encode(value) == bytes
               assert outer.decode(bytes) == value
             end) == 1

      assert Native.encode(schema, value) == {:ok, bytes}
      :code.purge(Native)
      :erlang.garbage_collect()
      assert schemas_made(fn -> assert outer.decode(bytes) == value end) == 0
      assert Native.encode(schema, value) == {:ok, bytes}
    end
  end

  test "a module reloaded with another block is detected, at any depth", %{name: name} do
    module(name <> ".Inner", "codec do\nattr 1, :n, :u8\nend")
    module(name <> ".Middle", "codec do\nattr 1, :inner, {:array, #{name}.Inner}\nend")
    outer = module(name, "codec do\nattr 1, :middle, #{name}.Middle\nend")
    bytes = fn n -> Linx.Netlink.Attr.encode([{1, Linx.Netlink.Attr.encode([{1, n}])}]) end
    n = Linx.Netlink.Attr.encode([{1, Linx.Netlink.Attr.encode([{1, <<7>>}])}])
    assert [%{n: 7}] = outer.decode(bytes.(n)).middle.inner

    for type <- [":binary", ":string", ":u8", ":u16", ":s8"] do
      module(name <> ".Inner", "codec do\nattr 1, :n, #{type}\nend")
      expected = %{":binary" => <<7>>, ":string" => <<7>>, ":u16" => nil}
      assert [%{n: read}] = outer.decode(bytes.(n)).middle.inner
      assert {type, read} == {type, Map.get(expected, type, 7)}
    end
  end

  test "a reload with the same block makes no schema", %{name: name} do
    block = "codec do\nattr 1, :n, :u8\nend"
    module = module(name, block)
    assert module.decode("").n == nil

    assert schemas_made(fn ->
             module(name, block)
             assert module.decode("").n == nil
           end) == 0
  end

  test "a reloaded table of a dispatch is detected", %{name: name} do
    table = &module(name <> ".Kinds", "table %{1 => #{&1}}", "Linx.Netlink.Codec.Table")
    table.(":u8")
    rows = "attr 1, :k, :u8\nattr 2, :v, {:dispatch, :k, #{name}.Kinds}"
    module = module(name, "codec do\n#{rows}\nend")
    bytes = Linx.Netlink.Attr.encode([{1, <<1>>}, {2, "ab"}])
    assert module.decode(bytes).v == ?a
    table.(":binary")
    assert module.decode(bytes).v == "ab"
  end

  test "a reloaded module with an @on_load, or without a block, is detected", %{name: name} do
    own = fn type ->
      module(name <> ".Own", """
      @on_load :ready
      def ready, do: :ok
      codec do
        attr 1, :n, #{type}
      end
      """)
    end

    hand = fn type ->
      Code.compile_string("""
      defmodule #{name}.Hand do
        defstruct n: nil
        def __codec__, do: %{module: __MODULE__, header: [], attrs: [{1, :n, #{type}}]}
      end
      """)
    end

    own.(":u8")
    hand.(":u8")
    module = module(name, "codec do\nattr 1, :a, #{name}.Own\nattr 2, :b, #{name}.Hand\nend")
    n = Linx.Netlink.Attr.encode([{1, "a"}])
    bytes = Linx.Netlink.Attr.encode([{1, n}, {2, n}])
    assert %{a: %{n: ?a}, b: %{n: ?a}} = module.decode(bytes)
    own.(":binary")
    assert %{a: %{n: "a"}, b: %{n: ?a}} = module.decode(bytes)
    hand.(":string")
    assert %{a: %{n: "a"}, b: %{n: "a"}} = module.decode(bytes)
  end

  test "a custom type that becomes a codec is detected", %{name: name} do
    Code.compile_string("""
    defmodule #{name}.Value do
      def encode(value), do: value
      def decode(bytes), do: {:custom, bytes}
    end
    """)

    module = module(name, "codec do\nattr 1, :a, #{name}.Value\nend")
    bytes = Linx.Netlink.Attr.encode([{1, Linx.Netlink.Attr.encode([{1, "a"}])}])
    assert {:custom, _} = module.decode(bytes).a
    module(name <> ".Value", "codec do\nattr 1, :n, :u8\nend")
    assert module.decode(bytes).a.n == ?a
  end

  test "processes that decode during reloads use the last block afterwards", context do
    name = context.name
    inner = module(name <> ".Inner", "codec do\nattr 1, :n, :u8\nend")
    outer = module(name, "codec do\nattr 1, :inner, #{name}.Inner\nend")
    n = Linx.Netlink.Attr.encode([{1, "a"}])
    bytes = Linx.Netlink.Attr.encode([{1, n}])

    # Low: at the priority of the compiler, each of its many messages waits for time slices of these.
    users =
      for _ <- 1..4 do
        Task.async(fn ->
          Process.flag(:priority, :low)
          decode_until_stopped(outer, bytes)
        end)
      end

    for round <- 1..20 do
      type = if rem(round, 2) == 0, do: ":u8", else: ":binary"
      module(name <> ".Inner", "codec do\nattr 1, :n, #{type}\nend")
      expected = if type == ":u8", do: ?a, else: "a"
      assert {round, outer.decode(bytes).inner.n} == {round, expected}
      assert outer.encode(struct!(outer, inner: struct!(inner, n: expected))) == bytes
    end

    for %{pid: pid} <- users, do: send(pid, :stop)
    for task <- users, do: assert(Task.await(task, :infinity) == ?a)
  end

  defp decode_until_stopped(module, bytes) do
    n = module.decode(bytes).inner.n

    receive do
      :stop -> module.decode(bytes).inner.n
    after
      0 -> n && decode_until_stopped(module, bytes)
    end
  end

  test "a schema whose modules were reloaded is marked as current", %{name: name} do
    bytes = Linx.Netlink.Attr.encode([{1, "a"}])

    for n <- 1..3 do
      module = module(name, "codec do\nattr 1, :n#{n}, :u8\nend")
      module.decode(bytes)
      module.decode(bytes)

      {_schema, counters, seen, _unhooked, _parts} =
        :persistent_term.get({Linx.Netlink.Codec, module})

      # The epoch, which modules of other tests may have advanced as well.
      assert eventually(fn ->
               module.decode(bytes)
               :atomics.get(seen, 1) == :atomics.get(counters, 1)
             end)
    end
  end

  defp eventually(fun, tries \\ 2_000) do
    fun.() or (tries > 0 and (Process.sleep(1) || eventually(fun, tries - 1)))
  end

  test "a schema with skipped fields is a separate entry of the cache", %{name: name} do
    module = module(name, "codec do\nattr 1, :a, :u8\nattr 2, :b, :u8\nend")
    assert Cache.fetch(module) != Cache.fetch(module, [:a])
    assert Cache.fetch(module, [:a]) == Cache.fetch(module, [:a])
  end
end
