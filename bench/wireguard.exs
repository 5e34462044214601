defmodule Bench.WireGuard do
  @moduledoc false
  # A WireGuard link with many peers, compared with `wg` and with the least that it can cost: receiving the
  # messages. Where this kernel has no WireGuard, and $RUN_IN_VM is a program that runs a command under
  # another one, it is measured there.

  import Bench.Lists, only: [discard: 4, listed: 4, made: 3, size: 3]
  import Bench.Measure

  alias Bench.Guest
  alias Linx.Netlink.{Generic, Rtnl, Socket}
  alias Linx.Netlink.Generic.WireGuard
  alias Linx.Netlink.Generic.WireGuard.Key
  alias Linx.Netlink.Rtnl.Link

  @peers 1000
  @get "`WireGuard.get/2`"

  # NETLINK_GENERIC.
  @generic 16

  def run(floor) do
    {_, 0} = System.cmd("ip", ["netns", "add", "wireguard"])
    path = "/run/netns/wireguard"
    {:ok, sock} = Generic.open({:path, path})

    case Generic.family(sock, "wireguard") do
      {:ok, family} -> measured(sock, path, floor, family.id)
      {:error, _} -> Guest.tables("wireguard_in_vm.exs", [floor], "table t", "WireGuard")
    end
  after
    System.cmd("ip", ["netns", "delete", "wireguard"])
  end

  defp measured(sock, path, floor, id) do
    ns = Path.basename(path)
    {:ok, rtnl} = Rtnl.open({:path, path})
    :ok = Link.create(rtnl, "wg0", :wireguard)
    :ok = Socket.close(rtnl)

    :ok =
      WireGuard.set(sock, "wg0", private_key: Key.generate(), peers: Enum.map(1..@peers, &peer/1))

    {:ok, %{ifindex: index, peers: [peer | _] = peers}} = WireGuard.get(sock, "wg0")
    @peers = length(peers)
    request = {@generic, id, <<0, 1, 0, 0, 8::native-16, 1::native-16, index::native-32>>}
    {bytes, _messages} = size(floor, request, ns)

    in_turn([
      discard(floor, request, 50, ns),
      {@get, fn -> sample(50, fn -> {:ok, _} = WireGuard.get(sock, index) end) end},
      made(@peers, 50, &changed(peer, &1)),
      {"`wg show wg0 dump`", fn -> command(5, "nsenter --net=#{path} wg show wg0 dump") end}
    ])
    |> listed("t. Reading a WireGuard link with #{@peers} peers (#{bytes} bytes)", [@get], [
      "receive and discard",
      "the bound",
      "`wg show"
    ])
  end

  defp peer(n) do
    [
      public_key: %Key{bytes: :crypto.hash(:sha256, <<n::32>>), secret: false},
      endpoint: {{192, 0, 2, 1}, n},
      allowed_ips: [
        {{10, 0, div(n, 256), rem(n, 256)}, 32},
        {{10, 1, div(n, 256), rem(n, 256)}, 32}
      ]
    ]
  end

  # With another key, endpoint and subnets.
  defp changed(%{endpoint: {ip, _port}, allowed_ips: subnets} = peer, n) do
    %{
      peer
      | public_key: %{peer.public_key | bytes: <<n::256>>},
        endpoint: {ip, n},
        allowed_ips:
          for(subnet <- subnets, do: %{subnet | address: %{subnet.address | bytes: <<n::32>>}})
    }
  end
end
