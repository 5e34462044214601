defmodule Linx.Namespace.Rtnl.Link.ChangeTest do
  # The functions that change a link, judged by `ip -json -details`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.MAC
  alias Linx.Netlink.{Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  for {name, verb, value, expected} <- [
        {"the MTU", :set_mtu, 1400, %{"mtu" => 1400}},
        {"the queue length", :set_txqlen, 77, %{"txqlen" => 77}},
        {"the group", :set_group, 7, %{"group" => "7"}},
        {"the description", :set_alias, "two words", %{"ifalias" => "two words"}},
        {"the address", :set_address, "02:00:00:00:00:2a", %{"address" => "02:00:00:00:00:2a"}}
      ] do
    test "#{name} is set", %{ns: ns, sock: sock} do
      assert Link.unquote(verb)(sock, "v0", unquote(value)) == :ok
      expected = unquote(Macro.escape(expected))
      assert Map.take(show(ns, "v0"), Map.keys(expected)) == expected
    end
  end

  test "an address is set by a struct, a description is removed", %{ns: ns, sock: sock} do
    :ok = Link.set_address(sock, "v0", %MAC{bytes: <<2, 0, 0, 0, 0, 7>>})
    :ok = Link.set_alias(sock, "v0", "words")
    assert %{"address" => "02:00:00:00:00:07", "ifalias" => "words"} = show(ns, "v0")
    :ok = Link.set_alias(sock, "v0", "")
    refute Map.has_key?(show(ns, "v0"), "ifalias")
  end

  test "a change of one flag keeps the other flags", %{ns: ns, sock: sock} do
    :ok = Link.set_up(sock, "v0")
    assert "UP" in show(ns, "v0")["flags"]

    for {verb, flag} <- [
          set_promisc: "PROMISC",
          set_allmulticast: "ALLMULTI",
          set_multicast: "MULTICAST"
        ] do
      before = show(ns, "v0")["flags"] -- [flag]
      :ok = apply(Link, verb, [sock, "v0", true])
      assert Enum.sort(show(ns, "v0")["flags"]) == Enum.sort([flag | before])
      :ok = apply(Link, verb, [sock, "v0", false])
      assert show(ns, "v0")["flags"] == before
    end

    :ok = Link.set(sock, "v0", arp: false, dynamic: true)
    assert Enum.all?(["NOARP", "DYNAMIC", "UP"], &(&1 in show(ns, "v0")["flags"]))
    :ok = Link.set_down(sock, "v0")
    assert "NOARP" in show(ns, "v0")["flags"] and "UP" not in show(ns, "v0")["flags"]
  end

  test "several options are set at once", %{ns: ns, sock: sock} do
    opts = [
      mtu: 1300,
      txqlen: 9,
      gso_max_size: 5000,
      gso_max_segs: 50,
      gro_max_size: 6000,
      addr_gen_mode: :none,
      linkmode: :dormant
    ]

    assert Link.set(sock, "v0", opts) == :ok

    assert %{
             "mtu" => 1300,
             "txqlen" => 9,
             "gso_max_size" => 5000,
             "gso_max_segs" => 50,
             "gro_max_size" => 6000,
             "inet6_addr_gen_mode" => "none",
             "linkmode" => "DORMANT"
           } = show(ns, "v0")

    :ok = Link.set(sock, "v0", gso_ipv4_max_size: 5001, gro_ipv4_max_size: 5002)

    {:ok, link} = Link.get(sock, "v0")
    assert %{gso_ipv4_max_size: 5001, gro_ipv4_max_size: 5002} = link.limits

    # Few drivers support proto_down; that of VXLAN does.
    :ok = Link.create_vxlan(sock, "vx0", 7)
    :ok = Link.set(sock, "vx0", proto_down: true)
    assert show(ns, "vx0")["proto_down"] == true
  end

  test "user space sets the operational state", %{ns: ns, sock: sock} do
    :ok = Link.set(sock, "v0", linkmode: :dormant)
    for link <- ["v0", "v1"], do: :ok = Link.set_up(sock, link)
    eventually(fn -> show(ns, "v0")["operstate"] == "DORMANT" end)
    :ok = Link.set(sock, "v0", operstate: :up)
    assert show(ns, "v0")["operstate"] == "UP"
  end

  test "the IPv6 token of a link is set", %{ns: ns, sock: sock} do
    :ok = Link.set_up(sock, "v0")
    :ok = Link.set(sock, "v0", token: "::7")
    assert ip!(ns, "token get dev v0") =~ "::7"

    assert Link.set(sock, "v0", token: "10.0.0.7") ==
             {:error, {:bad_option, :token, "10.0.0.7"}}
  end

  @tag :vm
  test "the carrier of a dummy link is switched off and on", %{ns: ns, sock: sock} do
    :ok = Link.create_dummy(sock, "d0", up: true)
    :ok = Link.set(sock, "d0", carrier: false)
    assert "NO-CARRIER" in show(ns, "d0")["flags"]
    :ok = Link.set(sock, "d0", carrier: true)
    refute "NO-CARRIER" in show(ns, "d0")["flags"]
  end

  test "a link is renamed, but not to a name in use", %{ns: ns, sock: sock} do
    assert Link.set_name(sock, "v0", "lan") == :ok
    assert show(ns, "lan")["link"] == "v1"
    assert Link.set_name(sock, "lan", "v1") == {:error, %Error{errno: :eexist, code: 17}}
  end

  test "a link joins a bridge and leaves it", %{ns: ns, sock: sock} do
    :ok = Link.create_bridge(sock, "br0")
    assert Link.set_master(sock, "v0", "br0") == :ok
    assert show(ns, "v0")["master"] == "br0"
    assert Link.unset_master(sock, "v0") == :ok
    refute Map.has_key?(show(ns, "v0"), "master")
    assert Link.unset_master(sock, "v0") == :ok
  end

  test "alternative names are added and deleted", %{ns: ns, sock: sock} do
    assert Link.add_alt_name(sock, "v0", "a rather long name, with blanks") == :ok
    assert Link.add_alt_name(sock, "v0", "other") == :ok
    assert show(ns, "v0")["altnames"] == ["a rather long name, with blanks", "other"]

    {:ok, link} = Link.get(sock, "other")
    assert Link.alt_names(link) == ["a rather long name, with blanks", "other"]

    assert {:error, %Error{errno: :eexist}} = Link.add_alt_name(sock, "v1", "other")
    assert Link.delete_alt_name(sock, "v0", "other") == :ok
    assert show(ns, "v0")["altnames"] == ["a rather long name, with blanks"]
    assert {:error, %Error{errno: :enoent}} = Link.delete_alt_name(sock, "v0", "other")
  end

  test "a link moves to another namespace by path, descriptor and pid", %{ns: ns, sock: sock} do
    there = netns!()
    {:ok, fd} = Socket.Native.open_netns(path(there))

    sleeper =
      Port.open({:spawn_executable, "/usr/sbin/ip" |> existing("/sbin/ip")},
        args: ["netns", "exec", there, "sleep", "60"]
      )

    {:os_pid, pid} = Port.info(sleeper, :os_pid)

    eventually(fn ->
      File.read_link("/proc/#{pid}/ns/net") != File.read_link("/proc/self/ns/net")
    end)

    for target <- [{:path, path(there)}, {:fd, fd}, pid, {:pid, pid}] do
      assert Link.move_to_netns(sock, "v0", target) == :ok
      assert "v0" in names(there, "link show")
      refute "v0" in names(ns, "link show")
      ip!(there, ["link", "set", "v0", "netns", ns])
    end

    Socket.Native.close_fd(fd)
    System.cmd("kill", [to_string(pid)])
  end

  defp show(ns, name) do
    [link] = ip_json(ns, ["-details", "link", "show", "dev", name])
    link
  end

  defp names(ns, args), do: ns |> ip_json(args) |> Enum.map(& &1["ifname"])
  defp existing(path, other), do: if(File.exists?(path), do: path, else: other)
end
