defmodule Linx.Netlink.Nfnl.ConntrackTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.{Counters, Protoinfo, Timestamp, Tuple}
  alias Linx.Test.Headers

  doctest Conntrack
  doctest Timestamp
  doctest Tuple

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # An entry of an ended connection to port 8080 of the same machine, as Linux 6.12 dumps it,
  # without `struct nlmsghdr`.
  @entry ~X"""
  02 00 00 00                                                   # ipv4
  34 00 01 80                                                   # TUPLE_ORIG
  14 00 01 80  08 00 01 00  7f 00 00 01  08 00 02 00  7f 00 00 01   # IP: V4_SRC, V4_DST
  1c 00 02 80  05 00 01 00  06 00 00 00                         # PROTO: NUM tcp
  06 00 02 00  b2 b2 00 00  06 00 03 00  1f 90 00 00            # SRC_PORT, DST_PORT
  34 00 02 80                                                   # TUPLE_REPLY
  14 00 01 80  08 00 01 00  7f 00 00 01  08 00 02 00  7f 00 00 01
  1c 00 02 80  05 00 01 00  06 00 00 00  06 00 02 00  1f 90 00 00  06 00 03 00  b2 b2 00 00
  08 00 03 00  00 00 01 8e  08 00 08 00  00 00 00 00            # STATUS, MARK
  08 00 0c 00  eb 4f 48 d5  08 00 0b 00  00 00 00 01            # ID, USE
  08 00 07 00  00 00 00 78                                      # TIMEOUT
  30 00 04 80  2c 00 01 80  05 00 01 00  07 00 00 00            # PROTOINFO: TCP: STATE
  05 00 02 00  07 00 00 00  05 00 03 00  07 00 00 00            # WSCALE_ORIGINAL, WSCALE_REPLY
  06 00 04 00  27 00 00 00  06 00 05 00  23 00 00 00            # FLAGS_ORIGINAL, FLAGS_REPLY
  24 00 09 80  04 00 05 00  0c 00 01 00  00 00 00 00  00 00 00 05   # COUNTERS_ORIG: PAD, PACKETS
  04 00 05 00  0c 00 02 00  00 00 00 00  00 00 01 11            # PAD, BYTES
  20 00 0a 80  0c 00 01 00  00 00 00 00  00 00 00 03            # COUNTERS_REPLY: PACKETS
  04 00 05 00  0c 00 02 00  00 00 00 00  00 00 00 a4            # PAD, BYTES
  10 00 14 80  0c 00 01 00  18 ea 95 04  23 f1 47 2b            # TIMESTAMP: START
  """

  test "an entry of the kernel is decoded" do
    {:ok, orig} = Tuple.new("127.0.0.1", "127.0.0.1", 6, 45_746, 8080)
    {:ok, reply} = Tuple.new("127.0.0.1", "127.0.0.1", 6, 8080, 45_746)

    assert Conntrack.decode(@entry) == %Conntrack{
             family: :ipv4,
             tuple_orig: orig,
             tuple_reply: reply,
             status: [:seen_reply, :assured, :confirmed, :src_nat_done, :dst_nat_done],
             mark: 0,
             id: 0xEB4F48D5,
             use: 1,
             timeout: 120,
             protoinfo: %Protoinfo{
               tcp: %Protoinfo.Tcp{
                 state: :time_wait,
                 wscale_original: 7,
                 wscale_reply: 7,
                 flags_original: %Protoinfo.Tcp.Flags{
                   flags: [:window_scale, :sack_perm, :close_init, :maxack_set],
                   mask: []
                 },
                 flags_reply: %Protoinfo.Tcp.Flags{
                   flags: [:window_scale, :sack_perm, :maxack_set],
                   mask: []
                 }
               }
             },
             counters_orig: %Counters{packets: 5, bytes: 273},
             counters_reply: %Counters{packets: 3, bytes: 164},
             timestamp: %Timestamp{start: 0x18EA950423F1472B}
           }
  end

  test "an encoded entry decodes to itself" do
    entry = Conntrack.decode(@entry)
    assert Conntrack.decode(Conntrack.encode(entry)) == entry
  end

  test "truncated bytes decode, or raise ArgumentError" do
    for size <- 0..byte_size(@entry) do
      try do
        assert %Conntrack{} = Conntrack.decode(binary_part(@entry, 0, size))
      rescue
        ArgumentError -> :ok
      end
    end
  end

  test "a tuple takes addresses as text and as values" do
    {:ok, ip} = IP.parse("fd00::1")
    assert {:ok, tuple} = Tuple.new(ip, "fd00::2", 58)
    assert Tuple.source(tuple) == ip
    assert to_string(Tuple.destination(tuple)) == "fd00::2"
    assert tuple.proto == %Tuple.Protocol{num: :icmpv6}

    assert Tuple.new("10.0.0", "10.0.0.1", 6) == {:error, {:bad_address, "10.0.0"}}
    assert Tuple.new("10.0.0.1", "x", 6) == {:error, {:bad_address, "x"}}
    assert Tuple.new("10.0.0.1", ip, 6) == {:error, {:family_mismatch, {:inet, :inet6}}}
    assert Tuple.source(%Tuple{}) == nil
  end

  test "invalid options are errors before a socket is used" do
    tuple = %Tuple{}

    for {opts, reason} <- [
          {[family: :inet], {:bad_option, :family, :inet}},
          {[mark: -1], {:bad_option, :mark, -1}},
          {[mark: {1, 0x100000000}], {:bad_option, :mark, {1, 0x100000000}}},
          {[zone: 0x10000], {:bad_option, :zone, 0x10000}},
          {[port: 1], {:unknown_option, :port}}
        ] do
      assert Conntrack.list(@no_socket, opts) == {:error, reason}
      assert Conntrack.flush(@no_socket, opts) == {:error, reason}
    end

    assert Conntrack.get(@no_socket, tuple, mark: 1) == {:error, {:unknown_option, :mark}}
    assert Conntrack.get(@no_socket, tuple, zone: -1) == {:error, {:bad_option, :zone, -1}}
    assert Conntrack.flush(@no_socket, zero: true) == {:error, {:unknown_option, :zero}}
  end

  test "an entry that was dumped twice is listed once, as it was dumped first" do
    {:ok, one} = Tuple.new("10.0.0.1", "10.0.0.2", 17, 1, 2)
    {:ok, two} = Tuple.new("10.0.0.1", "10.0.0.2", 17, 1, 3)
    first = %Conntrack{id: 7, tuple_orig: one, timeout: 30, counters_orig: %Counters{packets: 9}}
    again = %Conntrack{id: 7, tuple_orig: one, timeout: 29, counters_orig: %Counters{packets: 0}}
    same_id = %Conntrack{id: 7, tuple_orig: two}
    same_tuple = %Conntrack{id: 8, tuple_orig: one, zone: 5}

    assert Conntrack.Dump.distinct([first, same_id, same_tuple, again]) == [
             first,
             same_id,
             same_tuple
           ]

    assert Conntrack.Dump.distinct([first, same_tuple]) == [first, same_tuple]
    assert Conntrack.Dump.distinct([]) == []
  end

  test "an entry without a tuple is not deleted" do
    assert_raise FunctionClauseError, fn -> Conntrack.delete(@no_socket, %Conntrack{id: 1}) end
  end

  test "inspect shows the addresses of an entry" do
    assert inspect(Conntrack.decode(@entry)) ==
             "#Linx.Netlink.Nfnl.Conntrack<tcp 127.0.0.1:45746 -> 127.0.0.1:8080 time_wait>"

    assert inspect(%Conntrack{mark: 0x2A, zone: 3}) ==
             "#Linx.Netlink.Nfnl.Conntrack<mark=0x2A zone=3>"

    {:ok, tuple} = Tuple.new("10.0.0.1", "10.0.0.2", 17, 1, 2)

    assert inspect(%Conntrack{tuple_orig: tuple, tuple_reply: %{tuple | zone: 9}}) ==
             "#Linx.Netlink.Nfnl.Conntrack<udp 10.0.0.1:1 -> 10.0.0.2:2 zone-reply=9>"
  end

  test "an entry has accessors for its protocol, state, zone and status" do
    entry = Conntrack.decode(@entry)
    assert Conntrack.protocol(entry) == :tcp
    assert Timestamp.started_at(entry.timestamp) == ~U[2026-11-23 05:20:46.475986Z]
    assert Timestamp.stopped_at(entry.timestamp) == nil
    assert Conntrack.state(entry) == :time_wait
    assert Conntrack.zone(entry) == 0
    assert Conntrack.seen_reply?(entry) and Conntrack.assured?(entry)
    refute Conntrack.src_nat?(entry) or Conntrack.dst_nat?(entry)
    assert Conntrack.src_nat?(%Conntrack{status: [:src_nat]})
    assert Conntrack.dst_nat?(%Conntrack{status: [:dst_nat]})

    {:ok, tuple} = Tuple.new("10.0.0.1", "10.0.0.2", 254)
    assert Conntrack.protocol(%Conntrack{tuple_reply: tuple}) == 254
    assert Conntrack.zone(%Conntrack{tuple_orig: tuple, tuple_reply: %{tuple | zone: 9}}) == 9
    assert Conntrack.zone(%Conntrack{zone: 7}) == 7
    sctp = %Protoinfo{sctp: %Protoinfo.Sctp{state: :established}}
    assert Conntrack.state(%Conntrack{protoinfo: sctp}) == :established

    for entry <- [%Conntrack{}, %Conntrack{protoinfo: %Protoinfo{}, tuple_orig: %Tuple{}}] do
      assert {Conntrack.protocol(entry), Conntrack.state(entry)} == {nil, nil}
      refute Conntrack.assured?(entry)
    end
  end

  test "a tuple takes the name or number of a protocol, and no other value" do
    new = &Tuple.new("10.0.0.1", "10.0.0.2", &1, 1, 2)
    assert new.(:tcp) == new.(6)
    assert {:ok, %Tuple{proto: %{num: :sctp}}} = new.(132)
    assert {:ok, %Tuple{proto: %{num: 254}} = tuple} = new.(254)
    assert Tuple.decode(Tuple.encode(tuple)) == tuple

    for bad <- [:tcpp, nil, 256, -1, "tcp"],
        do: assert_raise(FunctionClauseError, fn -> new.(bad) end)
  end

  test "message types have the kernel's numbers" do
    names = Conntrack.MessageType.names()
    c = fn name -> "IPCTNL_MSG_CT_" <> String.upcase(to_string(name)) end

    if Headers.available?() or System.get_env("CI") do
      headers = ["linux/netfilter/nfnetlink_conntrack.h", "linux/netfilter/nfnetlink.h"]
      wanted = ["NFNL_SUBSYS_CTNETLINK" | Enum.map(names, fn {name, _} -> c.(name) end)]
      %{values: values} = Headers.read(headers, wanted, %{})
      subsys = Map.fetch!(values, "NFNL_SUBSYS_CTNETLINK")

      for {name, number} <- names do
        assert {name, Map.fetch!(values, c.(name))} == {name, number}
        assert Conntrack.MessageType.number(name) == subsys * 256 + number
      end
    else
      IO.puts(:stderr, "\nNo kernel headers or no C compiler: message types are not compared.")
    end
  end
end
