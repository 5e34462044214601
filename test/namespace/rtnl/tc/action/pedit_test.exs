defmodule Linx.Namespace.Rtnl.Tc.Action.PeditTest do
  # Edits of packets. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Tc, TcAction}

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.Pedit

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  @mac "02:00:00:00:00:01"

  # Each edit of ours, and the words of `tc` for it.
  @edits [
    {[eth: [dst: {:set, @mac}]], "eth dst set #{@mac}"},
    {[eth: [src: {:set, @mac}]], "eth src set #{@mac}"},
    {[eth: [type: {:set, 0x0800}]], "eth type set 0x0800"},
    {[ip: [ttl: {:add, 255}]], "ip ttl add 255"},
    {[ip: [ttl: :decrement]], "ip ttl decrement"},
    {[ip: [ttl: {:set, 64}]], "ip ttl set 64"},
    {[ip: [ttl: :clear]], "ip ttl clear"},
    {[ip: [ttl: :invert]], "ip ttl invert"},
    {[ip: [tos: {:set, 0x10}]], "ip tos set 0x10"},
    {[ip: [dsfield: {:set, 0x10, 0x1C}]], "ip dsfield set 0x10 retain 0x1c"},
    {[ip: [ihl: {:set, 5}]], "ip ihl set 5"},
    {[ip6: [traffic_class: {:set, 0x12}]], "ip6 traffic_class set 0x12"},
    {[ip: [protocol: {:set, 17}]], "ip protocol set 17"},
    {[ip: [src: {:set, "192.0.2.1"}]], "ip src set 192.0.2.1"},
    {[ip: [dst: {:set, "192.0.2.2"}]], "ip dst set 192.0.2.2"},
    {[ip6: [src: {:set, "2001:db8::1"}]], "ip6 src set 2001:db8::1"},
    {[ip6: [dst: {:set, "2001:db8:1:2:3:4:5:6"}]], "ip6 dst set 2001:db8:1:2:3:4:5:6"},
    {[ip6: [payload_len: {:set, 0x1234}]], "ip6 payload_len set 0x1234"},
    {[ip6: [nexthdr: {:set, 17}]], "ip6 nexthdr set 17"},
    {[ip6: [hoplimit: {:add, 1}]], "ip6 hoplimit add 1"},
    {[tcp: [sport: {:set, 65_535}]], "tcp sport set 65535"},
    {[tcp: [dport: {:set, 80}]], "tcp dport set 80"},
    {[tcp: [flags: {:set, 0x12}]], "tcp flags set 0x12"},
    {[udp: [sport: {:set, 1}]], "udp sport set 1"},
    {[udp: [dport: {:set, 53}]], "udp dport set 53"},
    {[tcp: [sport: {:add, 0x0102}]], "tcp sport add 0x0102"},
    {[udp: [dport: {:add, 65_535}]], "udp dport add 65535"},
    {[ip6: [payload_len: {:add, 4}]], "ip6 payload_len add 4"},
    {[ip: [dst: {:add, 0x01020304}]], "ip dst add 1.2.3.4"},
    {[network: [{{4, :u16}, {:add, 0x1234}}]], "offset 4 u16 add 0x1234"},
    {[network: [{{12, :u32}, {:add, 0xFEDCBA98}}]], "offset 12 u32 add 0xfedcba98"},
    {[network: [{{4, :u16}, {:set, 0x1234}}]], "offset 4 u16 set 0x1234"},
    {[network: [{{9, :u8}, {:set, 0x12}}]], "offset 9 u8 set 0x12"},
    {[network: [{{12, :u32}, {:set, 0x12345678}}]], "offset 12 u32 set 0x12345678"},
    {[network: [{{0, :u32, {0, 15, 2}}, {:set, 5}}]], "offset 0 u32 at 0 0f 2 set 5"}
  ]

  test "edits are those of tc", %{sock: sock, ns: ns} do
    for {munge, words} <- @edits do
      assert %Pedit{} = same!(sock, ns, :pedit, [munge: munge], "ex munge #{words} pass")
      :ok = Action.flush(sock, :pedit)
    end

    # tc of iproute2 6.1 sets 19 of the 20 bits.
    :ok = Action.add(sock, :pedit, munge: [ip6: [flow_lbl: {:set, 0xFFFFF}]], index: 1)
    key = %{"offset" => 0, "mask" => "fff00000", "val" => "fffff", "htype" => "ipv6"}
    assert [%{} = shown] = tc_action(ns, :pedit, 1)["keys"]
    assert Map.delete(shown, "cmd") == key

    munge = [ip: [ttl: {:add, 255}, src: {:set, "192.0.2.1"}], eth: [dst: {:set, @mac}]]
    words = "munge ip ttl add 255 munge ip src set 192.0.2.1 munge eth dst set #{@mac}"
    pedit = same!(sock, ns, :pedit, [munge: munge, control: :pipe], "ex #{words} pipe")
    assert Enum.map(pedit.keys_ex, & &1.htype) == [:ip, :ip, :eth, :eth]
    assert Enum.map(pedit.keys_ex, & &1.cmd) == [:add, :set, :set, :set]
    assert Enum.map(Pedit.parms(pedit).keys, & &1.off) == [8, 12, 0, 4]
    assert Enum.at(Pedit.parms(pedit).keys, 1).val == 0xC0000201
  end

  test "edits of the network layer's header alone, as tc sends them", %{sock: sock, ns: ns} do
    tc!(ns, "actions add action pedit munge offset 12 u32 set 0x01020304 index 5")
    assert {:ok, entry} = Action.get(sock, :pedit, 5)
    assert Action.Entry.index(entry) == 5
    assert [%{off: 12, val: 0x01020304, mask: 0}] = Pedit.parms(entry.options).keys
    shown = tc_action(ns, :pedit, 5)
    :ok = Action.delete(sock, :pedit, 5)
    assert :ok = Action.add(sock, entry)
    assert tc_action(ns, :pedit, 5)["keys"] == shown["keys"]
  end
end
