defmodule Linx.Netlink.Rtnl.Monitor.ChangeTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Codec, Message, Resource, Rtnl}
  alias Linx.Netlink.Rtnl.{Fdb, Link, Monitor, Neighbour}
  alias Linx.Netlink.Rtnl.Monitor.{Change, Event}
  alias Linx.Netlink.Rtnl.View.Invalidation

  @plurals Enum.map(Rtnl.resources(), & &1.plural)

  # RTM_NEWLINK, NEWADDR, NEWROUTE, NEWNEIGH, NEWRULE, NEWNEXTHOP, NEWVLAN and NEWNEIGHTBL, and
  # the type after each, which is its RTM_DEL type.
  @types Enum.flat_map([16, 20, 24, 28, 32, 104, 112, 64], &[&1, &1 + 1])

  test "a notification with a truncated header is a valid change or none" do
    for type <- @types, family <- [0, 2, 7, 10], size <- 0..20 do
      payload = binary_part(<<family, 0::160>>, 0, size)

      case change(type, payload) do
        {nil, plurals} ->
          assert plurals -- @plurals == []

        {{%{plural: plural} = resource, op, object}, plurals} ->
          assert plurals -- @plurals == []
          _ = Resource.key(resource, object)

          for old <- [Codec.comparable(object), nil],
              do: assert(Invalidation.invalidates(plural, op, old, object) -- @plurals == [])
      end
    end
  end

  defp change(type, payload),
    do: Change.of(Event.decode(%Message{type: type, payload: payload}))

  test "a neighbour that needs no resolution, NUD_NOARP, is a deletion" do
    neighbour = fn state ->
      payload = <<2, 0::24, 3::native-32, state::native-16, 0, 1>>
      change(28, payload)
    end

    assert {{%{plural: :neighbours}, :put, _}, []} = neighbour.(0x80)
    assert {{%{plural: :neighbours}, :delete, _}, []} = neighbour.(0x40)
  end

  test "a notification of VLANs has only the changed ones, so VLANs are listed" do
    payload = <<7, 0::24, 3::native-32>>
    assert change(112, payload) == {nil, [:vlans]}
    assert change(113, payload) == {nil, [:vlans]}
  end

  test "an entry of a forwarding table is a change of the FDB, not of neighbours" do
    # ndmsg of AF_BRIDGE: NUD_NOARP, with NDA_LLADDR and NDA_CACHEINFO.
    header = <<7, 0::24, 3::native-32, 0x40::native-16, 0, 0>>
    attrs = [{2, <<2, 0, 0, 0, 0, 9>>}, {3, <<0::128>>}]
    payload = header <> Linx.Netlink.Attr.encode(attrs)

    assert {{%{plural: :fdb}, :put, %Fdb{ifindex: 3}}, []} = change(28, payload)
    assert {{%{plural: :fdb}, :delete, %Fdb{ifindex: 3}}, []} = change(29, payload)
    message = %Message{type: 28, payload: payload}
    assert %Event{op: :new_fdb} = Event.decode(message)

    assert %Event{op: :new_neigh, resource: neighbour} = Monitor.decode_event(message)
    assert neighbour == Neighbour.decode(payload)

    # Entries of a network card's address filter have no NDA_CACHEINFO.
    own = header <> Linx.Netlink.Attr.encode(Enum.take(attrs, 1))
    assert change(28, own) == {nil, []}
  end

  # The change of a notification with `struct ifinfomsg` and these attributes.
  defp link(type, family, attrs) do
    header = <<family, 0, 1::native-16, 3::native-32, 0x1003::native-32, 0::32>>
    change(type, header <> Linx.Netlink.Attr.encode(attrs))
  end

  @name {3, "wlan0\0"}
  @mtu {4, <<1500::native-32>>}

  test "a notification of a part of a link is no change, and causes a list of links" do
    assert {{%{plural: :links}, :put, %Link{mtu: 1500}}, []} = link(16, 0, [@name, @mtu])
    # IFLA_WIRELESS, of `wireless_nlevent_flush`.
    assert {nil, [:links]} = link(16, 0, [@name, {11, <<0::64>>}])
    # AF_BRIDGE: a port that changes, and a port that leaves.
    assert {nil, [:links]} = link(16, 7, [@name, @mtu])
    assert {nil, [:links]} = link(17, 7, [@name, @mtu])
    # AF_INET6, with IFLA_PROTINFO.
    assert {nil, [:links]} = link(16, 10, [@name, @mtu])
    # A notification of a deleted link may have few attributes.
    assert {{%{plural: :links}, :delete, %Link{index: 3}}, []} = link(17, 0, [@name])
  end

  test "other notifications that concern links cause a list of links" do
    # RTM_NEWNSID and RTM_DELNSID.
    for type <- [88, 89], do: assert({nil, [:links]} = change(type, <<>>))

    # RTM_NEWNETCONF has a part of the settings, RTM_DELNETCONF identifies the deleted object.
    assert change(80, <<2, 0::24>>) == {nil, [:netconfs, :links]}
    assert {{%{plural: :netconfs}, :delete, _}, [:links]} = change(81, <<2, 0::24>>)

    assert change(99, <<>>) == {nil, []}
    assert Change.hints(Rtnl.resource!(:links), :groups) != []
    assert Change.hints(Rtnl.resource!(:rules), :groups) == []
  end
end
