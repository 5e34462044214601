defmodule Linx.Netlink.Generic.WireGuard.EndpointTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Generic.WireGuard.Endpoint

  @four IP.parse!("192.0.2.1")
  @six IP.parse!("2001:db8::1")
  @local IP.parse!("fe80::1")

  test "all forms of an endpoint are read" do
    for {given, endpoint} <- [
          {{"192.0.2.1", 51_820}, {@four, 51_820, nil}},
          {{{192, 0, 2, 1}, 0}, {@four, 0, nil}},
          {{@six, 65_535}, {@six, 65_535, nil}},
          {{"fe80::1", 1, "eth0"}, {@local, 1, "eth0"}},
          {{@local, 1, 7}, {@local, 1, 7}},
          {"192.0.2.1:51820", {@four, 51_820, nil}},
          {"[2001:db8::1]:51820", {@six, 51_820, nil}},
          {"[fe80::1%eth0]:51820", {@local, 51_820, "eth0"}},
          {"[fe80::1%br-lan.7:x]:1", {@local, 1, "br-lan.7:x"}},
          {"[fe80::1%12]:51820", {@local, 51_820, 12}}
        ],
        do: assert({given, Endpoint.cast(given)} == {given, {:ok, endpoint}})
  end

  test "everything else is refused" do
    for wrong <- [
          nil,
          "",
          "192.0.2.1",
          "192.0.2.1:",
          "192.0.2.1:65536",
          "192.0.2.1:-1",
          "192.0.2.1:x",
          "192.0.2.1:1\n",
          "2001:db8::1:51820",
          "[2001:db8::1]",
          "[192.0.2.1]:1",
          "[192.0.2.1%eth0]:1",
          "[fe80::1%]:1",
          "[fe80::1%0]:1",
          "vpn.example.com:51820",
          {"192.0.2.1", 65_536},
          {"192.0.2.1", "1"},
          {"192.0.2.1", 1, "eth0"},
          {"fe80::1", 1, nil},
          {"fe80::1", 1, ""},
          {"fe80::1", 1, 0},
          {"fe80::1", 1, "a\0"},
          {"x", 1},
          {},
          7
        ],
        do: assert({wrong, Endpoint.cast(wrong)} == {wrong, :error})
  end

  test "a link by its index needs no look-up" do
    assert Endpoint.resolve({@local, 1, 7}, :no_socket, []) == {:ok, {@local, 1, 7}}
    assert Endpoint.resolve({@four, 1, nil}, :no_socket, []) == {:ok, {@four, 1}}

    assert Endpoint.resolve({@local, 1, "eth0"}, "x", []) ==
             {:error, {:bad_target, "x"}}
  end
end
