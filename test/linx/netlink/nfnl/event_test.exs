defmodule Linx.Netlink.Nfnl.EventTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Message
  alias Linx.Netlink.Nfnl.{Conntrack, Event, Nft}

  test "each type of notification has its name and struct" do
    for {type, flags, op, module} <- [
          {0x0A00, 0, :new_table, Nft.Table},
          {0x0A02, 0, :del_table, Nft.Table},
          {0x0A03, 0x800, :new_chain, Nft.Chain},
          {0x0A05, 0, :del_chain, Nft.Chain},
          {0x0A06, 0x800, :new_rule, Nft.Rule},
          {0x0A08, 0, :del_rule, Nft.Rule},
          {0x0A09, 0, :new_set, Nft.Set},
          {0x0A0B, 0, :del_set, Nft.Set},
          {0x0A0C, 0, :new_elements, Nft.Elements},
          {0x0A0E, 0, :del_elements, Nft.Elements},
          {0x0A0F, 0, :new_gen, Nft.Gen},
          {0x0A11, 0, :trace, Nft.Trace},
          {0x0A12, 0, :new_object, Nft.Object},
          {0x0A14, 0, :del_object, Nft.Object},
          {0x0A16, 0, :new_flowtable, Nft.Flowtable},
          {0x0A18, 0, :del_flowtable, Nft.Flowtable},
          {0x0100, 0x600, :new_conntrack, Conntrack},
          {0x0100, 0, :update_conntrack, Conntrack},
          {0x0102, 0, :destroy_conntrack, Conntrack}
        ] do
      event = Event.decode(%Message{type: type, flags: flags, payload: <<2, 0, 0, 0>>})
      assert {type, event.op, event.resource.__struct__} == {type, op, module}
      assert event.resource.family in [:ip, :ipv4]
    end
  end

  test "an unknown or malformed message is kept" do
    for message <- [
          %Message{type: 0x0AFF, payload: "x"},
          %Message{type: 0x0A00, payload: <<2, 0, 0, 0, 255, 255, 0, 0>>}
        ] do
      assert %Event{op: {:unknown, type}, resource: nil, message: ^message} =
               event = Event.decode(message)

      assert type == message.type
      assert inspect(event) == "#Linx.Netlink.Nfnl.Event<unknown:#{type}>"
    end
  end

  test "inspect shows the resource of an event" do
    event = Event.decode(%Message{type: 0x0102, payload: <<2, 0, 0, 0>>})

    assert inspect(event) ==
             "#Linx.Netlink.Nfnl.Event<destroy_conntrack #Linx.Netlink.Nfnl.Conntrack<>>"
  end
end
