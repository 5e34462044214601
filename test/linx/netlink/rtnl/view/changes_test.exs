defmodule Linx.Netlink.Rtnl.View.ChangesTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Route
  alias Linx.Netlink.Rtnl.View.Changes

  @resource Rtnl.resource!(:routes)

  defp put(changes, id, op, oif),
    do: Changes.put(changes, id, op, @resource, %Route{oif: oif}, nil)

  # Ids, operations and objects in order.
  defp listed(changes) do
    for {_at, id, op, %{plural: :routes}, %Route{oif: oif}, nil} <- Changes.in_order(changes),
        do: {id, op, oif}
  end

  # Two ids with the same hash.
  defp colliding do
    Enum.reduce_while(Stream.iterate(1, &(&1 + 1)), %{}, fn n, seen ->
      hash = :erlang.phash2({:routes, n})

      case seen do
        %{^hash => other} -> {:halt, {{:routes, other}, {:routes, n}}}
        %{} -> {:cont, Map.put(seen, hash, n)}
      end
    end)
  end

  test "an object has its latest change, at the place of that" do
    assert Changes.in_order(%Changes{}) == []
    assert Changes.fetch(%Changes{}, {:routes, 1}) == :error

    changes =
      Enum.reduce(1..100, %Changes{}, &put(&2, {:routes, &1}, :put, &1))
      |> put({:routes, 50}, :delete, 500)
      |> put({:addresses, 1}, :put, 1)
      |> put({:routes, 1}, :put, 10)

    others = for n <- 2..100, n != 50, do: {{:routes, n}, :put, n}

    assert listed(changes) ==
             others ++
               [
                 {{:routes, 50}, :delete, 500},
                 {{:addresses, 1}, :put, 1},
                 {{:routes, 1}, :put, 10}
               ]

    assert {:ok, {_, {:routes, 50}, :delete, _, %{oif: 500}, nil}} =
             Changes.fetch(changes, {:routes, 50})

    assert Changes.fetch(changes, {:routes, 101}) == :error
  end

  test "objects whose ids have the same hash are different" do
    {one, other} = colliding()
    changes = put(%Changes{}, one, :put, 1)
    assert Changes.fetch(changes, other) == :error
    changes = changes |> put(other, :put, 2) |> put(one, :delete, 3)
    assert listed(changes) == [{other, :put, 2}, {one, :delete, 3}]
    assert {:ok, {_, ^other, :put, _, %{oif: 2}, nil}} = Changes.fetch(changes, other)
    assert {:ok, {_, ^one, :delete, _, %{oif: 3}, nil}} = Changes.fetch(changes, one)
  end
end
