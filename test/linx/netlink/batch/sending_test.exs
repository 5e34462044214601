defmodule Linx.Netlink.Batch.SendingTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Batch.{Read, Sending}
  alias Linx.Netlink.Codec.Cache
  alias Linx.Netlink.{Message, Native}
  alias Linx.Netlink.Rtnl.{Link, Route}

  @change %Message{type: 24, flags: 0x604, payload: "body!", codec: Route}
  @room 1280 * 10

  defp read(codec \\ Route, skip \\ []) do
    %Read{type: 26, payload: <<0::96>>, codec: codec, skip: skip, room: {1280, 4608}}
  end

  describe "parts" do
    test "are datagrams of numbered messages, of which the last asks for an acknowledgement" do
      assert {:ok, [{datagram, 2, [], true}]} = Sending.parts([@change, {:ok, @change}], @room)

      assert datagram == ~X"""
             15 00 00 00  18 00 01 06  00 00 00 00  00 00 00 00  62 6f 64 79 21 00 00 00
             15 00 00 00  18 00 05 06  01 00 00 00  00 00 00 00  62 6f 64 79 21 00 00 00
             """
    end

    test "have no more requests than replies fit" do
      counts = fn items ->
        {:ok, parts} = Sending.parts(items, @room)
        for {_datagram, count, _reads, _plain} <- parts, do: count
      end

      assert counts.(List.duplicate(@change, 25)) == [10, 10, 5]
      assert counts.(List.duplicate(read(), 25)) == [10, 10, 5]
      # With a change in the datagram, no reply may be lost.
      assert counts.([@change | List.duplicate(read(), 5)]) == [3, 3]
      assert counts.(List.duplicate(@change, 2000)) == List.duplicate(10, 200)
      assert counts.([]) == []
    end

    test "name requests that read objects of one schema together" do
      items = [read(), {:ok, read()}, @change, read(), read(Route, [:dst]), read(Link)]
      assert {:ok, [{_, 6, reads, true}]} = Sending.parts(items, 100_000)

      assert [{0, 2, _}, {3, 1, _}, {4, 1, %{skip: [:dst]}}, {5, 1, %{codec: Link}}] = reads
    end

    test "are plain unless an item is an error, or has a function" do
      plain = fn items ->
        {:ok, parts} = Sending.parts(items, @room)
        for {_datagram, _count, _reads, plain} <- parts, do: plain
      end

      assert plain.([read(), @change]) == [true]
      assert plain.([read(), {:error, :mine}, @change]) == [false]
      assert plain.([@change, %{read() | finish: & &1}]) == [false]
      assert plain.([%{read() | finish: & &1}] ++ List.duplicate(read(), 10)) == [false, true]
    end

    test "are separated by an item that is called" do
      call = %Read{type: nil, payload: nil, codec: nil, call: fn _target, _timeout -> :ok end}
      items = [call, @change, {:ok, call}, {:error, :mine}, @change, @change]

      assert {:ok, [:call, {_, 1, [], true}, :call, {_, 2, [], false}]} =
               Sending.parts(items, @room)
    end

    test "are an error at the first item that is no request" do
      many = List.duplicate(@change, 200)

      for bad <- [
            nil,
            :x,
            {:ok, nil},
            {:other, @change},
            %{@change | type: 65_536},
            %{@change | flags: -1},
            %{@change | payload: [:x]},
            %{@change | codec: String},
            %{@change | codec: "Route"},
            %{read() | room: nil},
            %{read() | type: nil},
            %{read() | payload: 7},
            Map.delete(read(), :skip)
          ] do
        assert Sending.parts([@change, bad, @change], @room) == {:error, {:bad_message, 2}}
        assert Sending.parts(many ++ [bad, nil], @room) == {:error, {:bad_message, 201}}
      end

      assert Sending.parts([@change | @change], @room) == {:error, {:bad_message, 2}}
      # A wrong codec is found before an item behind it.
      wrong = %{@change | codec: NoSuchModule}
      assert Sending.parts([@change, wrong, nil], @room) == {:error, {:bad_message, 2}}
    end

    test "take iodata, and a message larger than a datagram" do
      assert {:ok, [{one, 1, [], true}]} =
               Sending.parts([%{@change | payload: ["bo", [?d | "y!"]]}], @room)

      assert {:ok, [{^one, 1, [], true}]} = Sending.parts([@change], @room)

      large = %{@change | payload: <<0::800_000>>}

      assert {:ok, [{_, 1, [], true}, {datagram, 1, [], true}, {^one, 1, [], true}]} =
               Sending.parts([@change, large, @change], @room)

      assert byte_size(datagram) == 100_016
    end
  end

  describe "answers" do
    defp reply(seq, body), do: Message.encode(%Message{type: 24, seq: seq, payload: body})

    defp schema(module, skip \\ []), do: module |> Cache.fetch(skip) |> elem(0)

    @body ~X"""
    02 20 00 00  fe 03 00 01  00 00 00 00   # struct rtmsg, AF_INET, /32
    08 00 01 00  7f 00 00 01                # RTA_DST
    """

    test "belong to the requests with their numbers, and are decoded by their schemas" do
      replies = reply(100, @body) <> reply(102, @body) <> reply(104, <<0::128>>)

      reads = [
        {0, 2, schema(Route)},
        {2, 1, schema(Route, [:dst])},
        {4, 1, schema(Link)},
        {5, 1, schema(Link)}
      ]

      route = Route.decode(@body)
      without = %{route | dst: nil}

      assert {[{:ok, ^route}, :missing, {:ok, ^without}, {:ok, %Link{}}, :missing], 2, 0} =
               Native.batch_answers(replies, 100, reads)

      assert Native.batch_answers_dirty(replies, 100, reads) ==
               Native.batch_answers(replies, 100, reads)
    end

    test "are the first of several, in numbers that wrap around" do
      other = binary_part(@body, 0, 12)
      replies = reply(0xFFFFFFFF, @body) <> reply(0xFFFFFFFF, other) <> reply(0, other)
      route = Route.decode(@body)

      assert {[:missing, {:ok, ^route}, {:ok, %Route{dst: nil}}], 1, 0} =
               Native.batch_answers(replies, 0xFFFFFFFE, [{0, 3, schema(Route)}])
    end

    test "of which one cannot be decoded leave the others" do
      bad = binary_part(@body, 0, 12) <> <<3::native-16, 1::native-16>>
      route = Route.decode(@body)

      for others <- [1, 9] do
        replies =
          for(n <- 1..others, into: reply(0, bad), do: reply(n, @body)) |> IO.iodata_to_binary()

        answers = [:malformed | List.duplicate({:ok, route}, others)]

        assert {^answers, 0, 1} =
                 Native.batch_answers(replies, 0, [{0, others + 1, schema(Route)}])
      end
    end

    test "that take long are decoded on a dirty scheduler" do
      bodies = for n <- 0..999, do: binary_part(@body, 0, 16) <> <<127, 0, n::16>>
      replies = for {body, n} <- Enum.with_index(bodies), into: <<>>, do: reply(n, body)
      reads = [{0, 1000, schema(Route)}]
      assert Native.batch_answers(replies, 0, reads) == :dirty
      assert {answers, 0, 0} = Native.batch_answers_dirty(replies, 0, reads)
      assert answers == for(body <- bodies, do: {:ok, Route.decode(body)})
    end
  end
end
