defmodule Linx.Netlink.Generic.WireGuardTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Attr, Generic, Message}
  alias Linx.Netlink.Generic.WireGuard
  alias Linx.Netlink.Generic.WireGuard.{Key, Peer, Timespec}

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # Alice's keys and Bob's public key of RFC 7748, section 6.1; the private one as the kernel stores it.
  @private "cAdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LGo="
  @own "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo="
  @preshared "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="
  @public "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08="

  # A link set up by `wg set wg0 listen-port 51820 private-key FILE fwmark 0x20 peer KEY preshared-key FILE
  # endpoint [fe80::1%eth9]:4000 persistent-keepalive 25 allowed-ips 10.0.0.0/24,fd00::/64`, as Linux 7.2
  # dumps it, without `struct nlmsghdr`; with a handshake and counters.
  @device ~X"""
  00 01 00 00                                        # WG_CMD_GET_DEVICE, version 1
  06 00 06 00 6c ca 00 00                            # WGDEVICE_A_LISTEN_PORT
  08 00 07 00 20 00 00 00                            # WGDEVICE_A_FWMARK
  08 00 01 00 02 00 00 00                            # WGDEVICE_A_IFINDEX
  08 00 02 00 77 67 30 00                            # WGDEVICE_A_IFNAME
  24 00 03 00 70 07 6d 0a 73 18 a5 7d 3c 16 c1 72    # WGDEVICE_A_PRIVATE_KEY
              51 b2 66 45 df 4c 2f 87 eb c0 99 2a
              b1 77 fb a5 1d b9 2c 6a
  24 00 04 00 85 20 f0 09 89 30 a7 54 74 8b 7d dc    # WGDEVICE_A_PUBLIC_KEY
              b4 3e f7 5a 0d bf 3a 0d 26 38 1a f4
              eb a4 a9 8e aa 9b 4e 6a
  f4 00 08 80                                        # WGDEVICE_A_PEERS
  f0 00 00 80
  24 00 01 00 de 9e db 7d 7b 7d c1 b4 d3 5b 61 c2    # WGPEER_A_PUBLIC_KEY
              ec e4 35 37 3f 83 43 c8 5b 78 67 4d
              ad fc 7e 14 6f 88 2b 4f
  24 00 02 00 78 78 78 78 78 78 78 78 78 78 78 78    # WGPEER_A_PRESHARED_KEY
              78 78 78 78 78 78 78 78 78 78 78 78
              78 78 78 78 78 78 78 78
  14 00 06 00 00 f1 53 65 00 00 00 00                # WGPEER_A_LAST_HANDSHAKE_TIME
              15 cd 5b 07 00 00 00 00
  06 00 05 00 19 00 00 00                            # WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL
  0c 00 08 00 04 00 00 00 00 00 00 00                # WGPEER_A_TX_BYTES
  0c 00 07 00 05 00 00 00 00 00 00 00                # WGPEER_A_RX_BYTES
  08 00 0a 00 01 00 00 00                            # WGPEER_A_PROTOCOL_VERSION
  20 00 04 00 0a 00 0f a0 00 00 00 00 fe 80 00 00    # WGPEER_A_ENDPOINT, struct sockaddr_in6
              00 00 00 00 00 00 00 00 00 00 00 01
              03 00 00 00
  48 00 09 80                                        # WGPEER_A_ALLOWEDIPS
  1c 00 00 80 05 00 03 00 18 00 00 00                # WGALLOWEDIP_A_CIDR_MASK
              06 00 01 00 02 00 00 00                # WGALLOWEDIP_A_FAMILY
              08 00 02 00 0a 00 00 00                # WGALLOWEDIP_A_IPADDR
  28 00 00 80 05 00 03 00 40 00 00 00
              06 00 01 00 0a 00 00 00
              14 00 02 00 fd 00 00 00 00 00 00 00
                          00 00 00 00 00 00 00 00
  """

  defp key(text), do: text |> Key.parse() |> elem(1)
  defp public(text), do: text |> Key.parse_public() |> elem(1)

  defp read(bytes) do
    device = WireGuard.decode(bytes)
    %{device | peers: Peer.join([device.peers])}
  end

  test "a link is read from the kernel's bytes" do
    assert read(@device) == %WireGuard{
             ifindex: 2,
             ifname: "wg0",
             private_key: key(@private),
             public_key: public(@own),
             listen_port: 51_820,
             fwmark: 32,
             peers: [
               %Peer{
                 public_key: public(@public),
                 preshared_key: key(@preshared),
                 endpoint: {IP.parse!("fe80::1"), 4000, 3},
                 persistent_keepalive_interval: 25,
                 last_handshake_time: ~U[2023-11-14 22:13:20.123456Z],
                 rx_bytes: 5,
                 tx_bytes: 4,
                 allowed_ips: [Subnet.parse!("10.0.0.0/24"), Subnet.parse!("fd00::/64")],
                 protocol_version: 1
               }
             ]
           }
  end

  test "a body that is cut anywhere is read or refused" do
    results =
      for size <- 0..(byte_size(@device) - 1) do
        try do
          assert %WireGuard{} = device = read(binary_part(@device, 0, size))
          assert is_binary(inspect(device))
          :read
        rescue
          ArgumentError -> :refused
        end
      end

    assert Enum.uniq(results) -- [:read, :refused] == []
    assert :read in results and :refused in results
  end

  test "unknown attributes are skipped, at every level" do
    device = read(@device)
    more = Attr.encode([{0x3F, "new"}])
    assert read(@device <> more) == device

    <<head::binary-108, _peers::binary-4, _peer::binary-4, peer::binary-164, _ips::binary-4,
      one::binary-28, two::binary>> = @device

    grown =
      Attr.encode([
        {0x8008,
         Attr.encode([
           {0x8000,
            peer <>
              Attr.encode([
                {0x8009,
                 for(
                   <<_::binary-4, ip::binary>> <- [one, two],
                   do: Attr.encode([{0x8000, ip <> more}])
                 )}
              ]) <> more}
         ])}
      ])

    assert read(head <> grown) == device
  end

  test "parts of a peer in adjacent messages are joined" do
    ip = &Subnet.parse!/1
    one = %Peer{public_key: public(@public), rx_bytes: 1, allowed_ips: [ip.("10.0.0.0/8")]}
    more = &%Peer{public_key: public(@public), allowed_ips: [ip.(&1)]}
    other = %Peer{public_key: public(@own)}

    assert [%Peer{rx_bytes: 1, allowed_ips: ips}, %Peer{allowed_ips: []}] =
             Peer.join([[one], [more.("11.0.0.0/8")], [more.("12.0.0.0/8"), other], nil])

    assert Enum.map(ips, &to_string/1) == ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"]
    assert [_, _, _] = Peer.join([[one, other], [more.("11.0.0.0/8")]])
    assert Peer.join([nil]) == []
  end

  test "the type of a peer has the values of a peer that was joined" do
    {:ok, types} = Code.Typespec.fetch_types(Peer)
    [type] = for {:type, {:t, _, _} = type} <- types, do: type |> Code.Typespec.type_to_quoted()
    text = Macro.to_string(type)
    assert text =~ "last_handshake_time: DateTime.t() | nil"
    assert text =~ "allowed_ips: [Linx.IP.Subnet.t()] | nil"
    assert text =~ "public_key: Linx.Netlink.Generic.WireGuard.Key.t() | nil"
  end

  test "a preshared key of zeros is none" do
    peer = %Peer{public_key: public(@public), preshared_key: %Key{bytes: <<0::256>>}}
    assert [%Peer{preshared_key: nil}] = Peer.join([[peer]])
  end

  test "a time beyond the calendar is none" do
    assert Timespec.to_datetime(%Timespec{sec: 0, nsec: 0}) == nil
    assert Timespec.to_datetime(%Timespec{sec: 0x7FFFFFFFFFFFFFFF, nsec: 0}) == nil
    assert Timespec.to_datetime(%Timespec{sec: nil, nsec: nil}) == nil
    assert Timespec.to_datetime(%Timespec{sec: 1, nsec: 999}) == ~U[1970-01-01 00:00:01.000000Z]
  end

  defp set(opts), do: WireGuard.set(@no_socket, "wg0", opts)

  # Options of a peer with the required one.
  defp set_peer(opts), do: set(peers: [[public_key: @public] ++ opts])

  test "wrong options are errors before anything is sent" do
    for {opts, reason} <- [
          {[listen_port: 65_536], {:bad_option, :listen_port, 65_536}},
          {[fwmark: -1], {:bad_option, :fwmark, -1}},
          {[replace_peers: 1], {:bad_option, :replace_peers, 1}},
          {[mtu: 1], {:unknown_option, :mtu}},
          {[timeout: -1], {:bad_timeout, -1}},
          {[peers: [[]]], {:missing_option, :public_key}}
        ],
        do: assert(set(opts) == {:error, reason})

    for {opts, reason} <- [
          {[endpoint: nil], {:bad_option, :endpoint, nil}},
          {[persistent_keepalive_interval: 65_536],
           {:bad_option, :persistent_keepalive_interval, 65_536}},
          {[allowed_ips: "10.0.0.0/8"], {:bad_option, :allowed_ips, "10.0.0.0/8"}},
          {[allowed_ips: ["10.0.0.0/33"]], {:bad_subnet, "10.0.0.0/33"}},
          {[allowed_ips: [remove: 7]], {:bad_subnet, 7}},
          {[remove: nil], {:bad_option, :remove, nil}},
          {[update_only: 1], {:bad_option, :update_only, 1}},
          {[replace_allowed_ips: :yes], {:bad_option, :replace_allowed_ips, :yes}},
          {[mtu: 1], {:unknown_option, :mtu}}
        ],
        do: assert(set_peer(opts) == {:error, reason})

    assert WireGuard.get(@no_socket, "wg0", x: 1) == {:error, {:unknown_option, :x}}
    assert WireGuard.list(@no_socket, x: 1) == {:error, {:unknown_option, :x}}
    assert WireGuard.get("x", "wg0") == {:error, {:bad_target, "x"}}
    assert set(listen_port: 1) == {:error, {:send, :noproc}}

    for bad <- ["", nil, 0, "a\0"] do
      assert WireGuard.get(@no_socket, bad) == {:error, {:bad_option, :link, bad}}
      assert WireGuard.set(@no_socket, bad, []) == {:error, {:bad_option, :link, bad}}
    end
  end

  test "the values of keys are not in errors" do
    wrong = [
      @private <> "=",
      "cAdtCnMY",
      Base.decode64!(@private),
      7,
      ~c"cAdtCnMY",
      {:key, @private}
    ]

    for value <- wrong ++ [public(@own)] do
      redacted = &{:error, {:bad_option, &1, :redacted}}
      assert set(private_key: value) == redacted.(:private_key)
      assert set_peer(preshared_key: value) == redacted.(:preshared_key)
    end

    for value <- [nil | wrong],
        do:
          assert(
            set(peers: [[public_key: value]]) == {:error, {:bad_option, :public_key, :redacted}}
          )

    for peers <- [
          @private,
          [@private],
          [[@private]],
          [[{@private, 1}]],
          [%{preshared_key: @preshared}],
          [[public_key: @public] ++ @private],
          [[public_key: @public] | @private],
          %{preshared_key: @preshared}
        ],
        do: assert(set(peers: peers) == {:error, {:bad_option, :peers, :redacted}})

    for opts <- [@private, [@private], [{@private, 1}], %{private_key: @private}],
        do: assert(set(opts) == {:error, {:unknown_option, :redacted}})

    # An option that is unknown stands beside the keys.
    assert set_peer(preshared_key: @preshared, x: 1) == {:error, {:unknown_option, :x}}
    assert set(private_key: @private, x: @preshared) == {:error, {:unknown_option, :x}}
  end

  test "inspect shows no secret of a struct, a request or a message" do
    {:ok, options} =
      Linx.Netlink.Options.cast(WireGuard.__options__(),
        private_key: @private,
        peers: [[public_key: @public, preshared_key: @preshared]]
      )

    {:ok, request} = WireGuard.Request.new(2, options, @no_socket, [])
    bytes = WireGuard.Request.encode(request)
    message = %Message{type: 42, payload: bytes, codec: WireGuard.Request}
    assert :binary.match(bytes, Base.decode64!(@private)) != :nomatch

    for term <- [
          read(@device),
          options,
          request,
          message,
          {:ok, message},
          [%Message{message | payload: [bytes]}]
        ],
        text <- [inspect(term, limit: :infinity), inspect(term, pretty: true, limit: 5)],
        secret <- [@private, @preshared],
        do: refute(shows?(text, secret))

    assert inspect(read(@device)) =~ @public
    assert shows?(inspect(bytes, limit: :infinity), @private)

    error =
      assert_raise ArgumentError, fn ->
        WireGuard.Request.encode(%{request | private_key: @private})
      end

    refute shows?(Exception.message(error), @private)

    error =
      assert_raise ArgumentError, fn ->
        Generic.run(@no_socket, WireGuard, :set_device, read(@device))
      end

    refute shows?(Exception.message(error), @private)
  end

  defp shows?(text, base64), do: Linx.Test.KeySearch.shows?(text, Base.decode64!(base64))
end
