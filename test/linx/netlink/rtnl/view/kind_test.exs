defmodule Linx.Netlink.Rtnl.View.KindTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Codec, Message}
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
end
