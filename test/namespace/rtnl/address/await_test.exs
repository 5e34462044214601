defmodule Linx.Namespace.Rtnl.Address.AwaitTest do
  # `Address.await/4`, which waits for the end of duplicate address detection.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.Socket
  alias Linx.Netlink.Rtnl.Address

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "waiting" do
    test "a wait times out while an address is tentative, and then succeeds", %{
      ns: ns,
      sock: sock
    } do
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      # Detection begins when the link is up.
      :ok = Address.add(sock, "v0", "fd00::5", 64)
      assert %{"tentative" => true} = shown(ns, "v0", "fd00::5")
      assert Address.await(sock, "v0", "fd00::5", 0) == {:error, :timeout}

      for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
      assert Address.await(sock, "v0", "fd00::5", :infinity) == :ok
      refute Map.has_key?(shown(ns, "v0", "fd00::5"), "tentative")
    end

    test "a wait returns :dadfailed when another host has the address", %{ns: ns, sock: sock} do
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
      ip!(ns, "address add fd00::5/64 dev v1 nodad")

      :ok = Address.add(sock, "v0", "fd00::5", 64)
      assert Address.await(sock, "v0", "fd00::5", :infinity) == {:error, :dadfailed}
      assert %{"dadfailed" => true} = shown(ns, "v0", "fd00::5")
    end

    test "a wait returns at once for an address that needs no detection", %{ns: ns, sock: sock} do
      :ok = Address.add(sock, "v0", "10.0.0.5", 24)
      :ok = Address.add(sock, "v0", "fd00::6", 64, flags: [:nodad])
      for ip <- ~w(10.0.0.5 fd00::6), do: assert(Address.await(sock, "v0", ip, 0) == :ok)

      # A kernel without CONFIG_IPV6_OPTIMISTIC_DAD has no such file.
      if exec!(ns, "ls", "/proc/sys/net/ipv6/conf/v0") =~ "optimistic_dad" do
        sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1, "net/ipv6/conf/v0/optimistic_dad": 1)
        :ok = Address.add(sock, "v0", "fd00::7", 64, flags: [:optimistic])
        assert %{"optimistic" => true, "tentative" => true} = shown(ns, "v0", "fd00::7")
        assert Address.await(sock, "v0", "fd00::7", 0) == :ok
      end
    end

    test "a wait is :not_found for an absent or deleted address", %{ns: ns, sock: sock} do
      assert Address.await(sock, "v0", "10.0.0.5") == {:error, :not_found}
      assert Address.await(sock, "v0", "fd00::5") == {:error, :not_found}

      # The link is down, so the address stays tentative until it is deleted.
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      :ok = Address.add(sock, "v0", "fd00::5", 64)
      waiting = Task.async(fn -> Address.await(sock, "v0", "fd00::5", :infinity) end)
      assert Task.yield(waiting, 100) == nil
      ip!(ns, "address delete fd00::5/64 dev v0")
      assert Task.await(waiting, :infinity) == {:error, :not_found}
    end
  end

  # The entry of `ip -json` for one address of a link; `nil` if there is none.
  defp shown(ns, link, ip) do
    [%{"addr_info" => addresses}] = ip_json(ns, "-details address show dev #{link}")
    Enum.find(addresses, &(&1["local"] == ip))
  end
end
