defmodule Linx.Netlink.Rtnl.Reconcile.TreeTest do
  # The order of qdiscs and classes in a plan, and what goes with one of them.
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Reconcile.Tree
  alias Linx.Netlink.Rtnl.Tc.{Class, Filter, Qdisc}

  @root 0xFFFFFFFF
  @clsact 0xFFFFFFF1

  # From the root on.
  @objects [
    %Qdisc{ifindex: 3, handle: 0x1_0000, parent: @root},
    %Class{ifindex: 3, handle: 0x1_0001, parent: @root, kind: "htb"},
    %Class{ifindex: 3, handle: 0x1_0010, parent: 0x1_0001, kind: "htb"},
    %Qdisc{ifindex: 3, handle: 0x2_0000, parent: 0x1_0010},
    %Class{ifindex: 3, handle: 0x2_0001, parent: @root, kind: "drr"},
    %Qdisc{ifindex: 3, handle: 0, parent: 0x2_0001},
    %Filter{ifindex: 3, parent: 0x1_0000, handle: 1}
  ]

  # Of another link, for filters alone, and of a shared block.
  @others [
    %Qdisc{ifindex: 4, handle: 0x1_0000, parent: @root},
    %Qdisc{ifindex: 3, handle: 0xFFFF_0000, parent: @clsact},
    %Filter{ifindex: 3, parent: 0xFFFF_FFF2, handle: 1},
    %Filter{ifindex: -1, parent: 0x1_0000, handle: 1}
  ]

  defp observed(objects),
    do: Enum.group_by(objects, fn %module{} -> module.__resource__().plural end)

  defp objects(observed), do: observed |> Map.values() |> Enum.concat() |> Enum.sort()

  test "each object comes behind the one above, in any order of the rest" do
    steps = for object <- @objects, do: {{:create, object}, nil}
    assert Tree.parents_first(steps) == steps

    assert Tree.parents_first(Enum.reverse(steps)) |> Enum.filter(&linked?/1) ==
             Enum.filter(steps, &linked?/1)

    for _ <- 1..50 do
      ordered = Tree.parents_first(Enum.shuffle(steps))
      assert Enum.sort(ordered) == Enum.sort(steps)
      at = ordered |> Enum.with_index() |> Map.new(fn {{{:create, o}, nil}, n} -> {o, n} end)

      for {above, below} <- [{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {0, 6}],
          do: assert(at[Enum.at(@objects, above)] < at[Enum.at(@objects, below)])
    end
  end

  # A filter may be anywhere behind its qdisc.
  defp linked?({{:create, %module{}}, nil}), do: module != Filter

  test "steps of resources without a tree keep their order" do
    steps = for index <- [3, 1, 2], do: {{:delete, %Rtnl.Route{oif: index}}, nil}
    assert Tree.parents_first(steps) == steps
  end

  test "what is below an object goes with it, at any depth, and nothing else" do
    resource = Rtnl.resource!(:qdiscs)
    all = observed(@objects ++ @others)

    for {gone, stay} <- [{0, 1}, {3, 4}] do
      left = Tree.without_below(all, Rtnl.resources(), resource, [Enum.at(@objects, gone)])

      kept =
        if gone == 0,
          do: Enum.take(@objects, stay),
          else: Enum.take(@objects, stay) ++ [List.last(@objects)]

      assert objects(left) == Enum.sort(kept ++ @others)
    end

    left = Tree.without_below(all, Rtnl.resources(), resource, [Enum.at(@others, 1)])
    assert objects(left) == Enum.sort((@objects ++ @others) -- [Enum.at(@others, 2)])
  end
end
