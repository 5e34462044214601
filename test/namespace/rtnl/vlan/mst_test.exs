defmodule Linx.Namespace.Rtnl.Vlan.MstTest do
  # Bridges with several spanning trees, judged by `bridge -json` and the kernel's bytes.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.BridgeVlans

  alias Linx.Netlink.{Batch, Error, Request}
  alias Linx.Netlink.Rtnl.{Link, Vlan}

  # The bridges of some kernels have no VLANs.
  @moduletag :vm

  setup :bridge

  # The kernel refuses the change for a bridge whose ports have VLANs, such as br0.
  setup %{sock: sock} do
    mst = [vlan_filtering: true, multi_boolopt: [mst_enable: true], up: true]
    :ok = Link.create_bridge(sock, "br1", mst)

    for {port, peer} <- [{"w0", "w1"}, {"w2", "w3"}] do
      :ok = Link.create_veth(sock, port, peer, up: true)
      :ok = Link.set(sock, port, master: "br1")
      :ok = Link.set_up(sock, peer)
      :ok = Vlan.add(sock, port, {10, 19})
    end

    :ok
  end

  test "several spanning trees are an option of the bridge", %{ns: ns, sock: sock} do
    # IFLA_BR_MULTI_BOOLOPT, and BR_BOOLOPT_MST_ENABLE in it.
    for {bridge, on} <- [{"br0", 0}, {"br1", 1}] do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev #{bridge}")
      query = <<0::32, index::native-32, 0::64>>
      {:ok, [%{payload: bytes}]} = Request.talk(sock, 18, 0, query)

      [_, <<switches::native-32, _::binary>>] =
        :binary.split(bytes, <<12::native-16, 46::native-16>>)

      assert {bridge, Bitwise.bsr(switches, 2) |> Bitwise.band(1)} == {bridge, on}
    end

    assert Link.create_bridge(sock, "br2") == :ok
    assert Link.set(sock, "br2", multi_boolopt: [mst_enable: true]) == :ok

    assert {:error, %Error{errno: :ebusy}} =
             Link.set(sock, "br0", multi_boolopt: [mst_enable: true])
  end

  test "a tree has the VLANs that are put into it", %{sock: sock} do
    for {vids, msti} <- [{{12, 14}, 7}, {15, 4095}, {{16, 17}, 1}, {17, 0}],
        do: assert(Vlan.set_global(sock, "br1", vids, msti: msti) == :ok)

    # BRIDGE_VLANDB_GOPTS_ID, _RANGE and _MSTI, which the bridge of Debian 12 does not show.
    raw =
      for %{1 => id, 18 => <<msti::native-16>>} = it when msti != 0 <- raw_global(sock),
          <<first::native-16>> = id,
          <<last::native-16>> = Map.get(it, 2, id),
          do: {first..last, msti}

    assert raw == [{12..14, 7}, {15..15, 4095}, {16..16, 1}]

    {:ok, [vlans]} = Vlan.list_global(sock, "br1")

    assert for(
             %{msti: msti} = it when msti != 0 <- vlans.global_options,
             do: {Vlan.vids(it), msti}
           ) == raw
  end

  test "each port has a state in each tree", %{ns: ns, sock: sock} do
    for {vids, msti} <- [{{12, 14}, 7}, {15, 4095}],
        do: :ok = Vlan.set_global(sock, "br1", vids, msti: msti)

    assert states(ns, "w0", 11..15) == ~w(forwarding disabled disabled disabled disabled)

    for {state, number} <- [listening: 1, learning: 2, forwarding: 3, blocking: 4, disabled: 0] do
      assert Vlan.set_mst(sock, "w0", 7, state: state) == :ok
      assert Vlan.set_mst(sock, "w2", 4095, state: number) == :ok

      name = to_string(state)
      assert states(ns, "w0", 11..15) == ["forwarding", name, name, name, "disabled"]
      assert states(ns, "w2", 14..15) == ["disabled", name]

      # The bridge of Debian 12 does not show these; the kernel's bytes have them.
      for msti <- [7, 4095], do: assert(trees(sock) =~ tree(msti, number))

      {:ok, ports} = Vlan.list_mst(sock)

      assert for(
               port <- ports,
               tree <- port.af_spec.mst,
               do: {port.name, tree.msti, tree.state}
             ) ==
               [
                 {"w0", 0, :forwarding},
                 {"w0", 7, state},
                 {"w0", 4095, :disabled},
                 {"w2", 0, :forwarding},
                 {"w2", 7, :disabled},
                 {"w2", 4095, state}
               ]
    end

    {:ok, [w0, w2]} = Vlan.list_mst(sock)

    for {filter, ports} <- [
          {"br1", [w0, w2]},
          {"w2", [w2]},
          {w0.index, [w0]},
          {[link: "w0", timeout: 1000], [w0]},
          {"br0", []},
          {"v0", []},
          {"w1", []}
        ] do
      {:ok, list} = Vlan.list_mst(sock, filter)

      assert for(it <- list, do: {it.index, it.af_spec.mst}) ==
               for(it <- ports, do: {it.index, it.af_spec.mst})
    end

    assert {:error, %Error{errno: :enodev}} = Vlan.list_mst(sock, "v9")
  end

  test "states are set in a batch", %{ns: ns, sock: sock} do
    for msti <- 1..4, do: :ok = Vlan.set_global(sock, "br1", 10 + msti, msti: msti)

    {:ok, results} =
      Batch.run(sock, fn batch ->
        for {state, msti} <- [learning: 1, forwarding: 2, blocking: 3, listening: 5],
            do: Vlan.set_mst(batch, "w0", msti, state: state)
      end)

    # The last tree has no VLAN.
    assert results == [:ok, :ok, :ok, :ok]
    assert states(ns, "w0", 11..14) == ~w(learning forwarding blocking disabled)
  end

  test "a state is refused for a link that is no port, and by a bridge with one tree", %{
    sock: sock
  } do
    assert {:error, %Error{errno: :ebusy}} = Vlan.set_mst(sock, "v0", 7, state: :blocking)
    assert {:error, %Error{errno: :eopnotsupp}} = Vlan.set_mst(sock, "w1", 7, state: :blocking)
    assert {:error, %Error{errno: :eopnotsupp}} = Vlan.set_mst(sock, "br1", 7, state: :blocking)
    assert {:error, %Error{errno: :enodev}} = Vlan.set_mst(sock, "v9", 7, state: :blocking)
  end

  test "the kernel accepts the trees 1 to 4095", %{sock: sock} do
    {:ok, %{index: index}} = Link.get(sock, "w0")

    for {msti, result} <- [{0, :erange}, {1, :ok}, {4095, :ok}, {4096, :erange}] do
      tree = %Link.BridgeMst{msti: msti, state: :blocking}
      body = %Link{family: 7, index: index, af_spec: %Link.BridgeAfSpec{mst: [tree]}}

      case Request.run(sock, 19, 0, body, []) do
        :ok -> assert {msti, result} == {msti, :ok}
        {:error, %Error{errno: errno}} -> assert {msti, result} == {msti, errno}
      end
    end
  end
end
