defmodule Linx.Netlink.Codec.EngineTest.Mark do
  use Linx.Netlink.Codec

  codec do
    attr 1, :n, :u32
    attr 2, :tag, :string
  end
end

defmodule Linx.Netlink.Codec.EngineTest.Extra do
  use Linx.Netlink.Codec

  codec do
    attr 20, :min, :u32
    attr 21, :max, :u32
  end
end

defmodule Linx.Netlink.Codec.EngineTest.Route do
  use Linx.Netlink.Codec

  alias Linx.Netlink.Codec.EngineTest.{Extra, Mark}

  codec do
    header do
      field :family, :u8
      pad 3
      field :index, :u32
    end

    attr 1, :dst, Linx.IP
    attr 2, :gateway, Linx.IP
    attr 3, :label, :string
    attr 4, :mark, {:nested, Mark}
    attr 5, :kind, :string
    attr 6, :data, {:dispatch, :kind, %{"mark" => Mark, "name" => :string}}
    attr 7, :marks, {:array, {:nested, Mark}}
    attr 8, :payload, :binary
    group :extra, Extra
  end
end

defmodule Linx.Netlink.Codec.EngineTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Codec.EngineTest.{Extra, Mark, Route}

  defp ip(n), do: %Linx.IP{family: :inet, bytes: <<n::32>>}

  defp routes(count) do
    for n <- 1..count//1 do
      %Route{
        family: 2,
        index: n,
        dst: ip(n),
        gateway: if(rem(n, 3) > 0, do: ip(div(n, 100))),
        label: if(rem(n, 5) > 0, do: "label#{div(n, 50)}"),
        mark: if(rem(n, 7) > 0, do: %Mark{n: div(n, 30), tag: "t"}),
        kind: Enum.at(["mark", "name", nil], rem(n, 3)),
        data: Enum.at([%Mark{tag: "same"}, "same", nil], rem(n, 3)),
        marks: if(rem(n, 11) == 0, do: [%Mark{n: 1}, %Mark{n: 2}]),
        extra: if(rem(n, 13) == 0, do: %Extra{max: n})
      }
    end
  end

  defp messages(structs) do
    for struct <- structs, into: "" do
      Message.encode(%Message{type: 24, payload: Route.encode(struct)})
    end
  end

  describe "decode_messages/2" do
    test "returns the struct of each message, in order" do
      for count <- [0, 1, 2, 100, 1_999, 5_000] do
        routes = routes(count)
        assert Engine.decode_messages(Route, messages(routes)) == routes
      end
    end

    test "restores the flags of the process, also when it raises" do
      flags = fn -> Process.info(self(), [:min_heap_size, :min_bin_vheap_size]) end
      before = flags.()
      bytes = messages(routes(3_000))
      assert length(Engine.decode_messages(Route, bytes)) == 3_000
      assert flags.() == before

      assert_raise ArgumentError, fn ->
        Engine.decode_messages(Route, bytes <> <<1::native-32, 0::96>>)
      end

      assert flags.() == before
    end

    test "builds a large result on the heap, not in heap fragments" do
      bytes = messages(routes(5_000))

      task =
        Task.async(fn ->
          receive(do: (:go -> length(Engine.decode_messages(Route, bytes))))
        end)

      :erlang.trace(task.pid, true, [:garbage_collection])
      send(task.pid, :go)
      assert Task.await(task, :infinity) == 5_000

      delivered = :erlang.trace_delivered(:all)
      assert_receive {:trace_delivered, :all, ^delivered}
      # A collection reports the words in heap fragments, `mbuf_size`; the result has 400,000.
      fragments = for {:trace, _, _, info} <- traces(), do: info[:mbuf_size]
      assert Enum.max(fragments) in 1..20_000
    end

    test "keeps the heap's size from call to call, and avoids fragments beside other data" do
      bytes = messages(routes(5_000))

      task =
        Task.async(fn ->
          others = Enum.to_list(1..1_000_000)

          sizes =
            for _ <- 1..6 do
              5_000 = length(Engine.decode_messages(Route, bytes))
              {:garbage_collection_info, info} = Process.info(self(), :garbage_collection_info)
              {info[:heap_block_size], info[:mbuf_size]}
            end

          {sizes, length(others)}
        end)

      {sizes, 1_000_000} = Task.await(task, :infinity)
      {[first | _] = heaps, fragments} = Enum.unzip(sizes)
      # The other list has two million words. The VM's heap sizes are a fifth apart.
      assert first < 4_000_000
      assert Enum.max(heaps) <= first * 1.3
      assert Enum.max(fragments) < 20_000
    end

    test "does not copy what the process has kept for long" do
      bytes = messages(routes(5_000))
      test = self()

      task =
        Task.async(fn ->
          kept = Enum.to_list(1..1_000_000)
          # Moves it to the old generation.
          for _ <- 1..4, do: length(Engine.decode_messages(Route, bytes))
          send(test, :kept)
          receive(do: (:go -> :ok))
          for _ <- 1..4, do: length(Engine.decode_messages(Route, bytes))
          length(kept)
        end)

      assert_receive :kept, 10_000
      :erlang.trace(task.pid, true, [:garbage_collection])
      send(task.pid, :go)
      assert Task.await(task, :infinity) == 1_000_000

      delivered = :erlang.trace_delivered(:all)
      assert_receive {:trace_delivered, :all, ^delivered}
      kinds = for {:trace, _, kind, _} <- traces(), uniq: true, do: kind
      assert :gc_minor_end in kinds
      refute :gc_major_end in kinds
    end

    defp traces do
      receive do
        trace when elem(trace, 0) == :trace -> [trace | traces()]
      after
        0 -> []
      end
    end

    test "needs less than twice the memory of its result" do
      count = 20_000
      bytes = messages(routes(count))

      task =
        Task.async(fn ->
          structs = Engine.decode_messages(Route, bytes)
          {:memory, memory} = Process.info(self(), :memory)
          {memory, :erts_debug.flat_size(structs) * :erlang.system_info(:wordsize)}
        end)

      {memory, result} = Task.await(task, :infinity)
      assert memory < 2 * result
    end

    test "sizes the heap by the result, for any order of small and large objects" do
      # Each large object has other parts than the object before it.
      large =
        for n <- 1..80,
            do: %Route{family: 2, marks: for(m <- 1..200, do: %Mark{n: n * m, tag: "x"})}

      small = for n <- 1..60_000, do: %Route{family: 2, index: n, dst: ip(n)}

      spread =
        small
        |> Enum.chunk_every(750)
        |> Enum.zip(large)
        |> Enum.flat_map(&[elem(&1, 1) | elem(&1, 0)])

      for structs <- [large ++ small, small ++ large, spread, large, small] do
        bytes = messages(structs)

        task =
          Task.async(fn ->
            structs = Engine.decode_messages(Route, bytes)
            {:memory, memory} = Process.info(self(), :memory)
            {memory, :erts_debug.flat_size(structs) * :erlang.system_info(:wordsize)}
          end)

        {memory, result} = Task.await(task, :infinity)
        assert memory < 2 * result
        # The limit is that of decision 6.
        assert memory < 40 * byte_size(bytes)
      end
    end

    test "decodes all messages where the estimate was too small or too large" do
      rich = fn n -> %Route{family: 2, marks: for(m <- 1..60, do: %Mark{n: n * m, tag: "x"})} end
      rich = fn part, count -> for n <- 1..count, do: rich.(part * 100 + n) end
      payload = &%Route{family: 2, payload: :binary.copy("p", &1)}
      plain = List.duplicate(payload.(60), 100)
      sparse = List.duplicate(payload.(2000), 20)

      # The estimate looks at the middle of each of 64 equal parts of the bytes.
      for part <- [
            &(rich.(&1, 10) ++ plain ++ rich.(&1, 10)),
            &(sparse ++ rich.(&1, 5) ++ sparse)
          ] do
        structs = Enum.flat_map(1..64, part)
        bytes = messages(structs)

        task =
          Task.async(fn ->
            receive(do: (:go -> :ok))
            decoded = Engine.decode_messages(Route, bytes)
            {:memory, memory} = Process.info(self(), :memory)
            {decoded, memory, :erts_debug.flat_size(decoded) * :erlang.system_info(:wordsize)}
          end)

        :erlang.trace(task.pid, true, [:garbage_collection])
        send(task.pid, :go)
        {decoded, memory, result} = Task.await(task, :infinity)
        assert decoded == structs
        assert memory < 2 * result
        delivered = :erlang.trace_delivered(:all)
        assert_receive {:trace_delivered, :all, ^delivered}
        fragments = for {:trace, _, _, info} <- traces(), do: info[:mbuf_size]
        assert Enum.max(fragments) < 100_000
      end
    end

    test "raises for a message with inconsistent attribute lengths" do
      bad = Message.encode(%Message{type: 24, payload: <<0::64, 2::native-16, 1::native-16>>})
      good = messages(routes(10))

      for bytes <- [bad <> good, good <> bad] do
        assert_raise ArgumentError, ~r/attribute of length 2/, fn ->
          Engine.decode_messages(Route, bytes)
        end
      end
    end

    test "copies a payload of 64 bytes, and references the buffer for a larger one" do
      small = %Route{payload: :binary.copy("s", 64)}
      large = %Route{payload: :binary.copy("l", 65)}
      bytes = messages([small, large])
      assert [%{payload: s}, %{payload: l}] = Engine.decode_messages(Route, bytes)
      assert :binary.referenced_byte_size(s) == 64
      assert :binary.referenced_byte_size(l) == byte_size(bytes)
    end
  end

  describe "decode_some/4" do
    test "returns the structs of all messages in parts, each on a small heap" do
      for count <- [0, 1, 5_000] do
        routes = routes(count)
        bytes = messages(routes)

        {parts, sizes} = Enum.unzip(parts(bytes, 0))
        assert Enum.concat(parts) == routes
        assert Enum.all?(sizes, &(&1 < 64 * 1024))
      end
    end

    test "returns a message that is larger than a part" do
      large = %Route{marks: for(n <- 1..5_000, do: %Mark{n: n})}
      bytes = messages([large, large])
      assert {[^large], offset} = Engine.decode_some(Route, bytes, 0)
      assert {[^large], _end} = Engine.decode_some(Route, bytes, offset)
    end

    test "restores min_heap_size of the process, also when it raises" do
      before = Process.info(self(), :min_heap_size)
      assert_raise ArgumentError, fn -> Engine.decode_some(Route, <<1::native-32, 0::96>>, 0) end
      assert Process.info(self(), :min_heap_size) == before
    end

    # The structs that each call returns, and the heap of the process after the call, in words.
    defp parts(bytes, offset) when offset == byte_size(bytes), do: []

    defp parts(bytes, offset) do
      task =
        Task.async(fn ->
          part = Engine.decode_some(Route, bytes, offset)
          {part, Process.info(self(), :total_heap_size)}
        end)

      {{structs, next}, {:total_heap_size, words}} = Task.await(task, :infinity)
      assert next > offset
      [{structs, words} | parts(bytes, next)]
    end
  end

  describe "locate/3" do
    setup do
      route = %Route{
        family: 2,
        label: "abcde",
        mark: %Mark{n: 1, tag: "x"},
        kind: "mark",
        data: %Mark{n: 2},
        marks: [%Mark{n: 1}, %Mark{n: 2, tag: "y"}],
        extra: %Extra{max: 3}
      }

      {:ok, body: Route.encode(route) <> Attr.encode([{99, "?"}])}
    end

    # The offset of an attribute is found by the ids of its path, level by level.
    defp offset(body, [id | ids], skipped) do
      offset =
        skipped
        |> Stream.iterate(fn at -> at + div(elem(header(body, at), 0) + 3, 4) * 4 end)
        |> Enum.find(fn at -> rem(elem(header(body, at), 1), 0x4000) == id end)

      if ids == [], do: offset, else: offset(body, ids, offset + 4)
    end

    defp header(body, at) do
      <<length::native-16, type::native-16>> = binary_part(body, at, 4)
      {length, type}
    end

    test "returns the path of the attribute that covers the offset", %{body: body} do
      for {ids, path} <- [
            {[3], [:label]},
            {[4], [:mark]},
            {[4, 2], [:mark, :tag]},
            {[6], [:data]},
            {[6, 1], [:data, :n]},
            {[7], [:marks]},
            {[7, 2], [:marks, 1]},
            {[7, 2, 2], [:marks, 1, :tag]},
            {[21], [:extra, :max]},
            {[99], [99]}
          ] do
        assert Engine.locate(Route, body, offset(body, ids, 8)) == path
      end
    end

    test "returns header fields, and no path for padding and beyond the body", %{body: body} do
      assert Engine.locate(Route, body, 0) == [:family]
      assert Engine.locate(Route, body, 2) == []
      assert Engine.locate(Route, body, 7) == [:index]
      assert Engine.locate(Route, body, byte_size(body)) == []
      assert Engine.locate(Route, "", 0) == []
    end

    test "returns a list for every offset of random attributes" do
      :rand.seed(:exsss, {37, 41, 43})

      for _ <- 1..200 do
        attrs = for _ <- 1..4, do: {:rand.uniform(22), :rand.bytes(:rand.uniform(24))}
        body = <<0::64>> <> Attr.encode(attrs)
        for offset <- 0..byte_size(body), do: assert(is_list(Engine.locate(Route, body, offset)))
      end
    end
  end

  describe "missing/4" do
    test "returns the path of an absent attribute of a nested set and of the body" do
      body = Route.encode(%Route{mark: %Mark{n: 1}, kind: "mark", data: %Mark{n: 1}})
      assert Engine.missing(Route, body, nil, 1) == [:dst]
      assert Engine.missing(Route, body, nil, 20) == [:extra, :min]
      assert Engine.missing(Route, body, nil, 77) == [77]
      assert Engine.missing(Route, body, 8, 2) == [:mark, :tag]
      assert Engine.missing(Route, body, 8, 0x8002) == [:mark, :tag]
      assert Engine.missing(Route, body, 8, 77) == [:mark, 77]
      assert Engine.missing(Route, body, offset(body, [6], 8), 2) == [:data, :tag]
    end
  end
end
