defmodule Linx.Namespace.Rtnl.LinkTest do
  # Lists and lookups of links, judged by `ip -json -details`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  describe "reading" do
    test "a link is found by name, alternative name and index", %{ns: ns, sock: sock} do
      ip!(ns, "link property add dev v0 altname short")
      ip!(ns, ["link", "property", "add", "dev", "v0", "altname", String.duplicate("x", 127)])
      %{"ifindex" => index} = show(ns, "v0")

      for ref <- ["v0", "short", String.duplicate("x", 127), index] do
        assert {:ok, %Link{name: "v0", index: ^index}} = Link.get(sock, ref)
      end
    end

    test "an unknown link is ENODEV, by name and index", %{sock: sock} do
      assert Link.get(sock, "none") == {:error, enodev(~s(no such interface "none"))}
      assert Link.get(sock, 4711) == {:error, enodev("no such interface 4711")}
      long = String.duplicate("y", 40)
      assert Link.get(sock, long) == {:error, enodev(~s(no such interface "#{long}"))}
    end

    test "exists? looks up a name, an alternative name or an index", %{ns: ns, sock: sock} do
      ip!(ns, "link property add dev v0 altname short")
      %{"ifindex" => index} = show(ns, "v0")
      for ref <- ["v0", "short", index, "lo"], do: assert(Link.exists?(sock, ref) == true)
      for ref <- ["none", 4711, String.duplicate("y", 40)], do: refute(Link.exists?(sock, ref))
      assert Link.exists?(sock, "") == {:error, {:bad_name, ""}}
      assert Link.exists?(sock, "v0", stats: true) == {:error, {:unknown_option, :stats}}
      Socket.close(sock)
      assert {:error, {:send, _reason}} = Link.exists?(sock, "v0")
    end

    test "the values of a link have the names that ip has", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0 up")

      for shown <- ip_json(ns, "-details link show") do
        {:ok, link} = Link.get(sock, shown["ifname"])
        assert Link.kind(link) == shown["linkinfo"]["info_kind"]
        assert Link.slave_kind(link) == shown["linkinfo"]["info_slave_kind"]
        assert Link.up?(link) == "UP" in shown["flags"]
        assert Link.carrier?(link) == "LOWER_UP" in shown["flags"]
        assert Link.flag?(link, :loopback) == "LOOPBACK" in shown["flags"]
        assert to_string(Link.hardware_type(link)) == shown["link_type"]
      end
    end

    test "a list has the links that ip lists, filtered by kind and master", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0")

      {:ok, all} = Link.list(sock)
      assert Enum.map(all, & &1.name) == names(ns, "link show")

      {:ok, veths} = Link.list(sock, kind: :veth)
      assert Enum.map(veths, & &1.name) == names(ns, "link show type veth")

      {:ok, ports} = Link.list(sock, master: "br0")
      assert Enum.map(ports, & &1.name) == ["v0"]

      assert Link.list(sock, kind: "veth", master: "br0") == {:ok, ports}
      assert Link.list(sock, kind: "no such kind") == {:ok, []}
      assert Link.list(sock, master: "none") == {:error, enodev(~s(no such interface "none"))}
    end

    test "the ports of a bridge are read from messages of AF_BRIDGE too", %{ns: ns, sock: sock} do
      ip!(ns, "link add br0 type bridge")
      ip!(ns, "link set v0 master br0")
      ip!(ns, "link set v0 type bridge_slave cost 9")

      {:ok, links} = Request.dump(sock, 18, %Link{family: 7})
      assert %Link{protinfo: %LinkInfo.BridgePort{cost: 9}} = Enum.find(links, &(&1.name == "v0"))
    end
  end

  defp show(ns, name) do
    [link] = ip_json(ns, ["-details", "link", "show", "dev", name])
    link
  end

  defp names(ns, args), do: ns |> ip_json(args) |> Enum.map(& &1["ifname"])
  defp enodev(message), do: %Error{errno: :enodev, code: 19, message: message}
end
