defmodule Linx.Netlink.Rtnl.Rule.Plan do
  @moduledoc false
  # Steps for the rules of a desired state. Rules have no mutable part: none is updated. Pure.

  alias Linx.Netlink.Resource.Desired
  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Rule.Match

  @type step :: {tuple(), :force | {:after, [Rule.t()]} | nil}

  @doc """
  The steps. `managed` and `foreign` are the observed rules of the pass and of other owners, in the
  kernel's order.

  With the detail `:force` a rule is created even if the kernel would report a lookalike as
  existing; with `{:after, rules}` one is deleted only if these have been created.
  """
  @spec steps([Desired.wanted()], [Rule.t()], [Rule.t()]) :: [step()]
  def steps(desired, managed, foreign) do
    desired = Enum.uniq_by(desired, fn {rule, _takeover} -> Match.key(rule) end)
    wanted = MapSet.new(desired, fn {rule, _takeover} -> Match.key(rule) end)
    own = MapSet.new(managed, &Match.key/1)
    foreign_by_key = Map.new(Enum.reverse(foreign), &{untagged(&1), &1})
    places = Enum.group_by(managed, &place/1)

    ops =
      for {rule, takeover} <- desired,
          Match.key(rule) not in own,
          op = op(rule, foreign_by_key[untagged(rule)], takeover),
          do: op

    {made, _places} =
      Enum.map_reduce(ops, places, fn op, places ->
        rule = elem(op, tuple_size(op) - 1)
        there = Map.get(places, place(rule), [])
        force = if Enum.any?(there, &Match.kernel_matches?(rule, &1)), do: :force
        {{op, force}, Map.put(places, place(rule), [rule | there])}
      end)

    made ++ Enum.flat_map(places, fn {_place, rules} -> removals(rules, wanted) end)
  end

  # An equal rule of another owner is enough.
  defp op(rule, nil, _takeover), do: {:create, rule}
  defp op(rule, foreign, true), do: {:replace, foreign, rule}
  defp op(_rule, _theirs, false), do: nil

  defp untagged(rule), do: Match.key(%{rule | protocol: nil})

  defp place(rule), do: {rule.family, rule.priority || 0}

  # For the rules of one priority, in the kernel's order. A rule that stays, and that the kernel
  # would delete in the place of one that goes, is created again behind that one and deleted first.
  defp removals(rules, wanted) do
    rules =
      for {rule, n} <- Enum.with_index(rules) do
        asked = Match.request(rule)

        %{
          n: n,
          rule: rule,
          asked: asked,
          compared: Match.compared_fields(asked),
          key: Match.key(rule)
        }
      end

    {staying, going} = Enum.split_with(rules, &(&1.key in wanted))
    moving = moving(staying, going)
    copies = for %{asked: rule} <- moving, do: rule
    gone = Enum.sort_by(going ++ moving, & &1.n)
    after_copies = if copies != [], do: {:after, copies}

    for(rule <- copies, do: {{:create, rule}, :force}) ++
      for %{rule: rule} <- gone, do: {{:delete, rule}, after_copies}
  end

  # With those that the kernel would delete in the place of one that moves.
  defp moving(staying, going) do
    hides? = fn one ->
      Enum.any?(going, &(one.n < &1.n and Match.matches?(&1.compared, one.key)))
    end

    case Enum.split_with(staying, hides?) do
      {[], _staying} -> []
      {moving, staying} -> Enum.sort_by(moving ++ moving(staying, moving), & &1.n)
    end
  end
end
