defmodule Linx.Namespace.Rtnl.Link.RefusedTest do
  # Requests for links that are refused, by the library or by the kernel, change nothing.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Link, LinkInfo}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    :ok = Link.create_veth(sock, "v0", "v1")
    %{sock: sock}
  end

  setup %{ns: ns}, do: %{before: ip_json(ns, "-details link show")}

  test "an unknown link is refused with :enodev", %{ns: ns, sock: sock, before: before} do
    error = {:error, enodev(~s(no such interface "none"))}

    for {verb, args} <- [
          delete: [],
          set_up: [],
          set_down: [],
          set_mtu: [1400],
          set_name: ["new"],
          set_address: ["02:00:00:00:00:01"],
          set_master: ["v0"],
          unset_master: [],
          set_txqlen: [1],
          set_group: [1],
          set_alias: ["x"],
          set_promisc: [true],
          set_multicast: [true],
          add_alt_name: ["x"],
          delete_alt_name: ["x"],
          move_to_netns: [1],
          set: [[mtu: 1400]]
        ] do
      assert {verb, apply(Link, verb, [sock, "none" | args])} == {verb, error}
    end

    assert Link.set_master(sock, "v0", "none") == error
    assert Link.create_bridge(sock, "x", master: "none") == error
    assert ip_json(ns, "-details link show") == before
  end

  test "a missing parent is refused with :enodev", %{ns: ns, sock: sock, before: before} do
    error = {:error, enodev(~s(no such parent interface "none"))}
    assert Link.create_macvlan(sock, "x", "none") == error
    assert Link.create_ipvlan(sock, "x", "none") == error
    assert Link.create_vlan(sock, "x", "none", 7) == error
    assert Link.create_vxlan(sock, "x", 7, parent: "none") == error
    assert ip_json(ns, "-details link show") == before
  end

  test "a path that does not exist or is no namespace is refused", %{
    ns: ns,
    sock: sock,
    before: before
  } do
    for verb <- [
          &Link.move_to_netns(sock, "v0", &1),
          &Link.create_bridge(sock, "x", netns: &1),
          &Link.create_veth(sock, "x", "y", netns: {:path, path(ns)}, peer: [netns: &1])
        ] do
      assert verb.({:path, "/run/netns/none"}) == {:error, {:open, 2}}
      assert verb.({:path, "/etc/passwd"}) == {:error, {:setns, 22}}
      assert verb.({:path, "a\0b"}) == {:error, {:bad_path, "a\0b"}}
      assert {:error, %Error{}} = verb.({:pid, 0x3FFFFFF})
    end

    # No descriptor of the namespace that exists is left open.
    refute path(ns) in for({_fd, target} <- Linx.Test.Descriptors.list(), do: target)
    assert ip_json(ns, "-details link show") == before
  end

  test "options of another kind are refused", %{ns: ns, sock: sock, before: before} do
    assert Link.set(sock, "v0", ageing_time: 7) == {:error, {:unknown_option, :ageing_time}}
    assert Link.set(sock, "lo", ageing_time: 7) == {:error, {:unknown_option, :ageing_time}}
    assert Link.set(sock, "v0", peer: "x") == {:error, {:unknown_option, :peer}}
    assert ip_json(ns, "-details link show") == before
  end

  test "a refusal has the kernel's message and the path of the field", %{
    ns: ns,
    sock: sock,
    before: before
  } do
    assert {:error, %Error{errno: :eexist}} = Link.create_bridge(sock, "v0")
    assert {:error, %Error{errno: :eopnotsupp}} = Link.create(sock, "x", "no such kind")

    assert {:error, %Error{errno: :einval, message: "mtu greater than device maximum"}} =
             Link.set_mtu(sock, "v0", 70_000)

    assert {:error,
            %Error{
              errno: :einval,
              message: "Local and remote address must be from the same family"
            }} = Link.create_vxlan(sock, "x", 7, local: "192.0.2.1", remote: "2001:db8::1")

    # The policy of the kernel allows 0 and 1.
    assert {:error, %Error{errno: :erange, attribute: [:linkinfo, :info_data, :localbypass]}} =
             Link.create(sock, "x", :vxlan, info_data: %LinkInfo.Vxlan{id: 7, localbypass: 2})

    assert ip_json(ns, "-details link show") == before
  end

  test "a change without privilege is refused with EPERM", %{ns: ns} do
    code = """
    alias Linx.Netlink.Rtnl
    {:ok, sock} = Rtnl.open()
    {:ok, _} = Rtnl.Link.list(sock)
    {:error, create} = Rtnl.Link.create_bridge(sock, "x")
    {:error, change} = Rtnl.Link.set_mtu(sock, "v0", 1400)
    {:error, delete} = Rtnl.Link.delete(sock, "v0")
    IO.puts(Enum.map_join([create, change, delete], ",", & &1.errno))
    """

    ebin = Application.app_dir(:linx, "ebin")
    drop = ["--bounding-set", "-net_admin", "--inh-caps", "-net_admin"]
    answer = exec!(ns, "setpriv", drop ++ ["elixir", "-pa", ebin, "-e", code])
    assert String.trim(answer) == "eperm,eperm,eperm"
  end

  defp enodev(message), do: %Error{errno: :enodev, code: 19, message: message}
end
