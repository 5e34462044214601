defmodule Linx.Netlink.Rtnl.Reconcile.Plan.Rules do
  @moduledoc false
  # Steps for rules. A rule is nothing but its identity: it is never updated. Pure.

  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Rule.Match

  @type step :: {tuple(), :beside | {:behind, [Rule.t()]} | nil}

  # `ours` and `theirs` are the rules that are there, in the kernel's order.
  @spec steps([{Rule.t(), boolean()}], [Rule.t()], [Rule.t()]) :: [step()]
  def steps(desired, ours, theirs) do
    desired = Enum.uniq_by(desired, fn {rule, _takeover} -> Match.key(rule) end)
    wanted = MapSet.new(desired, fn {rule, _takeover} -> Match.key(rule) end)
    own = MapSet.new(ours, &Match.key/1)
    foreign = Map.new(Enum.reverse(theirs), &{untagged(&1), &1})
    places = Enum.group_by(ours, &place/1)

    ops =
      for {rule, takeover} <- desired,
          Match.key(rule) not in own,
          op = op(rule, foreign[untagged(rule)], takeover),
          do: op

    {made, _places} =
      Enum.map_reduce(ops, places, fn op, places ->
        rule = elem(op, tuple_size(op) - 1)
        there = Map.get(places, place(rule), [])
        beside = if Enum.any?(there, &Match.kernel_matches?(rule, &1)), do: :beside
        {{op, beside}, Map.put(places, place(rule), [rule | there])}
      end)

    made ++ Enum.flat_map(places, fn {_place, rules} -> removals(rules, wanted) end)
  end

  # What another owner's rule does need not be done twice.
  defp op(rule, nil, _takeover), do: {:create, rule}
  defp op(rule, theirs, true), do: {:replace, theirs, rule}
  defp op(_rule, _theirs, false), do: nil

  defp untagged(rule), do: Match.key(%{rule | protocol: nil})

  defp place(rule), do: {rule.family, rule.priority || 0}

  # Of the rules of one priority, in the kernel's order. What stays, and would be taken for
  # one that goes, is made again behind that one and goes first.
  defp removals(rules, wanted) do
    rules =
      for {rule, n} <- Enum.with_index(rules) do
        asked = Match.request(rule)

        %{
          n: n,
          rule: rule,
          asked: asked,
          said: Match.compared_fields(asked),
          key: Match.key(rule)
        }
      end

    {staying, going} = Enum.split_with(rules, &(&1.key in wanted))
    moving = moving(staying, going)
    copies = for %{asked: rule} <- moving, do: rule
    gone = Enum.sort_by(going ++ moving, & &1.n)
    behind = if copies != [], do: {:behind, copies}

    for(rule <- copies, do: {{:create, rule}, :beside}) ++
      for %{rule: rule} <- gone, do: {{:delete, rule}, behind}
  end

  # With those that would be taken for one that moves.
  defp moving(staying, going) do
    hides? = fn one -> Enum.any?(going, &(one.n < &1.n and Match.matches?(&1.said, one.key))) end

    case Enum.split_with(staying, hides?) do
      {[], _staying} -> []
      {moving, staying} -> Enum.sort_by(moving ++ moving(staying, moving), & &1.n)
    end
  end
end
