defmodule Linx.Namespace.Rtnl.Tc.Packets.RedirectTest do
  # Packets that the action mirred copies or sends to another link.
  use Linx.Test.NamespaceCase

  import Linx.Test.Packets

  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc, Stats}

  @moduletag :vm

  setup :wire

  # Links m0 and m1 of the receiving namespace.
  setup %{other_sock: sock, other: other} do
    :ok = Link.create_veth(sock, "m0", "m1")
    for link <- ["m0", "m1"], do: :ok = Link.set_up(sock, link)
    carrier(other, "m0")
    carrier(other, "m1")
    :ok = Qdisc.add(sock, "v1", :clsact)
    %{copies: wiretap(other, "m1")}
  end

  @place [parent: :ingress, prio: 1, handle: 1]

  defp mirred(sock, opts, match \\ []) do
    actions = [mirred: opts]

    :ok =
      Filter.add(
        sock,
        "v1",
        :flower,
        [protocol: :ip, ip_proto: :udp, actions: actions] ++ match ++ @place
      )
  end

  defp count(sock) do
    {:ok, %Filter{options: %{act: [mirred]}}} = Filter.get(sock, "v1", @place)
    {Stats.packets(mirred.stats), mirred.stats.basic.bytes}
  end

  # The numbers in the datagrams of frames.
  defp datagrams(frames) do
    for %{bytes: <<_::binary-42, number::32, _::binary>>} <- frames, do: number
  end

  test "copies of some packets arrive on another link", context do
    %{ns: ns, other: other, other_sock: sock, copies: copies} = context
    mirred(sock, [egress: :mirror, dev: "m0"], dst_port: 5001)
    there = for port <- [5000, 5001], do: receiver(other, port)
    udp = sender(ns)
    send_numbered(udp, 5000, 1..20)
    send_numbered(udp, 5001, 101..137, size: 700)

    assert Enum.map(there, &numbers(received(&1))) == [
             Enum.to_list(1..20),
             Enum.to_list(101..137)
           ]

    frames = received(copies)
    assert datagrams(frames) == Enum.to_list(101..137)
    assert Enum.all?(frames, &(byte_size(&1.bytes) == frame_size(700)))
    # The kernel counts received packets without their Ethernet header.
    assert count(sock) == {37, 37 * (frame_size(700) - 14)}
    assert link_packets(other, "m0") == 37
  end

  test "packets go to another link", context do
    %{ns: ns, other: other, other_sock: sock, copies: copies} = context
    mirred(sock, egress: :redirect, dev: "m0")
    there = receiver(other, 5000)
    send_numbered(sender(ns), 5000, 1..25)
    assert received(there) == []
    assert datagrams(received(copies)) == Enum.to_list(1..25)
    assert {25, _bytes} = count(sock)
  end

  test "a link receives packets of another one", context do
    %{ns: ns, other: other, other_sock: sock} = context
    mirred(sock, ingress: :redirect, dev: "m0")
    received_there = wiretap(other, "m0")
    send_numbered(sender(ns), 5000, 1..25)
    assert datagrams(received(received_there)) == Enum.to_list(1..25)
    assert {25, _bytes} = count(sock)
  end

  test "received packets pass a qdisc of an ifb", context do
    %{ns: ns, other: other, other_sock: sock} = context
    :ok = Link.create(sock, "ifb0", :ifb, up: true)
    :ok = Qdisc.add(sock, "ifb0", :tbf, rate: "4mbit", burst: 10_000, limit: 4_000_000)
    mirred(sock, egress: :redirect, dev: "ifb0")
    count = 1200

    measured =
      nearest(500_000, fn ->
        there = receiver(other, 5000)
        udp = sender(ns)
        {:ok, packets} = collect(there, fn -> send_numbered(udp, 5000, 1..count, size: 1000) end)
        for socket <- [there, udp], do: :socket.close(socket)
        assert numbers(packets) == Enum.to_list(1..count)
        rate(packets)
      end)

    assert error(measured, 500_000) <= 0.05, inspect(measured)
    {:ok, %Qdisc{stats2: stats}} = Qdisc.get(sock, "ifb0", nil)
    assert rem(Stats.packets(stats), count) == 0
    assert stats.basic.bytes == Stats.packets(stats) * frame_size(1000)
  end

  defp link_packets(ns, link) do
    ns
    |> exec!("cat", "/sys/class/net/#{link}/statistics/tx_packets")
    |> String.trim()
    |> String.to_integer()
  end
end
