defmodule Linx.Netlink.MessageTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Message

  doctest Message

  test "a message is its header, its payload and padding" do
    message = %Message{type: 18, flags: 0x301, seq: 7, pid: 0xFFFFFFFF, payload: "abcde"}

    if :erlang.system_info(:endian) == :little do
      assert Message.encode(message) == ~X"""
             15 00 00 00  12 00  01 03  07 00 00 00  ff ff ff ff   # length 21: no padding
             61 62 63 64  65 00 00 00
             """
    end

    assert [^message] = Message.decode(Message.encode(message))
  end

  test "only the type is required" do
    assert %Message{type: 3} == %Message{type: 3, flags: 0, seq: 0, pid: 0, payload: <<>>}
    assert_raise ArgumentError, fn -> struct!(Message, flags: 1) end
  end

  test "encoded messages can be concatenated" do
    messages = for n <- 1..100, do: %Message{type: n, seq: n, payload: :binary.copy("p", n)}
    assert messages |> Enum.map_join(&Message.encode/1) |> Message.decode() == messages
  end

  test "input larger than a datagram is decoded as encoded" do
    messages = for n <- 1..3_000, do: %Message{type: 1, seq: n, payload: <<n::256>>}
    assert messages |> Enum.map_join(&Message.encode/1) |> Message.decode() == messages
  end

  test "no bytes decode to no messages, and fewer than 16 at the end are ignored" do
    assert Message.decode("") == []
    assert Message.decode(<<0::120>>) == []
    one = Message.encode(%Message{type: 1})
    assert [%Message{type: 1}] = Message.decode(one <> <<0::120>>)
  end

  test "the last message may lack its padding" do
    bytes = Message.encode(%Message{type: 1, payload: "abcde"})
    assert [%Message{payload: "abcde"}] = Message.decode(binary_part(bytes, 0, 21))
  end

  test "a length below 16 or beyond the bytes raises" do
    for len <- [0, 15, 17, 0xFFFFFFFF] do
      assert_raise ArgumentError, ~r/length #{len}/, fn ->
        Message.decode(<<len::native-32, 0::96>>)
      end
    end
  end

  test "a number that does not fit its field raises" do
    message = %Message{type: 1}

    for {bad, text} <- [
          {%{type: 0x10000}, "not a message type: 65536"},
          {%{type: -1}, "not a message type: -1"},
          {%{type: 1.0}, "not a message type"},
          {%{flags: 0x10000}, "not the flags of a message"},
          {%{flags: 1 + 0xFFFFFFFF}, "not the flags of a message"},
          {%{seq: 0x100000000}, "not a sequence number: 4294967296"},
          {%{seq: -1}, "not a sequence number"},
          {%{pid: -1}, "not a port id: -1"},
          {%{pid: 0x10000000000000000}, "not a port id"},
          {%{payload: :x}, "the payload of a message is not iodata: :x"},
          {%{payload: [1 | 2]}, "not iodata"}
        ] do
      error = assert_raise ArgumentError, fn -> message |> Map.merge(bad) |> Message.encode() end

      assert error.message =~ text
    end
  end

  test "a payload can be iodata" do
    message = %Message{type: 1, payload: "abcd"}
    assert Message.encode(%{message | payload: ["a", [?b | "cd"]]}) == Message.encode(message)
  end

  test "encode/1 of no message and decode/1 of no binary raise FunctionClauseError" do
    for bad <- [%{type: 1}, nil] do
      assert_raise FunctionClauseError, fn -> Message.encode(bad) end
    end

    for bad <- [:datagram, [], <<1::3>>] do
      assert_raise FunctionClauseError, fn -> Message.decode(bad) end
    end
  end

  test "random bytes decode to messages or raise ArgumentError" do
    :rand.seed(:exsss, {3, 2, 1})

    for _ <- 1..2_000 do
      size = :rand.uniform(64)
      bytes = <<:rand.uniform(48)::native-32, :rand.bytes(size)::binary>>

      try do
        for message <- Message.decode(bytes), do: assert(%Message{} = message)
      rescue
        ArgumentError -> :ok
      end
    end
  end
end
