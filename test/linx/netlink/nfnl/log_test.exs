defmodule Linx.Netlink.Nfnl.LogTest do
  use ExUnit.Case, async: true

  alias Linx.{LinkAddress, MAC}
  alias Linx.Netlink.{Attr, Message}
  alias Linx.Netlink.Nfnl.{Conntrack, Log}
  alias Linx.Netlink.Nfnl.Log.{Config, Packet}

  doctest Packet
  doctest Packet.Timestamp
  doctest Packet.Vlan

  # A packet with attributes in the form of net/netfilter/nfnetlink_log.c
  # (__build_packet_message).
  defp packet(attrs), do: Packet.decode(<<2, 0, 0, 5>> <> Attr.encode(attrs))

  test "a packet has the fields of its attributes" do
    assert packet([
             {1, <<0x0800::16, 1, 0>>},
             {10, "in: \0"},
             {4, <<0, 0, 0, 2>>},
             {2, <<0x2A::32>>},
             {8, <<6::16, 0::16, 2, 0, 0, 0, 0, 9, 0, 0>>},
             {3, <<1_700_000_000::64, 250_000::64>>},
             {12, <<7::32>>},
             {20, Attr.encode([{1, <<0x8100::16>>}, {2, <<0x2005::16>>}])},
             {9, "payload"}
           ]) == %Packet{
             family: :ipv4,
             group: 5,
             packet_hdr: %Packet.Header{hw_protocol: 0x0800, hook: 1},
             prefix: "in: ",
             ifindex_indev: 2,
             mark: 0x2A,
             hwaddr: %MAC{bytes: <<2, 0, 0, 0, 0, 9>>},
             timestamp: %Packet.Timestamp{sec: 1_700_000_000, usec: 250_000},
             seq: 7,
             vlan: %Packet.Vlan{proto: 0x8100, tci: 0x2005},
             payload: "payload"
           }
  end

  test "a hardware address of 6 bytes is a MAC, of others a LinkAddress, malformed nil" do
    four = %LinkAddress{bytes: <<1, 2, 3, 4>>}
    assert packet([{8, <<4::16, 0::16, 1, 2, 3, 4, 0::32>>}]).hwaddr == four
    assert packet([{8, <<9::16, 0::16, 0::64>>}]).hwaddr == nil
    assert packet([{8, <<6>>}]).hwaddr == nil

    for address <- [four, %MAC{bytes: <<2, 0, 0, 0, 0, 9>>}] do
      packet = %Packet{hwaddr: address}
      assert Packet.decode(Packet.encode(packet)).hwaddr == address
    end

    written = <<16::native-16, 8::native-16, 4::16, 0::16, 1, 2, 3, 4, 0::32>>
    assert Packet.encode(%Packet{hwaddr: four}) == <<0::32>> <> written

    for wrong <- [%LinkAddress{bytes: <<0::72>>}, %LinkAddress{bytes: ""}, <<1, 2, 3, 4>>] do
      assert_raise ArgumentError, ~r/of 1 to 8 bytes/, fn ->
        Packet.encode(%Packet{hwaddr: wrong})
      end
    end
  end

  test "a connection has the family of its addresses" do
    {:ok, tuple} = Conntrack.Tuple.new("fd00::1", "fd00::2", 17, 1, 2)
    <<_::32, attributes::binary>> = Conntrack.encode(%Conntrack{tuple_orig: tuple, mark: 4})
    payload = <<2, 0, 0, 5>> <> Attr.encode([{18, attributes}])

    assert {:ok, %Packet{ct: entry}} = Log.decode(%Message{type: 0x0400, payload: payload})
    assert entry == %Conntrack{family: :ipv6, tuple_orig: tuple, mark: 4}
  end

  test "a connection is encoded without its header" do
    {:ok, tuple} = Conntrack.Tuple.new("fd00::1", "fd00::2", 17, 1, 2)
    entry = %Conntrack{tuple_orig: tuple, mark: 4}
    <<_::32, attributes::binary>> = Conntrack.encode(entry)
    <<_::32, written::binary>> = Packet.encode(%Packet{ct: entry})

    # 0x8000: NLA_F_NESTED.
    assert written == <<byte_size(attributes) + 4::native-16, 0x8012::native-16>> <> attributes
    assert Packet.decode(<<0::32>> <> written).ct == entry
  end

  test "a group is configured with one message" do
    config = %Config{
      group: 0x0102,
      cmd: %Config.Command{command: :bind},
      mode: %Config.Mode{copy_range: 96, copy_mode: :packet},
      timeout: 10,
      flags: [:seq, :conntrack]
    }

    assert Config.encode(config) ==
             <<0, 0, 1, 2>> <>
               Attr.encode([
                 {1, <<1>>},
                 {2, <<96::32, 2, 0>>},
                 {4, <<10::32>>},
                 {6, <<5::16>>}
               ])
  end

  test "invalid options are errors before a socket is opened" do
    for {key, value} <- [
          group: nil,
          group: 0x10000,
          group: "5",
          copy: -1,
          copy: :some,
          threshold: 0,
          flush: -1,
          buffer: 0,
          owner: :other,
          with: [:everything]
        ] do
      assert Log.start_link(Keyword.put([group: 1], key, value)) ==
               {:error, {:bad_option, key, value}}
    end

    assert Log.start_link(group: 1, thresold: 1) == {:error, {:unknown_option, :thresold}}
  end

  test "a packet has accessors for its hook and VLAN tag" do
    packet = packet([{1, <<0x0800::16, 3, 0>>}, {20, Attr.encode([{2, <<0xE064::16>>}])}])
    assert Packet.hook_name(packet) == :output
    assert {Packet.Vlan.id(packet.vlan), Packet.Vlan.priority(packet.vlan)} == {100, 7}
    assert Packet.hook_name(%Packet{family: :arp, packet_hdr: %Packet.Header{hook: 1}}) == :output
    assert Packet.hook_name(%Packet{family: 99, packet_hdr: %Packet.Header{hook: 1}}) == 1
    assert Packet.hook_name(%Packet{}) == nil
    assert {Packet.Vlan.id(%Packet.Vlan{}), Packet.Vlan.priority(%Packet.Vlan{})} == {nil, nil}
  end
end
