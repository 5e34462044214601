defmodule Linx.Netlink.Codec.PoolsTest do
  # Lists in which objects alternate, so that the pools of native/linx_nif/src/codec/builder.rs have
  # many values, few, or are switched off between the two.
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.Netlink.Codec.Engine
  alias Linx.Netlink.Message
  alias Linx.Netlink.Rtnl.Route

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

  test "routes through many gateways after few, and the reverse" do
    few = for n <- 0..1499, do: route(n, rem(n, 3), nil)
    many = for n <- 1500..2999, do: route(n, rem(n * 131, 251), rem(n * 37, 1009))
    assert_same(few ++ many)
    assert_same(many ++ few)
  end
end
