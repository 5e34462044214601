defmodule Linx.Netlink.Nfnl.MalformedMessagesTest do
  # Truncated messages, and messages with wrong bytes. Lists raise at most ArgumentError; monitors
  # and logs continue.
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Nfnl.{Conntrack, Event, Log, Monitor, Nft}
  alias Linx.Netlink.Nfnl.Nft.{Data, Element, Expr, Hook, Verdict}

  # Messages of each resource: type, module and payload.
  defp messages do
    {:ok, tuple} = Conntrack.Tuple.new("fd00::1", "fd00::2", 6, 1, 2)
    expressions = Enum.map(every_expression(), &Expr.of/1)
    head = [family: :inet, table: "t"]

    structs = [
      {0x0A00, %Nft.Table{family: :inet, name: "t", flags: [:owner], handle: 1, owner: 2}},
      {0x0A03,
       struct(Nft.Chain, head ++ [name: "c", type: "filter", hook: Hook.new(:inet, :input, -1)])},
      {0x0A06, struct(Nft.Rule, head ++ [chain: "c", handle: 3, expressions: expressions])},
      {0x0A09,
       struct(
         Nft.Set,
         head ++ [name: "s", key_len: 4, desc: %Nft.SetDesc{concat: [%Nft.SetField{len: 4}]}]
       )},
      {0x0A0C,
       struct(
         Nft.Elements,
         head ++
           [
             set: "s",
             elements: [
               %Element{key: Data.value(<<1, 2>>), expressions: expressions, userdata: "u"},
               %Element{flags: [:catchall], data: Data.jump("c"), timeout: 5}
             ]
           ]
       )},
      {0x0A0F, %Nft.Gen{id: 1, proc_pid: 2, proc_name: "nft"}},
      {0x0A11, struct(Nft.Trace, head ++ [verdict: %Verdict{code: :drop}, id: 7])},
      {0x0A12,
       struct(Nft.Object, head ++ [name: "o", type: :quota, data: %Expr.Quota{bytes: 1}])},
      {0x0A16,
       struct(Nft.Flowtable, head ++ [name: "f", hook: %Nft.FlowHook{priority: 1, devs: ["lo"]}])},
      {0x0100,
       %Conntrack{
         tuple_orig: tuple,
         zone: 3,
         counters_orig: %Conntrack.Counters{packets: 1, bytes: 2},
         protoinfo: %Conntrack.Protoinfo{tcp: %Conntrack.Protoinfo.Tcp{state: :close}}
       }},
      {0x0400,
       %Log.Packet{
         group: 5,
         prefix: "p",
         hwaddr: %Linx.LinkAddress{bytes: <<1, 2, 3>>},
         packet_hdr: %Log.Packet.Header{hook: 1},
         timestamp: %Log.Packet.Timestamp{sec: 1, usec: 2},
         ct: %Conntrack{tuple_orig: tuple},
         payload: "payload"
       }}
    ]

    for {type, %module{} = struct} <- structs, do: {type, module, module.encode(struct)}
  end

  # Each expression, with a number in each attribute that takes one and without other attributes.
  defp every_expression do
    {_, :data, {:dispatch, :name, kinds}} = List.keyfind(Expr.__codec__().attrs, :data, 1)

    for {_name, {:nested, module}} <- kinds do
      numbers = for {id, _, type} <- module.__codec__().attrs, number?(type), do: {id, <<0::64>>}
      module.decode(Attr.encode(numbers))
    end
  end

  defp number?({tag, _, _}), do: tag in [:enum, :flags]
  defp number?(type), do: type in [:u8, :be16, :be32, :be64]

  defp check({type, module, _payload}, bytes) do
    try do
      assert module.decode(bytes).__struct__ == module
    rescue
      ArgumentError -> :ok
    end

    message = %Message{type: type, payload: bytes}
    assert %Event{} = event = Event.decode(message)
    assert is_binary(inspect(event))

    assert Monitor.decode(message) == {:ok, event}

    case Log.decode(message) do
      :ignore -> :ok
      {:ok, %Log.Packet{}} -> assert type == 0x0400
    end
  end

  test "every decoded message encodes to the same bytes" do
    for {_type, module, payload} <- messages(),
        do: assert(module.encode(module.decode(payload)) == payload)
  end

  test "a truncated message does not stop a monitor or a log" do
    for {_, _, payload} = message <- messages(),
        size <- 0..byte_size(payload),
        do: check(message, binary_part(payload, 0, size))
  end

  test "a message with a wrong byte does not stop a monitor or a log" do
    for {_, _, payload} = message <- messages(),
        at <- 0..(byte_size(payload) - 1),
        byte <- [0, 0xFF] do
      before = binary_part(payload, 0, at)
      rest = binary_part(payload, at + 1, byte_size(payload) - at - 1)
      check(message, before <> <<byte>> <> rest)
    end
  end

  test "a message with attributes that are too short does not stop a monitor or a log" do
    for {type, module, _} = message <- messages(), size <- 0..3 do
      attrs =
        for {id, _, _} <- module.__codec__().attrs, do: {id, binary_part(<<0::32>>, 0, size)}

      bytes = <<2, 0, 0, 0>> <> Attr.encode(attrs)
      assert type in 0..0xFFFF
      check(message, bytes)
    end
  end
end
