defmodule Linx.Namespace.Rtnl.Link.AddressTest do
  # Link-layer addresses of other lengths than six bytes, compared with ip.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Socket
  alias Linx.Netlink.Rtnl.{Fdb, Link, Neighbour}

  setup %{path: path} do
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  defp address(bytes), do: %LinkAddress{bytes: bytes}
  defp ip(text), do: text |> IP.parse() |> elem(1)

  defp shown(ns, dev, dst) do
    Enum.find(ip_json(ns, "neighbour show dev #{dev} nud all"), &(&1["dst"] == dst))
  end

  describe "an Ethernet link" do
    setup %{ns: ns} do
      ip!(ns, "link add v0 type veth peer name v1")
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 up")
      :ok
    end

    test "an address is a MAC, and is set by text or value", %{ns: ns, sock: sock} do
      for given <- [
            "02:00:00:00:00:07",
            %MAC{bytes: <<2, 0, 0, 0, 0, 8>>},
            address(<<2, 0, 0, 0, 0, 9>>)
          ] do
        assert Link.set_address(sock, "v0", given) == :ok
        {:ok, link} = Link.get(sock, "v0")
        assert %MAC{} = link.address
        assert [%{"address" => text}] = ip_json(ns, "link show dev v0")
        assert {to_string(link.address), text} == {to_string(given), to_string(given)}
      end
    end

    test "an address of another length is refused, and changes nothing", %{ns: ns, sock: sock} do
      before = ip_json(ns, "link show dev v0")

      for given <- ["02:00", "192.0.2.9", "fd00::1", ip("192.0.2.9"), address(<<1::64>>)] do
        error = {:error, {:bad_mac, given}}
        assert Link.set_address(sock, "v0", given) == error
        assert Link.set(sock, "v0", broadcast: given) == error
        assert Neighbour.add(sock, "v0", "10.0.0.9", given) == error
        assert Neighbour.replace(sock, "v0", "10.0.0.9", given) == error
        assert Fdb.add(sock, "br0", given) == error
      end

      assert ip_json(ns, "link show dev v0") == before
      assert shown(ns, "v0", "10.0.0.9") == nil
    end

    test "an invalid address is refused before the link is looked up", %{sock: sock} do
      for bad <- ["", "02:", "x", "02-00-00-00-00-09", address(<<>>), %MAC{bytes: <<>>}] do
        assert Link.set_address(sock, "nope", bad) == {:error, {:bad_mac, bad}}
        assert Neighbour.add(sock, "nope", "10.0.0.9", bad) == {:error, {:bad_mac, bad}}
      end
    end
  end

  describe "a tunnel" do
    @describetag :vm

    setup %{ns: ns} do
      ip!(ns, "link add d0 type dummy")
      ip!(ns, "link set d0 up")

      for line <- [
            "g0 type gre local 192.0.2.1 key 7",
            "g1 type gre local 192.0.2.1 remote 192.0.2.2",
            "i0 type ipip local 192.0.2.1 remote 192.0.2.3",
            "s0 type sit local 192.0.2.1 remote 192.0.2.4",
            "s1 type sit local any remote any",
            "t0 type ip6tnl local fd00::1 remote fd00::2",
            "x0 type ip6gre local fd00::1 key 7",
            "x1 type ip6gre local fd00::1 remote fd00::3",
            "v4 type vti local 192.0.2.1 remote 192.0.2.5 key 8",
            "v6 type vti6 local fd00::1 remote fd00::5 key 8"
          ],
          do: ip!(ns, "link add #{line}")

      for link <- ~w(g0 x0), do: ip!(ns, "link set #{link} up")
      ip!(ns, "address add 10.7.0.1/24 dev g0")
      :ok
    end

    test "addresses are read as ip shows them", %{ns: ns, sock: sock} do
      {:ok, links} = Link.list(sock)
      links = Map.new(links, &{&1.name, &1})
      all_shown = ip_json(ns, "link show")
      assert length(all_shown) >= 11

      for %{"ifname" => name} = shown <- all_shown do
        link = links[name]

        assert {name, text(link.address)} == {name, shown["address"]}
        assert {name, text(link.broadcast)} == {name, shown["broadcast"]}

        if permanent = shown["permaddr"],
          do: assert({name, text(link.hardware.perm_address)} == {name, permanent})

        assert Link.decode(Link.encode(link)) == link
      end

      assert links["g0"].address == address(<<192, 0, 2, 1>>)
      assert links["t0"].broadcast == address(ip("fd00::2").bytes)
      assert %MAC{} = links["d0"].address
      assert byte_size(links["t0"].hardware.perm_address.bytes) == 16
    end

    defp text(nil), do: nil
    defp text(address), do: to_string(address)

    test "neighbours are written by text or value, and read as ip shows them", %{
      ns: ns,
      sock: sock
    } do
      ip!(ns, "neighbour add 10.7.0.2 lladdr 192.0.2.9 dev g0")
      {:ok, entry} = Neighbour.get(sock, "g0", "10.7.0.2")
      assert entry.lladdr == address(<<192, 0, 2, 9>>)
      assert inspect(entry) =~ "<10.7.0.2 -> 192.0.2.9 ifindex="
      assert shown(ns, "g0", "10.7.0.2")["lladdr"] == "192.0.2.9"

      for {given, n} <-
            Enum.with_index(
              ["192.0.2.9", "c0:0:2:9", ip("192.0.2.9"), address(<<192, 0, 2, 9>>)],
              10
            ) do
        dst = "10.7.0.#{n}"
        assert Neighbour.add(sock, "g0", dst, given) == :ok
        assert %{"lladdr" => "192.0.2.9", "state" => ["PERMANENT"]} = shown(ns, "g0", dst)
        assert Neighbour.replace(sock, "g0", dst, "192.0.2.10") == :ok
        assert %{"lladdr" => "192.0.2.10"} = shown(ns, "g0", dst)
        {:ok, entry} = Neighbour.get(sock, "g0", dst)
        assert entry.lladdr == address(<<192, 0, 2, 10>>)
        assert Neighbour.delete(sock, "g0", dst) == :ok
      end

      for {given, n} <-
            Enum.with_index(["fd00::9", ip("fd00::9"), address(ip("fd00::9").bytes)], 2) do
        dst = "fd07::#{n}"
        assert Neighbour.add(sock, "x0", dst, given) == :ok
        assert %{"lladdr" => "fd00::9"} = shown(ns, "x0", dst)
        {:ok, entry} = Neighbour.get(sock, "x0", dst)
        assert entry.lladdr == address(ip("fd00::9").bytes)
      end
    end

    test "an Ethernet address is refused for a tunnel", %{ns: ns, sock: sock} do
      mac = "02:00:00:00:00:09"
      assert Neighbour.add(sock, "g0", "10.7.0.2", mac) == {:error, {:bad_mac, mac}}
      assert shown(ns, "g0", "10.7.0.2") == nil
    end
  end
end
