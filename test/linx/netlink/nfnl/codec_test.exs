defmodule Linx.Netlink.Nfnl.CodecTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Message
  alias Linx.Netlink.Nfnl.Codec

  doctest Codec

  test "subsystems and families have the kernel's numbers" do
    assert Codec.subsys_nftables() == 10
    assert Codec.subsys_ulog() == 4
    assert Codec.subsys_ctnetlink() == 1
    assert Codec.subsys_queue() == 3

    for {family, number} <- [
          unspec: 0,
          inet: 1,
          ipv4: 2,
          ip: 2,
          arp: 3,
          netdev: 5,
          bridge: 7,
          ipv6: 10,
          ip6: 10
        ] do
      assert {family, Codec.nfproto(family)} == {family, number}
    end

    assert_raise ArgumentError, fn -> Codec.nfproto(:inet6) end
  end

  test "a message type is composed of subsystem and operation, and split into them" do
    for subsys <- [0, 10, 255], op <- [0, 16, 255] do
      assert Codec.split_type(Codec.nlmsg_type(subsys, op)) == {subsys, op}
    end

    assert Codec.nlmsg_type(10, 16) == 0x0A10
    assert_raise FunctionClauseError, fn -> Codec.nlmsg_type(256, 0) end
    assert_raise FunctionClauseError, fn -> Codec.nlmsg_type(0, 256) end
  end

  test "the header has four bytes, and a big-endian res_id" do
    assert Codec.encode_nfgenmsg() == <<0, 0, 0, 0>>
    assert Codec.encode_nfgenmsg(:inet) == <<1, 0, 0, 0>>
    assert Codec.encode_nfgenmsg(99, 0x0102) == <<99, 0, 1, 2>>
    assert Codec.decode_nfgenmsg(<<2, 1, 3, 4, 5, 6>>) == {2, 1, 0x0304, <<5, 6>>}

    for size <- 0..3 do
      assert_raise ArgumentError, fn -> Codec.decode_nfgenmsg(binary_part(<<0::32>>, 0, size)) end
    end
  end

  test "a batch begins and ends for a subsystem" do
    assert Codec.batch_begin(:nftables) ==
             %Message{type: 0x10, flags: 0, seq: 0, payload: <<0, 0, 0, 10>>}

    assert Codec.batch_end(:nftables) == %Message{type: 0x11, payload: <<0, 0, 0, 10>>}
    assert Codec.batch_end(:ctnetlink).payload == <<0, 0, 0, 1>>
    assert Codec.batch_end(:queue).payload == <<0, 0, 0, 3>>
    assert Codec.batch_end(:ulog).payload == <<0, 0, 0, 4>>
    assert Codec.batch_begin(255, genid: nil).payload == <<0, 0, 0, 255>>

    for subsys <- [:other, 256],
        function <- [&Codec.batch_end/1, &Codec.batch_begin/1],
        do: assert_raise(FunctionClauseError, fn -> function.(subsys) end)
  end

  test "a batch can require a generation" do
    assert Codec.batch_begin(:nftables, genid: 0x01020304).payload ==
             <<0, 0, 0, 10, 8::16-native, 1::16-native, 1, 2, 3, 4>>

    for genid <- [0x100000000, :now],
        function <- [&Codec.batch_begin/2],
        do: assert_raise(ArgumentError, fn -> function.(10, genid: genid) end)
  end
end
