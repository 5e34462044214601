defmodule Linx.Namespace.Rtnl.VlanTest do
  # VLANs of bridges and ports: added, deleted, listed. Judged by `bridge -json`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.BridgeVlans

  alias Linx.Netlink.{Batch, Error, Request}
  alias Linx.Netlink.Rtnl.Vlan
  alias Linx.Test.JSON

  # The bridges of some kernels have no VLANs.
  @moduletag :vm

  setup :bridge

  describe "adding" do
    for {text, link, vids, opts, expected} <- [
          {"one VLAN", "v0", 10, [], [%{"vlan" => 10}]},
          {"a range", "v0", {10, 19}, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range as an Elixir Range", "v0", 10..19, [], [%{"vlan" => 10, "vlanEnd" => 19}]},
          {"a range of one VLAN", "v0", {10, 10}, [], [%{"vlan" => 10}]},
          {"the range of all VLANs", "v0", {2, 4094}, [], [%{"vlan" => 2, "vlanEnd" => 4094}]},
          {"the VLAN of frames without a tag", "v0", 10, [pvid: true, untagged: true],
           [%{"vlan" => 10, "flags" => ["PVID", "Egress Untagged"]}]},
          {"a range whose frames are sent without a tag", "v0", {10, 19},
           [pvid: false, untagged: true],
           [%{"vlan" => 10, "vlanEnd" => 19, "flags" => ["Egress Untagged"]}]},
          {"a VLAN of the bridge itself", "br0", 10, [], [%{"vlan" => 10}]},
          {"a range with a state", "v0", {10, 19}, [state: :learning],
           [%{"vlan" => 10, "vlanEnd" => 19, "state" => "learning"}]},
          {"a range with a multicast router", "v0", {10, 11}, [mcast_router: 2],
           [%{"vlan" => 10, "vlanEnd" => 11, "mcast_router" => 2}]}
        ] do
      test "#{text} is added and deleted", %{ns: ns, sock: sock} do
        {link, vids} = {unquote(link), unquote(Macro.escape(vids))}
        assert Vlan.add(sock, link, vids, unquote(opts)) == :ok

        for {expected, shown} <- Enum.zip(unquote(Macro.escape(expected)), added(ns, link)),
            key <- ~w(vlan vlanEnd flags state mcast_router),
            key in ~w(vlan vlanEnd flags) or is_map_key(expected, key),
            do: assert({key, shown[key]} == {key, expected[key]})

        assert Vlan.delete(sock, link, vids) == :ok
        assert added(ns, link) == []
        # Deleting VLANs that the link does not have is no error.
        assert Vlan.delete(sock, link, vids) == :ok
      end
    end

    # As bridge shows them after each step, VLAN 1 of every port included.
    for {text, steps} <- [
          {"parts of a range are added and deleted",
           [
             {:add, "v0", {10, 19}, [untagged: true], ["1 pu", "10-19 u"]},
             {:delete, "v0", {12, 14}, [], ["1 pu", "10-11 u", "15-19 u"]},
             {:delete, "v0", 10, [], ["1 pu", "11 u", "15-19 u"]},
             {:delete, "v0", 19..19, [], ["1 pu", "11 u", "15-18 u"]},
             {:add, "v0", 12..14, [], ["1 pu", "11 u", "12-14", "15-18 u"]},
             {:add, "v0", {12, 14}, [untagged: true], ["1 pu", "11-18 u"]},
             # These ranges are larger than the VLANs of the port.
             {:delete, "v0", {2, 16}, [], ["1 pu", "17-18 u"]},
             {:delete, "v0", {1, 4094}, [], []}
           ]},
          {"a second VLAN for frames without a tag replaces the first",
           [
             {:add, "v0", 10, [pvid: true], ["1 u", "10 p"]},
             {:add, "v0", {10, 11}, [], ["1 u", "10-11"]},
             {:add, "v0", 1, [pvid: true, untagged: true], ["1 pu", "10-11"]},
             {:delete, "v0", 1, [], ["10-11"]}
           ]},
          {"the largest identifiers are accepted",
           [
             {:add, "v0", {4093, 4094}, [], ["1 pu", "4093-4094"]},
             {:add, "v0", 4094, [pvid: true], ["1 u", "4093", "4094 p"]}
           ]},
          {"VLANs of the bridge itself are independent of those of its ports",
           [
             {:add, "v0", {10, 12}, [], ["1 pu", "10-12"]},
             {:add, "br0", {11, 12}, [untagged: true], ["1 pu", "11-12 u"]},
             {:add, "vx0", 12, [], ["1 pu", "12"]},
             {:delete, "v0", 11, [], ["1 pu", "10", "12"]},
             {:delete, "br0", 12, [], ["1 pu", "11 u"]},
             {:delete, "vx0", 1, [], ["12"]},
             {:add, "br0", 10, [pvid: true], ["1 u", "10 p", "11 u"]},
             {:add, "v0", 10, [pvid: false], ["1 pu", "10", "12"]}
           ]}
        ] do
      test text, %{ns: ns, sock: sock} do
        for {verb, link, vids, opts, expected} = step <- unquote(Macro.escape(steps)) do
          assert {step, apply(Vlan, verb, [sock, link, vids, opts])} == {step, :ok}
          assert {step, texts(ns, link)} == {step, expected}
        end

        assert texts(ns, "v1") == []
      end
    end

    test "adding a VLAN again removes the flags that are not given", %{ns: ns, sock: sock} do
      :ok = Vlan.add(sock, "v0", 10, pvid: true, untagged: true, state: :blocking)
      :ok = Vlan.add(sock, "v0", 10)
      assert [%{"vlan" => 10, "state" => "blocking"} = shown] = added(ns, "v0")
      refute is_map_key(shown, "flags")
    end

    test "adding VLANs to a link that is no port fails", %{sock: sock} do
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v1", 10)
      assert {:error, %Error{errno: :enodev}} = Vlan.add(sock, "v9", 10)
      assert {:error, %Error{errno: :einval}} = Vlan.add(sock, "v0", {10, 19}, pvid: true)
    end
  end

  test "a list agrees with bridge", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {10, 19})
    :ok = Vlan.add(sock, "v0", {30, 39}, untagged: true)
    :ok = Vlan.add(sock, "v0", 40, pvid: true)
    :ok = Vlan.add(sock, "br0", 10)

    {:ok, all} = Vlan.list(sock)
    names = Map.new(ip_json(ns, "link show"), &{&1["ifindex"], &1["ifname"]})

    for vlans <- all do
      listed =
        for %{info: info} = entry <- vlans.entry do
          first..last//_ = Vlan.vids(entry)
          {first, last, :pvid in info.flags, :untagged in info.flags, to_string(entry.state)}
        end

      expected =
        for shown <- shown(ns, names[vlans.ifindex]) do
          flags = shown["flags"] || []
          last = shown["vlanEnd"] || shown["vlan"]
          {shown["vlan"], last, "PVID" in flags, "Egress Untagged" in flags, shown["state"]}
        end

      assert listed == expected
    end

    assert all |> Enum.map(&names[&1.ifindex]) |> Enum.sort() == ~w(br0 v0 vx0)
    assert {:ok, [one]} = Vlan.list(sock, "v0")
    assert inspect(one) in Enum.map(all, &inspect/1)
    assert {:error, %Error{errno: :einval}} = Vlan.list(sock, "v1")
  end

  test "VLANs that take several messages are one entry of the list", %{ns: ns, sock: sock} do
    :ok = Vlan.add(sock, "v0", {2, 4094})
    # Every other VLAN differs from the next.
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for vid <- 2..4094//2, do: Vlan.set(batch, "v0", vid, state: :blocking)
      end)

    assert Enum.uniq(results) == [:ok]

    assert {:ok, [%Vlan{entry: entries}]} = Vlan.list(sock, "v0")
    assert Enum.map(entries, & &1.info.vid) == Enum.to_list(1..4094)
    assert length(shown(ns, "v0")) == 4094

    {:ok, messages} = Request.talk(sock, 114, 0x300, <<7, 0::56>>)
    assert length(messages) > 3
  end

  test "counters are listed per VLAN", %{ns: ns, sock: sock} do
    ip!(ns, "link set br0 type bridge vlan_stats_enabled 1")
    :ok = Vlan.add(sock, "br0", {10, 11})
    ip!(ns, "link set br0 type bridge mcast_querier 1")
    exec!(ns, "bash", ["-c", "ip address add 10.0.0.1/24 dev br0; echo > /dev/udp/10.0.0.9/9"])

    {:ok, [vlans]} = Vlan.list(sock, link: "br0", stats: true)
    assert Enum.map(vlans.entry, &Vlan.vids/1) == [1..1, 10..10, 11..11]

    shown = ns |> bridge!("-json -statistics vlan show dev br0") |> JSON.decode!()
    assert [%{"vlans" => [%{"tx_packets" => sent} | _]}] = shown
    assert_in_delta hd(vlans.entry).stats.tx_packets, sent, 5
    assert sent > 0
  end
end
