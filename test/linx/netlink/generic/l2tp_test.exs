defmodule Linx.Netlink.Generic.L2tpTest do
  # Messages as Linux 7.2 sent them.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Generic.L2tp.{Session, Stats, Tunnel}
  alias Linx.Test.Captured

  test "a tunnel" do
    body = ~X"""
    04010000 05000700 03000000 08000900 01000000 08000a00 02000000 08001100 00000000 06000200
    00000000 7c001e00 0c000100 00000000 00000000 0c000200 00000000 00000000 0c000300 00000000
    00000000 0c000400 00000000 00000000 0c000500 00000000 00000000 0c000600 00000000 00000000
    0c000a00 00000000 00000000 0c000700 00000000 00000000 0c000800 00000000 00000000 0c000b00
    00000000 00000000 05000d00 00000000 06001a00 a5060000 06001b00 a6060000 08001800 7f000001
    08001900 7f000001
    """

    assert %Tunnel{conn_id: 1, peer_conn_id: 2, encap_type: :udp, proto_version: 3} =
             tunnel = Captured.check(Tunnel, body)

    assert {tunnel.udp_sport, tunnel.udp_dport, tunnel.udp_csum} == {1701, 1702, false}
    assert tunnel.ip_saddr == IP.parse!("127.0.0.1") and tunnel.ip6_saddr == nil
    assert %Stats{tx_packets: 0, rx_invalid: 0} = tunnel.stats
  end

  test "a session" do
    body = ~X"""
    08010000 08000900 01000000 08000b00 0a000000 08000a00 02000000 08000c00 14000000 08001100
    00000000 06000100 05000000 0a000800 6c327470 30000000 08000f00 01020304 0c001000 01020304
    05060708 05001200 01000000 05001300 01000000 05001400 00000000 7c001e00 0c000100 00000000
    00000000 0c000200 00000000 00000000 0c000300 00000000 00000000 0c000400 00000000 00000000
    0c000500 00000000 00000000 0c000600 00000000 00000000 0c000a00 00000000 00000000 0c000700
    00000000 00000000 0c000800 00000000 00000000 0c000b00 00000000 00000000
    """

    assert %Session{conn_id: 1, session_id: 10, peer_session_id: 20, ifname: "l2tp0"} =
             session = Captured.check(Session, body)

    assert {session.cookie, session.peer_cookie} == {<<1, 2, 3, 4>>, <<1, 2, 3, 4, 5, 6, 7, 8>>}
    assert %{pw_type: :eth, send_seq: true, recv_seq: true, lns_mode: false} = session
  end
end
