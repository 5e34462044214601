defmodule Linx.Netlink.Generic.WireGuard.Request.PartsTest do
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.{Attr, Error}
  alias Linx.Netlink.Generic.WireGuard.{Key, Request}
  alias Linx.Netlink.Generic.WireGuard.Request.{AllowedIp, Parts, Peer}

  defp ips(count, bytes \\ 4),
    do:
      for(
        n <- 1..count//1,
        do: %AllowedIp{
          family: if(bytes == 4, do: :inet, else: :inet6),
          ipaddr: %IP{
            family: if(bytes == 4, do: :inet, else: :inet6),
            bytes: <<n::size(bytes * 8)>>
          },
          cidr_mask: bytes * 8
        }
      )

  defp peer(n, ips, more \\ []),
    do:
      struct!(
        %Peer{public_key: %Key{bytes: <<n::256>>, secret: false}, flags: [:replace_allowedips]},
        [allowed_ips: ips] ++ more
      )

  defp request(peers),
    do: %Request{
      ifindex: 7,
      private_key: Key.generate(),
      listen_port: 1,
      fwmark: 2,
      flags: [:replace_peers],
      peers: peers
    }

  # The payload of WGDEVICE_A_PEERS, of the bytes that are sent.
  defp size(request) do
    <<_::32, attrs::binary>> = Request.encode(request)
    {_, peers} = attrs |> Attr.decode() |> List.keyfind(0x8008, 0)
    byte_size(peers)
  end

  defp everything(parts) do
    for {request, _, _} <- parts, peer <- request.peers, reduce: [] do
      [{key, ips} | rest] when key == peer.public_key -> [{key, ips ++ peer.allowed_ips} | rest]
      done -> [{peer.public_key, peer.allowed_ips} | done]
    end
    |> Enum.reverse()
  end

  test "every part has room for its peers, and nothing is lost" do
    all = [preshared_key: Key.generate_preshared(), persistent_keepalive_interval: 1]

    endpoints = [
      nil,
      {%IP{family: :inet, bytes: <<1::32>>}, 1},
      {%IP{family: :inet6, bytes: <<1::128>>}, 1, 2}
    ]

    for room <- [200, 256, 1000, 4096],
        count <- [0, 1, 2, 5, 40, 300],
        bytes <- [4, 16],
        endpoint <- endpoints do
      peers = for n <- 1..7, do: peer(n, ips(count, bytes), [endpoint: endpoint] ++ all)
      parts = Parts.split(request(peers), room)
      for {part, _, _} <- parts, do: assert(size(part) in 1..room)
      assert everything(parts) == for(peer <- peers, do: {peer.public_key, peer.allowed_ips})
    end
  end

  test "sizes are exact: a part is filled to the last byte" do
    removed = Enum.map(ips(3), &%{&1 | flags: [:remove_me]})
    peers = [peer(1, ips(3)), peer(2, ips(3, 16)), peer(3, removed), peer(4, [])]
    exact = size(request(peers))
    assert [{_, 0, 0}] = Parts.split(request(peers), exact)
    assert [{_, 0, 0}, {_, 3, 0}] = Parts.split(request(peers), exact - 1)
  end

  test "only the first part has the settings of the link, and of a peer" do
    peers = [peer(1, ips(10)), peer(2, ips(100), persistent_keepalive_interval: 5)]
    [{first, 0, 0}, {second, 1, ip} | _] = parts = Parts.split(request(peers), 1000)

    assert {first.listen_port, first.fwmark, first.flags} == {1, 2, [:replace_peers]}
    assert {first.ifindex, second.ifindex} == {7, 7}

    for {part, _, _} <- tl(parts),
        do:
          assert(
            {part.private_key, part.listen_port, part.fwmark, part.flags} == {nil, nil, nil, nil}
          )

    assert %{flags: [:replace_allowedips], persistent_keepalive_interval: 5} =
             Enum.at(first.peers, 1)

    # A peer that was removed meanwhile is not made again of the rest.
    assert [%{flags: [:update_only], persistent_keepalive_interval: nil, preshared_key: nil}] =
             second.peers

    assert ip == length(Enum.at(first.peers, 1).allowed_ips)
  end

  test "one message is all that fits an attribute" do
    assert {:ok, %Request{}} = Parts.single(request([peer(1, ips(2300))]))
    assert Parts.single(request([peer(1, ips(2400))])) == {:error, :too_large}
  end

  test "a refusal names the position in the whole request" do
    error = &%Error{errno: :einval, code: 22, attribute: &1}
    part = {%Request{}, 5, 100}
    assert Parts.locate(error.([:peers, 0, :endpoint]), part).attribute == [:peers, 5, :endpoint]
    assert Parts.locate(error.([:peers, 2]), part).attribute == [:peers, 7]

    assert Parts.locate(error.([:peers, 0, :allowed_ips, 3, :ipaddr]), part).attribute ==
             [:peers, 5, :allowed_ips, 103, :ipaddr]

    assert Parts.locate(error.([:peers, 1, :allowed_ips, 3]), part).attribute ==
             [:peers, 6, :allowed_ips, 3]

    for other <- [nil, [:fwmark], [:peers]],
        do: assert(Parts.locate(error.(other), part).attribute == other)
  end
end
