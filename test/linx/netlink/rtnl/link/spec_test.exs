defmodule Linx.Netlink.Rtnl.Link.SpecTest do
  use ExUnit.Case, async: true

  alias Linx.{IP, MAC}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Link.Spec

  @indices %{"v0" => 2, "br0" => 3}

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  describe "an option of a link" do
    defp changes(kind, opts, fields) do
      {:ok, spec} = Spec.normalize({"x", kind, opts})
      link = struct!(%Link{name: "x", flags: 0x1043, mtu: 1500}, fields)
      Spec.changes(spec, link, @indices)
    end

    test "differs if it would change the link" do
      assert changes(nil, [up: true, arp: true, mtu: 1500], []) == []
      assert changes(nil, [up: false, mtu: 1500], []) == [up: false]
      assert changes(nil, [mtu: 1400, promisc: true], []) == [mtu: 1400, promisc: true]
      assert changes(nil, [master: "br0"], []) == [master: "br0"]
      assert changes(nil, [master: "br0"], master: 3) == []
      assert changes(nil, [master: nil], []) == []
      assert changes(nil, [master: nil], master: 3) == [master: nil]
      assert changes(nil, [alias: "a"], ifalias: "a") == []
      assert changes(nil, [alias: "a"], []) == [alias: "a"]

      mac = MAC.decode(<<2, 0, 0, 0, 0, 1>>)
      assert changes(nil, [address: "02:00:00:00:00:01"], address: mac) == []
    end

    test "does not differ if the mode of the link does not use it" do
      alias Linx.Netlink.Rtnl.LinkInfo

      changes = fn mode ->
        data = %LinkInfo.Amt{
          mode: mode,
          link: 2,
          discovery_ip: ip("0.0.0.0"),
          local_ip: ip("192.0.2.1")
        }

        opts = [parent: "v0", mode: mode, local: "192.0.2.1", discovery: "192.0.2.2"]
        changes(:amt, opts, linkinfo: %LinkInfo{kind: "amt", info_data: data})
      end

      assert changes.(:relay) == []
      assert changes.(:gateway) == [discovery: "192.0.2.2"]
    end

    test "is compared in the data of the link's kind too, flags by their mask" do
      alias Linx.Netlink.Rtnl.LinkInfo

      info = %LinkInfo{
        kind: "vlan",
        info_data: %LinkInfo.Vlan{
          id: 7,
          protocol: :"802.1q",
          flags: %LinkInfo.Vlan.Flags{flags: [:reorder_hdr, :gvrp], mask: 0xFFFFFFFF}
        }
      }

      fields = [linkinfo: info, link: 2]
      same = [parent: "v0", id: 7, protocol: :"802.1q", flags: [gvrp: true]]
      assert changes(:vlan, same, fields) == []
      assert changes(:vlan, [parent: "v0", id: 8], fields) == [id: 8]
      assert changes(:vlan, [parent: "br0", id: 7], fields) == [parent: "br0"]

      assert changes(:vlan, [parent: "v0", id: 7, flags: [gvrp: false]], fields) ==
               [flags: [gvrp: false]]
    end
  end
end
