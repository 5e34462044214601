defmodule Linx.Test.TcAction do
  @moduledoc false
  # Shared actions of ours and of `tc`, compared as `tc` lists them and as they are read.

  import ExUnit.Assertions
  import Linx.Test.Tc

  alias Linx.Netlink.Codec
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.Pedit

  @doc """
  Sets an action by `opts` with the index 1, and by the words of `tc` with the index 2. Asserts that `tc` and
  the library find them equal; the options as they are read.
  """
  def same!(sock, ns, kind, opts, words) do
    assert {opts, Action.replace(sock, kind, [index: 1] ++ opts)} == {opts, :ok}
    tc!(ns, "actions replace action #{kind} #{words} index 2")
    shown = constant(ns, kind, 2)
    assert {opts, constant(ns, kind, 1)} == {opts, shown}

    assert {:ok, ours} = Action.get(sock, kind, 1)
    assert {:ok, theirs} = Action.get(sock, kind, 2)
    assert Action.Entry.index(ours) == 1
    assert {opts, comparable(ours)} == {opts, comparable(theirs)}

    # What was read is written as it is.
    :ok = Action.delete(sock, kind, 1)
    assert {opts, Action.add(sock, ours)} == {opts, :ok}
    assert {opts, constant(ns, kind, 1)} == {opts, shown}
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

  @doc "The text of `tc` for the action with an index, without this, times and counters."
  def constant(ns, kind, index) do
    text = tc!(ns, "-details -statistics actions list action #{kind}")
    [_total | texts] = String.split(text, ~r/action order \d+:\s*/)
    text = Enum.find(texts, &(&1 =~ ~r/(\bindex |^police 0x)#{index}\s/))
    assert text != nil

    text
    |> String.replace(~r/index \d+|^police 0x\w+|(installed|used) \d+ sec|used_hw_stats.*/, "")
    |> String.split()
    |> Enum.join(" ")
  end

  defp comparable(entry) do
    case Codec.comparable(entry) do
      %{options: %Pedit{} = pedit} = entry ->
        parms = %{Pedit.parms(pedit) | index: nil}
        %{entry | options: %{pedit | parms: nil, parms_ex: parms}}

      entry ->
        put_in(entry.options.parms.index, nil)
    end
  end
end
