defmodule Linx.Netlink.Generic.OvpnTest do
  # Messages as Linux 7.2 sent them.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Generic.Ovpn
  alias Linx.Netlink.Generic.Ovpn.{Keyconf, Keydir, Peer}
  alias Linx.Test.Captured

  test "a peer" do
    body = ~X"""
    03010000 8c000280 08000100 05000000 08001800 05000000 08000800 0a080002 08000d00 00000000
    08000e00 00000000 08000200 7f000001 06000540 04ab0000 08000a00 00000000 06000c40 04aa0000
    08001000 00000000 08001200 00000000 08001100 00000000 08001300 00000000 08001400 00000000
    08001600 00000000 08001500 00000000 08001700 00000000
    """

    assert %Ovpn{peer: %Peer{id: 5, remote_port: 1195, local_port: 1194} = peer} =
             Captured.check(Ovpn, body)

    assert peer.remote_ipv4 == IP.parse!("127.0.0.1") and peer.vpn_ipv4 == IP.parse!("10.8.0.2")
    assert {peer.vpn_rx_bytes, peer.link_tx_packets, peer.tx_id} == {0, 0, 5}
  end

  test "a key" do
    body = ~X"""
    07010000 24000380 08000100 05000000 08000200 00000000 08000300 03000000 08000400 01000000
    """

    assert Captured.check(Ovpn, body) == %Ovpn{
             keyconf: %Keyconf{peer_id: 5, slot: :primary, key_id: 3, cipher_alg: :aes_gcm}
           }
  end

  test "keys are not shown" do
    keydir = %Keydir{cipher_key: "0123456789abcdef", nonce_tail: "01234567"}
    ovpn = %Ovpn{keyconf: %Keyconf{encrypt_dir: keydir}}
    for value <- [keydir, ovpn], do: refute(inspect(value) =~ "0123")

    message = %Linx.Netlink.Message{type: 20, payload: Ovpn.encode(ovpn), codec: Ovpn}
    refute inspect(message, limit: :infinity) =~ "0123"

    for field <- [:cipher_key, :nonce_tail] do
      wrong = Map.put(keydir, field, {"0123"})
      error = assert_raise ArgumentError, fn -> Keydir.encode(wrong) end
      refute Exception.message(error) =~ "0123"
    end
  end
end
