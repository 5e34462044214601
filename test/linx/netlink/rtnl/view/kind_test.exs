defmodule Linx.Netlink.Rtnl.View.KindTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Codec, Message}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Monitor.Event
  alias Linx.Netlink.Rtnl.View.Kind

  # RTM_NEWLINK, NEWADDR, NEWROUTE, NEWNEIGH, NEWRULE and NEWNEXTHOP, and what deletes them.
  @types Enum.flat_map([16, 20, 24, 28, 32, 104], &[&1, &1 + 1])

  test "notifications cut in their header are changes like others, or none" do
    for type <- @types, family <- [0, 2, 10], size <- 0..20 do
      payload = binary_part(<<family, 0::160>>, 0, size)

      case Kind.change(Event.decode(%Message{type: type, payload: payload})) do
        :ignore ->
          :ok

        {:list, kinds} ->
          assert kinds -- Kind.all() == []

        {kind, verb, object} ->
          _ = Kind.key(kind, object)
          assert is_list(Kind.suspects(kind, verb, Codec.comparable(object), object))
          assert is_list(Kind.suspects(kind, verb, nil, object))
      end
    end
  end

  test "a neighbour that needs no resolution is none" do
    neighbour = fn state ->
      payload = <<2, 0::24, 3::native-32, state::native-16, 0, 1>>
      Kind.change(Event.decode(%Message{type: 28, payload: payload}))
    end

    assert {:neighbours, :put, _} = neighbour.(0x80)
    assert {:neighbours, :delete, _} = neighbour.(0x40)
  end

  # A message of RTM_NEWLINK and the attributes, as bytes.
  defp link(type, family, attrs) do
    header = <<family, 0, 1::native-16, 3::native-32, 0x1003::native-32, 0::32>>

    Kind.change(
      Event.decode(%Message{type: type, payload: header <> Linx.Netlink.Attr.encode(attrs)})
    )
  end

  @name {3, "wlan0\0"}
  @mtu {4, <<1500::native-32>>}

  test "a part of a link is no link, and has the links listed" do
    assert {:links, :put, %Link{mtu: 1500}} = link(16, 0, [@name, @mtu])
    # IFLA_WIRELESS, of `wireless_nlevent_flush`.
    assert {:list, [:links]} = link(16, 0, [@name, {11, <<0::64>>}])
    # AF_BRIDGE: a port, and one that leaves.
    assert {:list, [:links]} = link(16, 7, [@name, @mtu])
    assert {:list, [:links]} = link(17, 7, [@name, @mtu])
    # AF_INET6, with IFLA_PROTINFO.
    assert {:list, [:links]} = link(16, 10, [@name, @mtu])
    # A link that goes may say little.
    assert {:links, :delete, %Link{index: 3}} = link(17, 0, [@name])
  end

  test "what else tells of a link has the links listed" do
    for type <- [80, 81, 88, 89],
        do: assert({:list, [:links]} = Kind.change(Event.decode(%Message{type: type})))

    assert Kind.change(Event.decode(%Message{type: 99})) == :ignore
    assert Kind.hints(:links) != []
    assert Kind.hints(:rules) == []
  end
end
