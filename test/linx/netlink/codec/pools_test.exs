defmodule Linx.Netlink.Codec.PoolsTest do
  # Lists in which objects alternate, so that the pools of native/linx_wire/src/codec/pool.rs have
  # many values, few, or are switched off between the two.
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Message
  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.Route.Path

  defp route(n, gateway, metric),
    do: %Route{
      family: 2,
      dst_len: 24,
      table: 254,
      type: 1,
      dst: %IP{family: :inet, bytes: <<10, div(n, 256), rem(n, 256), 0>>},
      gateway: %IP{family: :inet, bytes: <<192, 0, 2, gateway>>},
      oif: rem(gateway, 3) + 1,
      priority: metric
    }

  # Each struct is decoded alone as well, which takes no pool.
  defp assert_same(routes) do
    bodies = Enum.map(routes, &Route.encode/1)

    messages =
      for body <- bodies, into: <<>>, do: Message.encode(%Message{type: 24, payload: body})

    assert Engine.decode_messages(Route, messages) == Enum.map(bodies, &Route.decode/1)

    assert Engine.decode_messages(Route, messages) |> Enum.map(& &1.gateway) ==
             Enum.map(routes, & &1.gateway)
  end

  test "routes through few gateways, which the pools hold" do
    assert_same(for n <- 0..2999, do: route(n, rem(n * 7, 8), if(rem(n, 5) == 0, do: rem(n, 4))))
  end

  test "routes through many gateways, which switch the pools off" do
    assert_same(for n <- 0..2999, do: route(n, rem(n * 131, 251), rem(n * 37, 1009)))
  end

  test "structs in a list share their keys, and equal ones are one struct" do
    path = &%Path{ifindex: &1, gateway: %IP{family: :inet, bytes: <<10, 0, &1::16>>}}
    paths = fn count -> for(n <- 1..count, do: path.(n)) ++ List.duplicate(path.(count), 100) end
    route = &%Route{family: 2, table: 254, type: 1, multipath: paths.(&1)}
    bodies = for count <- [300, 200], do: Route.encode(route.(count))

    messages =
      for body <- bodies, into: <<>>, do: Message.encode(%Message{type: 24, payload: body})

    assert [first, second] = Engine.decode_messages(Route, messages)
    assert [first, second] == Enum.map(bodies, &Route.decode/1)
    # A struct alone has its keys as well.
    alone = :erts_debug.size(hd(first.multipath))
    assert :erts_debug.size(first.multipath) < 400 * (2 + alone * 2 / 3)
    assert :erts_debug.same(List.last(first.multipath), Enum.at(first.multipath, 350))
  end

  test "routes through many gateways after few, and the reverse" do
    few = for n <- 0..1499, do: route(n, rem(n, 3), nil)
    many = for n <- 1500..2999, do: route(n, rem(n * 131, 251), rem(n * 37, 1009))
    assert_same(few ++ many)
    assert_same(many ++ few)
  end
end
