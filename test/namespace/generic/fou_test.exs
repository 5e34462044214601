defmodule Linx.Namespace.Generic.FouTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.Fou

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # What `ip fou show` prints, by port.
  defp shown(ns), do: Map.new(ip_json(ns, "fou show"), &{&1["port"], Map.delete(&1, "port")})

  test "a receiver is that which ip fou shows", %{sock: sock, ns: ns} do
    assert Fou.list(sock) == {:ok, []}
    assert Fou.add(sock, 5555, ipproto: :gre) == :ok
    assert Fou.add(sock, 5556, type: :gue, remcsum_nopartial: true) == :ok
    assert Fou.add(sock, 5557, ipproto: 4, type: :direct, family: :inet6) == :ok

    assert %{5555 => direct, 5556 => gue, 5557 => inet6} = shown(ns)
    assert %{"ipproto" => 47} = direct
    assert %{"gue" => nil} = gue
    assert %{"family" => "inet6", "ipproto" => 4} = inet6

    {:ok, list} = Fou.list(sock)

    assert [
             %Fou{port: 5555, af: :inet, ipproto: :gre, type: :direct, remcsum_nopartial: nil},
             %Fou{port: 5556, af: :inet, ipproto: 0, type: :gue, remcsum_nopartial: true},
             %Fou{port: 5557, af: :inet6, ipproto: :ipip, type: :direct}
           ] = Enum.sort_by(list, & &1.port)

    for fou <- list, do: assert(Fou.get(sock, fou.port, family: fou.af) == {:ok, fou})
  end

  test "addresses, ports and links are those that ip fou shows", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")
    ip!(ns, "link set va up")
    ip!(ns, "link set vb up")
    ip!(ns, "address add 192.0.2.1/24 dev va")
    ip!(ns, "address add 2001:db8::1/64 dev va")

    four = [local: "192.0.2.1", peer: "192.0.2.2", peer_port: 7000, dev: "va"]
    six = [local: "2001:db8::1", peer: "2001:db8::2", peer_port: 7001, dev: "va"]
    assert Fou.add(sock, 6000, [ipproto: :ipip] ++ four) == :ok
    assert Fou.add(sock, 6000, [ipproto: :gre] ++ six) == :ok

    shown = ip_json(ns, "fou show") |> Map.new(&{&1["local"], &1})

    assert %{"port" => 6000, "peer" => "192.0.2.2", "peer_port" => 7000, "dev" => "va"} =
             shown["192.0.2.1"]

    assert %{"port" => 6000, "peer" => "2001:db8::2", "peer_port" => 7001, "dev" => "va"} =
             shown["2001:db8::1"]

    [%{"ifindex" => index}] = ip_json(ns, "link show dev va")
    {:ok, local} = IP.parse("2001:db8::1")

    assert {:ok, %Fou{local_v6: ^local, peer_port: 7001, ifindex: ^index, ipproto: :gre}} =
             Fou.get(sock, 6000, six)

    # The same port, but another receiver.
    assert {:error, %Error{errno: :esrch}} = Fou.get(sock, 6000)
    assert Fou.delete(sock, 6000, four) == :ok
    assert [%{"local" => "2001:db8::1"}] = ip_json(ns, "fou show")
  end

  test "a receiver is deleted, in a batch too", %{sock: sock, ns: ns} do
    assert {:ok, [:ok, :ok, {:ok, %Fou{port: 5555}}, :ok, {:error, %Error{errno: :einval}}]} =
             Batch.run(sock, fn batch ->
               [
                 Fou.add(batch, 5555, ipproto: :ipip),
                 Fou.add(batch, 5556, type: :gue),
                 Fou.get(batch, 5555),
                 Fou.delete(batch, 5555),
                 Fou.delete(batch, 5555)
               ]
             end)

    assert Map.keys(shown(ns)) == [5556]
  end

  test "the kernel refuses a port in use", %{sock: sock} do
    assert Fou.add(sock, 5555, ipproto: :ipip) == :ok
    assert {:error, %Error{errno: errno}} = Fou.add(sock, 5555, ipproto: :ipip)
    assert errno in [:eaddrinuse, :ealready]
    assert {:error, %Error{errno: :einval}} = Fou.add(sock, 1, peer: "192.0.2.1", ipproto: 4)
    assert {:error, %Error{errno: :einval}} = Fou.add(sock, 1, dev: "lo", ipproto: 4)
    assert {:error, %Error{errno: :enodev}} = Fou.add(sock, 1, dev: "absent", local: "192.0.2.1")
  end
end
