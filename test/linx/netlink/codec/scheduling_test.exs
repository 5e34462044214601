defmodule Linx.Netlink.Codec.SchedulingTest do
  # Not async: it has the VM report every process that holds a scheduler for a millisecond.
  use ExUnit.Case

  alias Linx.Netlink.{Attr, Message, Native}
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Rtnl.{Link, Route}

  # The largest size decoded on a normal scheduler, and the size of a part of a dump.
  @sizes [8 * 1024, 32 * 1024]

  # A busy machine may suspend a scheduler for longer than a millisecond. A job that holds a
  # scheduler itself does so at each try.
  @tries 20

  setup do
    before = :erlang.system_monitor(self(), [{:long_schedule, 1}])
    on_exit(fn -> :erlang.system_monitor(before) end)
  end

  # The names of those jobs, given as `{name, job}`, that hold a scheduler for a millisecond at
  # each try.
  defp holding(jobs, tries \\ @tries)
  defp holding(jobs, 0), do: Enum.map(jobs, &elem(&1, 0))
  defp holding([], _tries), do: []

  defp holding(jobs, tries) do
    pids = Map.new(jobs, fn {_name, job} = named -> {run(job), named} end)
    pids |> reported() |> holding(tries - 1)
  end

  defp run(job) do
    {pid, ref} =
      spawn_monitor(fn ->
        try do
          job.()
        rescue
          ArgumentError -> :ok
        end
      end)

    receive do: ({:DOWN, ^ref, :process, ^pid, _reason} -> pid)
  end

  # The items of the processes that were reported. The VM sends a report only after the next one:
  # `marker/0` causes further reports until one of these has arrived.
  defp reported(pids) do
    pids |> Map.merge(%{marker() => :marker, marker() => :marker}) |> reported([])
  end

  defp reported(pids, found) do
    receive do
      {:monitor, pid, :long_schedule, _info} ->
        case pids do
          %{^pid => :marker} -> for {pid, item} <- pids, item != :marker, pid in found, do: item
          %{} -> reported(pids, [pid | found])
        end
    after
      1000 -> pids |> Map.put(marker(), :marker) |> reported(found)
    end
  end

  # The pid of a process that has held a scheduler for some milliseconds.
  defp marker do
    chain = :binary.copy(<<4::native-16, 1::native-16>>, 100_000)
    run(fn -> Native.attr_decode(chain) end)
  end

  defp codecs do
    for module <- Application.spec(:linx, :modules),
        Code.ensure_loaded!(module),
        function_exported?(module, :__codec__, 0),
        do: module
  end

  # As many attributes without payload as fit into `size`.
  defp empty_attrs(id, size), do: :binary.copy(Attr.encode([{id, ""}]), div(size, 4))

  # Bodies with as many attributes as possible, side by side or inside one attribute, and bodies
  # with one attribute of zeros.
  defp bodies(module, size) do
    # An empty struct is encoded as its header, all zeros.
    header = module.encode(module.__struct__())
    room = size - byte_size(header) - 8

    for {id, _name, _type} <- module.__codec__().attrs,
        inner <- [
          empty_attrs(id, room),
          Attr.encode([{id, empty_attrs(1, room)}]),
          Attr.encode([{id, <<0::size(room * 8)>>}])
        ],
        do: header <> inner
  end

  # One job for each codec and each body of a size.
  defp jobs(size, job) do
    jobs =
      for module <- codecs(), {body, n} <- Enum.with_index(bodies(module, size)) do
        {{module, size, n}, fn -> job.(module, body) end}
      end

    assert length(jobs) > 1000
    jobs
  end

  defp messages(body, count) do
    [%Message{type: 16, payload: body}]
    |> Enum.map(&Message.encode/1)
    |> List.duplicate(count)
    |> IO.iodata_to_binary()
  end

  for size <- @sizes do
    @tag timeout: 600_000
    test "decoding a body of #{size} bytes holds no scheduler" do
      assert holding(jobs(unquote(size), & &1.decode(&2))) == []
    end
  end

  @tag timeout: 600_000
  test "decoding a message holds no scheduler" do
    decode = fn module, body -> Engine.decode_messages(module, messages(body, 1)) end
    assert holding(jobs(8 * 1024 - 16, decode)) == []
  end

  # One message of all the bytes, and many messages that are each far smaller than a part.
  for count <- [1, 16] do
    @tag timeout: 600_000
    test "decoding a part of a stream holds no scheduler, with #{count} messages" do
      decode = fn module, body ->
        messages = messages(body, unquote(count))
        Engine.decode_some(module, messages, 0)
      end

      assert holding(jobs(div(32 * 1024, unquote(count)), decode)) == []
    end
  end

  test "decoding a reply of few and large messages holds no scheduler" do
    # Routes of 3000 paths each. The paths differ between the routes.
    messages =
      for n <- 1..70 do
        paths =
          for path <- 1..3000,
              into: <<>>,
              do: <<8::native-16, 0, rem(n * path, 250), 1::native-32>>

        header = <<2, 32, 0, 0, 254, 4, 0, 1, 0::32>>
        payload = header <> Attr.encode([{1, <<10, n::24>>}, {9, paths}])
        Message.encode(%Message{type: 24, payload: payload})
      end

    bytes = IO.iodata_to_binary(messages)

    some = fn ->
      {_some, offset} = Engine.decode_some(Route, bytes, 0)
      Engine.decode_some(Route, bytes, offset)
    end

    jobs = [
      structs: fn -> Engine.decode_messages(Route, bytes) end,
      messages: fn -> Message.decode(bytes) end,
      some: some
    ]

    assert holding(jobs) == []
  end

  test "encoding large values and decoding many attributes hold no scheduler" do
    # Persistent terms, so that the process that encodes them has no large heap to collect.
    put = fn key, term -> :persistent_term.put({__MODULE__, key}, term) end
    get = fn key -> :persistent_term.get({__MODULE__, key}) end
    put.(:paths, List.duplicate(%Route.Path{}, 5000))
    put.(:attrs, for(n <- 1..100_000, do: {rem(n, 1000), "12345678"}))
    put.(:pieces, List.duplicate([["1", 2], "3"], 1_000_000))
    put.(:text, String.duplicate("x", 100_000_000))
    put.(:chain, :binary.copy(<<4::native-16, 1::native-16>>, 100_000))

    on_exit(fn ->
      for {{__MODULE__, _} = key, _} <- :persistent_term.get(), do: :persistent_term.erase(key)
    end)

    jobs = [
      paths: fn -> Route.encode(%Route{multipath: get.(:paths)}) end,
      unknown: fn -> Route.encode(%Route{dst: get.(:attrs)}) end,
      attributes: fn -> Attr.encode(get.(:attrs)) end,
      pieces: fn -> Attr.encode([{1, get.(:pieces)}]) end,
      message: fn -> Message.encode(%Message{type: 16, payload: get.(:pieces)}) end,
      payload: fn -> Message.encode(%Message{type: 16, payload: get.(:text)}) end,
      text: fn -> Link.encode(%Link{name: get.(:text)}) end,
      wrong: fn -> Link.encode(%Link{mtu: get.(:attrs)}) end,
      decoded: fn -> Attr.decode(get.(:chain)) end
    ]

    assert holding(jobs) == []
  end
end
