defmodule Linx.Test.TcAction do
  @moduledoc false
  # Shared actions of ours and of `tc`, compared as `tc` lists them and as they are read.

  import ExUnit.Assertions
  import Linx.Test.Tc

  alias Linx.Netlink.Codec
  alias Linx.Netlink.Rtnl.Tc.Action

  @doc """
  Sets an action by `opts` with the index 1, and by the words of `tc` with the index 2. Asserts that `tc` and
  the library find them equal; the options as they are read.
  """
  def same!(sock, ns, kind, opts, words) do
    assert {opts, Action.replace(sock, kind, [index: 1] ++ opts)} == {opts, :ok}
    tc!(ns, "actions replace action #{kind} #{words} index 2")
    ours = tc_action(ns, kind, 1)
    assert ours != nil
    assert {opts, constant(ours)} == {opts, constant(tc_action(ns, kind, 2))}

    assert {:ok, ours} = Action.get(sock, kind, 1)
    assert {:ok, theirs} = Action.get(sock, kind, 2)
    assert %{parms: %{index: 1}} = ours.options
    assert {opts, comparable(ours)} == {opts, comparable(theirs)}

    # What was read is written as it is.
    :ok = Action.delete(sock, kind, 1)
    assert {opts, Action.add(sock, ours)} == {opts, :ok}
    assert {opts, constant(tc_action(ns, kind, 1))} == {opts, constant(tc_action(ns, kind, 2))}
    assert {:ok, again} = Action.get(sock, kind, 1)
    assert {opts, comparable(again)} == {opts, comparable(theirs)}
    ours.options
  end

  @doc "The action with an index, as `tc -json` lists it; `nil` if there is none."
  def tc_action(ns, kind, index) do
    actions = for %{"actions" => list} <- tc_list(ns, kind), action <- list, do: action
    Enum.find(actions, &(&1["index"] == index))
  end

  defp tc_list(ns, kind), do: tc_json(ns, "actions list action #{kind}", details: true)

  defp constant(action),
    do:
      Map.drop(action, ~w(index order installed last_used first_used expires stats used_hw_stats))

  defp comparable(entry), do: put_in(Codec.comparable(entry).options.parms.index, nil)
end
