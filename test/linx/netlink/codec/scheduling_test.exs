defmodule Linx.Netlink.Codec.SchedulingTest do
  # Not async: it has the VM report every process that holds a scheduler for a millisecond.
  use ExUnit.Case

  alias Linx.Netlink.{Attr, Message, Native}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.{Link, Route}

  # As large as what is decoded on a normal scheduler at most, and as a part of a dump.
  @sizes [8 * 1024, 32 * 1024]

  # A busy machine may take a scheduler away for longer than a millisecond: what holds it by itself
  # does so each time.
  @tries 20

  setup do
    before = :erlang.system_monitor(self(), [{:long_schedule, 1}])
    on_exit(fn -> :erlang.system_monitor(before) end)
  end

  # The names of those works, given as `{name, work}`, that hold a scheduler for a millisecond each
  # time they are done.
  defp holding(works, tries \\ @tries)
  defp holding(works, 0), do: Enum.map(works, &elem(&1, 0))
  defp holding([], _tries), do: []

  defp holding(works, tries) do
    pids = Map.new(works, fn {_name, work} = named -> {done(work), named} end)
    pids |> reported() |> holding(tries - 1)
  end

  defp done(work) do
    {pid, ref} =
      spawn_monitor(fn ->
        try do
          work.()
        rescue
          ArgumentError -> :ok
        end
      end)

    receive do: ({:DOWN, ^ref, :process, ^pid, _reason} -> pid)
  end

  # What belongs to the processes that were reported. The VM sends a report behind the next one:
  # so another one is provoked until one of these has come.
  defp reported(pids) do
    pids |> Map.merge(%{late() => :late, late() => :late}) |> reported([])
  end

  defp reported(pids, found) do
    receive do
      {:monitor, pid, :long_schedule, _info} ->
        case pids do
          %{^pid => :late} -> for {pid, item} <- pids, item != :late, pid in found, do: item
          %{} -> reported(pids, [pid | found])
        end
    after
      1000 -> pids |> Map.put(late(), :late) |> reported(found)
    end
  end

  # A process that holds a scheduler for some milliseconds.
  defp late do
    chain = :binary.copy(<<4::native-16, 1::native-16>>, 100_000)
    done(fn -> Native.attr_decode(chain) end)
  end

  defp codecs do
    for module <- Application.spec(:linx, :modules),
        Code.ensure_loaded!(module),
        function_exported?(module, :__codec__, 0),
        do: module
  end

  # Attributes without payload, as many as have room.
  defp empties(id, size), do: :binary.copy(Attr.encode([{id, ""}]), div(size, 4))

  # Bodies with as many attributes as possible: the same one side by side, or inside one.
  defp bodies(module, size) do
    # An empty struct is its header, all zeros.
    header = module.encode(struct(module))
    room = size - byte_size(header) - 8

    for {id, _name, _type} <- module.__codec__().attrs,
        inner <- [
          empties(id, room),
          Attr.encode([{id, empties(1, room)}]),
          Attr.encode([{id, <<0::size(room * 8)>>}])
        ],
        do: header <> inner
  end

  # By each codec and body of a size.
  defp works(size, work) do
    works =
      for module <- codecs(), {body, n} <- Enum.with_index(bodies(module, size)) do
        {{module, size, n}, fn -> work.(module, body) end}
      end

    assert length(works) > 1000
    works
  end

  defp messages(body, count) do
    [%Message{type: 16, payload: body}]
    |> Enum.map(&Message.encode/1)
    |> List.duplicate(count)
    |> IO.iodata_to_binary()
  end

  for size <- @sizes do
    @tag timeout: 600_000
    test "no body of #{size} bytes holds a scheduler" do
      assert holding(works(unquote(size), & &1.decode(&2))) == []
    end
  end

  @tag timeout: 600_000
  test "no message holds a scheduler" do
    decode = fn module, body -> Engine.decode_messages(module, messages(body, 1)) end
    assert holding(works(8 * 1024 - 16, decode)) == []
  end

  # Of one message of all the bytes, and of many that are each far below what is decoded at once.
  for count <- [1, 16] do
    @tag timeout: 600_000
    test "no part of a stream holds a scheduler, of #{count} messages" do
      decode = fn module, body ->
        messages = messages(body, unquote(count))
        Engine.decode_some(module, messages, 0)
      end

      assert holding(works(div(32 * 1024, unquote(count)), decode)) == []
    end
  end

  test "no reply of few and large messages holds a scheduler" do
    # Routes of so many ways, each another one.
    messages =
      for n <- 1..70 do
        ways =
          for way <- 1..3000, into: <<>>, do: <<8::native-16, 0, rem(n * way, 250), 1::native-32>>

        header = <<2, 32, 0, 0, 254, 4, 0, 1, 0::32>>
        payload = header <> Attr.encode([{1, <<10, n::24>>}, {9, ways}])
        Message.encode(%Message{type: 24, payload: payload})
      end

    bytes = IO.iodata_to_binary(messages)

    some = fn ->
      {_some, offset} = Engine.decode_some(Route, bytes, 0)
      Engine.decode_some(Route, bytes, offset)
    end

    works = [
      structs: fn -> Engine.decode_messages(Route, bytes) end,
      messages: fn -> Message.decode(bytes) end,
      some: some
    ]

    assert holding(works) == []
  end

  test "nothing that is encoded holds a scheduler" do
    # Kept aside, so that the process that encodes them has no large heap to collect.
    put = fn key, term -> :persistent_term.put({__MODULE__, key}, term) end
    get = fn key -> :persistent_term.get({__MODULE__, key}) end
    put.(:ways, List.duplicate(%Route.Path{}, 5000))
    put.(:attrs, for(n <- 1..100_000, do: {rem(n, 1000), "12345678"}))
    put.(:pieces, List.duplicate([["1", 2], "3"], 1_000_000))
    put.(:text, String.duplicate("x", 100_000_000))
    put.(:chain, :binary.copy(<<4::native-16, 1::native-16>>, 100_000))

    on_exit(fn ->
      for {{__MODULE__, _} = key, _} <- :persistent_term.get(), do: :persistent_term.erase(key)
    end)

    works = [
      ways: fn -> Route.encode(%Route{multipath: get.(:ways)}) end,
      unknown: fn -> Route.encode(%Route{dst: get.(:attrs)}) end,
      attributes: fn -> Attr.encode(get.(:attrs)) end,
      pieces: fn -> Attr.encode([{1, get.(:pieces)}]) end,
      message: fn -> Message.encode(%Message{type: 16, payload: get.(:pieces)}) end,
      payload: fn -> Message.encode(%Message{type: 16, payload: get.(:text)}) end,
      text: fn -> Link.encode(%Link{name: get.(:text)}) end,
      wrong: fn -> Link.encode(%Link{mtu: get.(:attrs)}) end,
      decoded: fn -> Attr.decode(get.(:chain)) end
    ]

    assert holding(works) == []
  end
end
