defmodule Linx.Namespace.Generic.Devlink.PortTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Netdevsim

  alias Linx.Netlink.Error
  alias Linx.Netlink.Generic.Devlink.{Port, Rate}

  @moduletag :vm

  setup :with_device

  test "ports are those that devlink shows", %{ns: ns, sock: sock, dev: dev, name: name} do
    switchdev(sock, dev, name)
    {:ok, ports} = Port.list(sock)
    theirs = shown(ns, "port show")
    assert map_size(theirs) == 4

    ours =
      Map.new(ports, fn port ->
        functions =
          if port.flavour == :pci_vf,
            do: %{
              "controller" => port.controller_number,
              "pfnum" => port.pci_pf_number,
              "vfnum" => port.pci_vf_number,
              "external" => port.external
            },
            else: %{"port" => port.number}

        {"#{dev}/#{port.port_index}",
         Map.merge(functions, %{
           "type" => to_string(port.type),
           "netdev" => port.netdev_name,
           "flavour" => port.flavour |> to_string() |> String.replace("_", ""),
           "splittable" => port.splittable
         })}
      end)

    assert ours == theirs

    for port <- ports do
      assert Port.get(sock, port) == {:ok, port}
      assert Port.get(sock, "#{dev}/#{port.port_index}") == {:ok, port}
      [%{"ifindex" => index}] = ip_json(ns, "link show dev #{port.netdev_name}")
      assert port.netdev_ifindex == index
    end

    assert Port.list(sock, device: dev) == {:ok, ports}
    assert {:error, %Error{errno: :enodev}} = Port.get(sock, dev <> "/77")
  end

  # netdevsim has none of these functions: the refusals show which attribute or command it lacks.
  test "changes of ports reach the driver", %{sock: sock, dev: dev} do
    port = dev <> "/0"

    for result <- [
          Port.set(sock, port, type: :ib),
          Port.split(sock, port, 2),
          Port.unsplit(sock, port),
          Port.create(sock, dev, flavour: :pci_sf, pci_pf_number: 0, pci_sf_number: 5),
          Port.delete(sock, port)
        ] do
      assert {:error, %Error{errno: :eopnotsupp}} = result
    end

    for {key, value} <- [
          hw_addr: "02:00:00:00:00:01",
          state: :active,
          caps: [roce: true],
          max_io_eqs: 5
        ] do
      assert {:error, %Error{errno: :eopnotsupp} = error} = Port.set(sock, port, [{key, value}])
      assert {key, error.attribute} in [{key, [:function]}, {key, [:function, key]}]
    end
  end

  test "rates are those that devlink shows, and are set",
       %{ns: ns, sock: sock, dev: dev, name: name} do
    switchdev(sock, dev, name)
    theirs = fn -> shown(ns, "port function rate show") end

    ours = fn ->
      {:ok, rates} = Rate.list(sock)

      Map.new(rates, fn rate ->
        shown =
          for {key, value} <- [
                {"tx_share", rate.tx_share},
                {"tx_max", rate.tx_max},
                {"parent", rate.parent_node_name}
              ],
              value not in [nil, 0],
              into: %{"type" => to_string(rate.type)},
              do: {key, value}

        {"#{dev}/#{rate.node_name || rate.port_index}", shown}
      end)
    end

    assert map_size(theirs.()) == 2
    assert ours.() == theirs.()

    assert Rate.create(sock, dev, "g1", tx_share: 1_000_000, tx_max: 10_000_000) == :ok
    group = dev <> "/g1"
    assert %{^group => %{"tx_share" => 1_000_000, "tx_max" => 10_000_000}} = theirs.()
    assert Rate.set_node(sock, dev, "g1", tx_max: 20_000_000) == :ok
    assert %{^group => %{"tx_max" => 20_000_000}} = theirs.()
    assert {:ok, %{type: :node, node_name: "g1"}} = Rate.get_node(sock, dev, "g1")

    port = dev <> "/128"
    assert Rate.set(sock, port, parent: "g1", tx_share: 2_000_000, tx_max: 3_000_000) == :ok
    leaf = %{"type" => "leaf", "parent" => "g1", "tx_share" => 2_000_000, "tx_max" => 3_000_000}
    assert %{^port => ^leaf} = theirs.()
    assert ours.() == theirs.()
    assert {:ok, %{parent_node_name: "g1", port_index: 128}} = Rate.get(sock, port)

    # The driver has neither.
    for option <- [tx_priority: 1, tx_weight: 2] do
      assert {:error, %Error{attribute: [attribute]}} = Rate.set(sock, port, [option])
      assert attribute == elem(option, 0)
    end

    assert {:error, %Error{errno: :ebusy}} = Rate.delete(sock, dev, "g1")
    assert Rate.set(sock, port, parent: "") == :ok
    assert Rate.delete(sock, dev, "g1") == :ok
    assert map_size(theirs.()) == 2
  end
end
