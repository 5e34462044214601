defmodule Linx.Namespace.Rtnl.Tc.ChainTest do
  # Chains of filters. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.{Chain, Filter, Qdisc}

  @moduletag :vm

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    for link <- ["v0", "v1"], do: tc!(ns, "qdisc add dev #{link} clsact")
    %{sock: sock}
  end

  defp numbers(chains), do: Enum.map(chains, & &1.chain)

  test "chains are added, listed and deleted", %{sock: sock, ns: ns} do
    for chain <- [0, 7, 0x0FFFFFFF],
        do: assert({chain, Chain.add(sock, "v0", parent: :ingress, chain: chain)} == {chain, :ok})

    assert for(%{"chain" => chain} <- tc_json(ns, "chain show dev v0 ingress"), do: chain) ==
             [0, 7, 0x0FFFFFFF]

    {:ok, chains} = Chain.list(sock, "v0", parent: :ingress)
    assert numbers(chains) == [0, 7, 0x0FFFFFFF]
    {:ok, chains} = Chain.list(sock, "v0", parent: :ingress, chain: 7)
    assert numbers(chains) == [7]
    assert {:ok, []} = Chain.list(sock, "v0", parent: :egress)

    assert {:ok, %Chain{chain: 7, kind: nil, parent: 0xFFFF0000}} =
             Chain.get(sock, "v0", parent: :ingress, chain: 7)

    assert {:error, %Error{errno: :einval}} = Chain.get(sock, "v0", parent: :ingress, chain: 8)
    assert {:error, %Error{errno: :eexist}} = Chain.add(sock, "v0", parent: :ingress, chain: 7)

    :ok = Filter.add(sock, "v0", :matchall, parent: :ingress, chain: 7)
    assert :ok = Chain.delete(sock, "v0", parent: :ingress, chain: 7)

    assert for(%{"chain" => chain} <- tc_json(ns, "chain show dev v0 ingress"), do: chain) == [
             0,
             0x0FFFFFFF
           ]
  end

  test "a chain of a shared block", %{sock: sock, ns: ns} do
    tc!(ns, "qdisc del dev v0 clsact")
    :ok = Qdisc.add(sock, "v0", :clsact, egress_block: 3)
    assert :ok = Chain.add(sock, nil, block: 3, chain: 4)
    assert tc!(ns, "chain show block 3") =~ "chain 4"
    assert {:ok, [%Chain{chain: 4, ifindex: -1, parent: 3}]} = Chain.list(sock, nil, block: 3)
    assert :ok = Chain.delete(sock, nil, block: 3, chain: 4)
    assert tc!(ns, "chain show block 3") == ""
  end

  test "a chain with a template takes filters with its masks", %{sock: sock, ns: ns} do
    place = [parent: :ingress, chain: 9]
    template = {:flower, protocol: :ip, dst_ip: "0.0.0.0/16"}
    assert :ok = Chain.add(sock, "v0", [template: template] ++ place)
    tc!(ns, "chain add dev v1 ingress chain 9 protocol ip flower dst_ip 0.0.0.0/16")
    assert [_, _ | _] = shown = String.split(tc!(ns, "-details chain show dev v0 ingress"), "\n")
    assert shown == String.split(tc!(ns, "-details chain show dev v1 ingress"), "\n")

    assert {:ok, %Chain{kind: "flower", options: %Filter.Flower{key_ipv4_dst_mask: mask}}} =
             Chain.get(sock, "v0", place)

    assert to_string(mask) == "255.255.0.0"

    assert :ok = Filter.add(sock, "v0", :flower, [protocol: :ip, dst_ip: "10.1.0.0/16"] ++ place)

    assert {:error, %Error{errno: :einval}} =
             Filter.add(sock, "v0", :flower, [protocol: :ip, dst_ip: "10.1.0.0/17"] ++ place)

    assert {:error, %Error{errno: :einval}} = Filter.add(sock, "v0", :matchall, place)
  end

  test "wrong input is an error before anything is sent", %{sock: sock} do
    for {result, error} <- [
          {Chain.add(sock, "v0", template: :flower), {:bad_option, :template, :flower}},
          {Chain.add(sock, "v0", template: {nil, []}), {:bad_option, :template, {nil, []}}},
          {Chain.add(sock, "v0", template: {:matchall, junk: 1}), {:unknown_option, :junk}},
          {Chain.add(sock, "v0", chain: -1), {:bad_option, :chain, -1}},
          {Chain.list(sock, "v0", prio: 1), {:unknown_option, :prio}},
          {Chain.delete(sock, nil), {:missing_option, :block}}
        ],
        do: assert(result == {:error, error})

    assert {:error, %Error{errno: :eopnotsupp}} =
             Chain.add(sock, "v0", parent: :ingress, template: {:matchall, []})
  end
end
