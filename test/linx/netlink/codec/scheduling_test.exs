defmodule Linx.Netlink.Codec.SchedulingTest do
  # Not async: it has the VM report every process that holds a scheduler for a millisecond.
  use ExUnit.Case

  alias Linx.Netlink.{Attr, Message, Native}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.{Link, Route}

  # As large as a part of a dump.
  @size 32 * 1024

  # A busy machine may take a scheduler away for longer than a millisecond: what holds it by itself
  # does so each time.
  @tries 20

  setup do
    before = :erlang.system_monitor(self(), [{:long_schedule, 1}])
    on_exit(fn -> :erlang.system_monitor(before) end)
  end

  # The names of those works, given as `{name, work}`, that hold a scheduler for a millisecond each
  # time they are done.
  defp holding(works) do
    suspects = reported(Map.new(works, fn {name, work} -> {done(work), {name, work}} end))

    for {name, work} <- suspects,
        tries = Map.new(1..@tries, fn n -> {done(work), n} end),
        length(reported(tries)) == @tries,
        do: name
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
  defp empties(id), do: :binary.copy(Attr.encode([{id, ""}]), div(@size - 64, 4))

  # Bodies with as many attributes as possible: the same one side by side, or inside one.
  defp bodies(module) do
    # An empty struct is its header, all zeros.
    header = module.encode(struct(module))

    for {id, _name, _type} <- module.__codec__().attrs,
        inner <- [empties(id), Attr.encode([{id, empties(1)}]), Attr.encode([{id, zeros()}])],
        do: header <> inner
  end

  defp zeros, do: <<0::size((@size - 64) * 8)>>

  @tag timeout: 600_000
  test "no body as large as a part of a dump holds a scheduler" do
    works =
      for module <- codecs(), {body, n} <- Enum.with_index(bodies(module)) do
        {{module, n}, fn -> module.decode(body) end}
      end

    assert length(works) > 1000
    assert holding(works) == []
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
    put.(:ways, List.duplicate(%Route.NextHop{}, 5000))
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
