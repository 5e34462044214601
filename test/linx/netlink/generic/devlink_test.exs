defmodule Linx.Netlink.Generic.DevlinkTest do
  # Messages as Linux 7.2 sent them.
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.Devlink
  alias Linx.Netlink.Generic.Devlink.{Eswitch, Fmsg, Health, Info, Param, Port, Rate, Region}
  alias Linx.Netlink.Generic.Devlink.{Resource, Trap, TrapGroup, TrapPolicer}
  alias Linx.Test.Captured

  doctest Linx.Netlink.Generic.Devlink
  doctest Linx.Netlink.Generic.Devlink.Param
  doctest Linx.Netlink.Generic.Devlink.Fmsg

  test "a device" do
    body = ~X"""
    03010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 05008800 00000000 8c009c80 28009d80 2400a280 05009900 01000000 1800a380 14009e80
    05009f00 00000000 0800a000 00000000 6000a180 2400a280 05009900 01000000 1800a380 14009e80
    05009f00 00000000 0800a000 00000000 3800a280 05009900 02000000 2c00a380 14009e80 05009f00
    00000000 0800a000 00000000 14009e80 05009f00 01000000 0800a000 00000000
    """

    assert %Devlink{bus_name: "netdevsim", dev_name: "netdevsim1", index: 0} =
             device = Captured.check(Devlink, body)

    refute device.reload_failed
    assert %{reload_stats: %{reload_action_info: [info]}} = device.dev_stats
    assert %{reload_action: 1, reload_action_stats: [%{limit: 0, value: 0}]} = info
  end

  test "driver and versions" do
    body = ~X"""
    33010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 20006600 0c006700 66772e6d 676d7400 0d006800 31302e32 302e3330 00000000 20006500
    0c006700 66772e6d 676d7400 0d006800 31302e32 302e3330 00000000 0e006200 6e657464 65767369
    6d000000
    """

    assert %Info{driver_name: "netdevsim", version_running: [version]} =
             Captured.check(Info, body)

    assert {version.name, version.value} == {"fw.mgmt", "10.20.30"}
  end

  test "a switch" do
    body = ~X"""
    1d010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 06001900 01000000
    """

    assert %Eswitch{mode: :switchdev, inline_mode: nil} = Captured.check(Eswitch, body)
  end

  test "a port of a function" do
    body = ~X"""
    07010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 08000300 80000000 06000400 02000000 08000600 06000000 09000700 65746831 00000000
    05009400 00000000 06004d00 04000000 08009600 00000000 06007f00 00000000 06008000 00000000
    05009500 00000000
    """

    assert %Port{port_index: 128, flavour: :pci_vf, type: :eth, netdev_name: "eth1"} =
             port = Captured.check(Port, body)

    assert {port.pci_pf_number, port.pci_vf_number, port.external} == {0, 0, false}
  end

  test "a parameter that is a number" do
    body = ~X"""
    26010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 40005000 0d005100 6d61785f 6d616373 00000000 04005200 05005300 03000000 20005400
    1c005500 05005700 01000000 08005600 20000000 0800b600 20000000
    """

    assert %Param{param: %{name: "max_macs", generic: true, type: :u32}} =
             param = Captured.check(Param, body)

    assert {Param.values(param), Param.defaults(param)} == {%{driverinit: 32}, %{driverinit: 32}}
  end

  test "a parameter that is a boolean" do
    body = ~X"""
    26010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 34005000 0a005100 74657374 31000000 05005300 06000000 1c005400 18005500 05005700
    01000000 04005600 0500b600 01000000
    """

    assert %Param{param: %{type: :flag}} = param = Captured.check(Param, body)

    assert {Param.values(param), Param.defaults(param)} ==
             {%{driverinit: true}, %{driverinit: true}}

    # An absent attribute, and a byte of zero.
    values =
      for value <- param.param.values_list, do: %{value | value_data: nil, value_default: <<0>>}

    param = put_in(param.param.values_list, values)

    assert {Param.values(param), Param.defaults(param)} ==
             {%{driverinit: false}, %{driverinit: false}}
  end

  test "a region" do
    body = ~X"""
    2a010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 0a005800 64756d6d 79000000 0c005900 00800000 00000000 0800aa00 10000000 10005a00
    0c005b00 08005c00 05000000
    """

    assert %Region{name: "dummy", size: 32_768, max_snapshots: 16, snapshots: [%{id: 5}]} =
             Captured.check(Region, body)
  end

  test "contents of a region" do
    body = ~X"""
    2e010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 0a005800 64756d6d 79000000 28005d00 24005e00 14005f00 d44ce07c e21561c0 604bfd2a
    7b25a971 0c006000 00000000 00000000
    """

    assert %Region{chunks: [%{addr: 0, data: <<_::128>>}]} = Captured.check(Region, body)
  end

  test "a health reporter" do
    body = ~X"""
    34010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 58007200 0a007300 64756d6d 79000000 05007400 00000000 0c007500 00000000 00000000
    0c007600 00000000 00000000 0c007800 00000000 00000000 0c00b500 00000000 00000000 05007900
    01000000 05008d00 01000000
    """

    assert %Health{health_reporter: reporter, port_index: nil} = Captured.check(Health, body)
    assert %{name: "dummy", state: :healthy, err_count: 0, auto_recover: true} = reporter
    assert %{graceful_period: 0, burst_period: 0, dump_ts: nil} = reporter
  end

  test "a trap" do
    body = ~X"""
    3f010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 0d008700 6c325f64 726f7073 00000000 1c008200 736f7572 63655f6d 61635f69 735f6d75
    6c746963 61737400 05008400 00000000 04008500 05008300 01000000 08008680 04000000 28008180
    0c000200 00000000 00000000 0c000000 00000000 00000000 0c000100 00000000 00000000
    """

    assert %Trap{name: "source_mac_is_multicast", group_name: "l2_drops"} =
             trap = Captured.check(Trap, body)

    assert %{action: :trap, type: :drop, generic: true, metadata: %{in_port: true}} = trap
    assert %{rx_packets: 0, rx_bytes: 0, rx_dropped: 0} = trap.stats
  end

  test "a group of traps" do
    body = ~X"""
    43010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 0d008700 6c335f64 726f7073 00000000 04008500 08008e00 01000000 1c008180 0c000000
    00000000 00000000 0c000100 00000000 00000000
    """

    assert %TrapGroup{group_name: "l3_drops", policer_id: 1, generic: true} =
             Captured.check(TrapGroup, body)
  end

  test "a policer of traps" do
    body = ~X"""
    47010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 08008e00 01000000 0c008f00 e8030000 00000000 0c009000 80000000 00000000 10008180
    0c000200 00000000 00000000
    """

    assert %TrapPolicer{policer_id: 1, policer_rate: 1000, policer_burst: 128} =
             Captured.check(TrapPolicer, body)
  end

  test "a tree of resources" do
    body = ~X"""
    24010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 a8023f00 20014000 09004100 49507634 00000000 0c004300 ffffffff ffffffff 0c004200
    01000000 00000000 0c004800 01000000 00000000 0c004700 ffffffff ffffffff 0c004600 00000000
    00000000 05004900 00000000 05004500 01000000 c4003f00 5c004000 08004100 66696200 0c004300
    ffffffff ffffffff 0c004200 02000000 00000000 0c004a00 03000000 00000000 0c004800 01000000
    00000000 0c004700 ffffffff ffffffff 0c004600 00000000 00000000 05004900 00000000 64004000
    0e004100 6669622d 72756c65 73000000 0c004300 ffffffff ffffffff 0c004200 03000000 00000000
    0c004a00 03000000 00000000 0c004800 01000000 00000000 0c004700 ffffffff ffffffff 0c004600
    00000000 00000000 05004900 00000000 20014000 09004100 49507636 00000000 0c004300 ffffffff
    ffffffff 0c004200 04000000 00000000 0c004800 01000000 00000000 0c004700 ffffffff ffffffff
    0c004600 00000000 00000000 05004900 00000000 05004500 01000000 c4003f00 5c004000 08004100
    66696200 0c004300 ffffffff ffffffff 0c004200 05000000 00000000 0c004a00 01000000 00000000
    0c004800 01000000 00000000 0c004700 ffffffff ffffffff 0c004600 00000000 00000000 05004900
    00000000 64004000 0e004100 6669622d 72756c65 73000000 0c004300 ffffffff ffffffff 0c004200
    06000000 00000000 0c004a00 02000000 00000000 0c004800 01000000 00000000 0c004700 ffffffff
    ffffffff 0c004600 00000000 00000000 05004900 00000000 64004000 0d004100 6e657874 686f7073
    00000000 0c004300 ffffffff ffffffff 0c004200 07000000 00000000 0c004a00 00000000 00000000
    0c004800 01000000 00000000 0c004700 ffffffff ffffffff 0c004600 00000000 00000000 05004900
    00000000
    """

    assert %Resource{list: [%{name: "IPv4", list: [fib, _rules]}, _ipv6, %{name: "nexthops"}]} =
             Captured.check(Resource, body)

    assert %{name: "fib", id: 2, unit: :entry, occ: 3, size_gran: 1, size_new: nil} = fib
  end

  test "a rate of a group" do
    body = ~X"""
    4c010000 0e000100 6e657464 65767369 6d000000 0f000200 6e657464 65767369 6d310000 0800b800
    00000000 0600a500 01000000 0700a800 67310000 0c00a600 40420f00 00000000 0c00a700 80969800
    00000000 0800b100 00000000 0800b200 00000000 1400b480 05000100 00000000 08000200 00000000
    1400b480 05000100 01000000 08000200 00000000 1400b480 05000100 02000000 08000200 00000000
    1400b480 05000100 03000000 08000200 00000000 1400b480 05000100 04000000 08000200 00000000
    1400b480 05000100 05000000 08000200 00000000 1400b480 05000100 06000000 08000200 00000000
    1400b480 05000100 07000000 08000200 00000000
    """

    assert %Rate{type: :node, node_name: "g1", tx_share: 1_000_000, tx_max: 10_000_000} =
             rate = Captured.check(Rate, body)

    assert length(rate.tc_bws) == 8
  end

  test "a diagnosis that the kernel has split" do
    # Attributes of `struct nlattr`: an object with a pair, whose value is a list of two binaries. The type
    # of the second one is the last attribute of the first message, and the first one of the next.
    first = ~X"""
    37 01 00 00                             # genlmsghdr
    34 00 6a 00                             # FMSG
    04 00 6b 00                             # OBJ_NEST_START
    04 00 6c 00                             # PAIR_NEST_START
    06 00 6f 00  62 00 00 00                # OBJ_NAME "b"
    04 00 6d 00                             # ARR_NEST_START
    05 00 70 00  0b 00 00 00                # OBJ_VALUE_TYPE binary
    06 00 71 00  01 02 00 00                # OBJ_VALUE_DATA
    05 00 70 00  0b 00 00 00                # OBJ_VALUE_TYPE binary
    04 00 01 00
    """

    second = ~X"""
    37 01 00 00
    20 00 6a 00
    05 00 70 00  0b 00 00 00
    05 00 71 00  03 00 00 00
    04 00 6e 00                             # NEST_END of the list
    04 00 6e 00                             # NEST_END of the pair
    04 00 6e 00                             # NEST_END of the object
    """

    parts = for body <- [first, second], do: Captured.check(Health, body)
    attributes = for part <- parts, attribute <- part.fmsg.attributes, do: attribute
    assert Fmsg.value(attributes) == %{"b" => <<1, 2, 3>>}

    for count <- 0..length(attributes), do: Fmsg.value(Enum.take(attributes, count))
    assert Fmsg.value([]) == nil
  end
end
