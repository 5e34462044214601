defmodule Linx.Netlink.Rtnl.Rule.PlanTest do
  use ExUnit.Case, async: true

  alias Linx.Netlink.Rtnl.{Reconcile, Rule}
  alias Linx.Netlink.Rtnl.Reconcile.{Desired, Plan}
  alias Linx.Netlink.Rtnl.Rule.Match

  @indices %{}

  defp normalize(section, spec) do
    with {:ok, all} <- Reconcile.normalize(%{section => [spec]}, @indices, 76),
         do: {:ok, hd(all[section])}
  end

  defp plan(desired, observed) do
    context = %{indices: @indices, protocol: 76}
    {:ok, wanted} = Desired.normalize(desired, context, false)
    {steps, []} = Plan.steps(wanted, observed, %{}, context)
    for {op, _} <- steps, do: op
  end

  describe "a plan for rules of one priority" do
    # Each rule has a letter. A text of letters is a list of rules in the kernel's order.
    @letters %{
      a: [from: "10.0.0.0/8", tos: 8],
      b: [from: "10.0.0.0/8"],
      c: [],
      d: [from: "10.0.0.0/8", invert: true],
      e: [fwmark: 3]
    }

    for {observed, desired, steps} <- [
          # Rules are deleted in order. A request for a rule does not match a rule with fewer
          # selectors.
          {"abc", "", "-a -b -c"},
          {"cba", "cb", "-a"},
          # A rule that the kernel would delete in place of another is created again, and so is a
          # rule that it would delete in place of that one.
          {"bc", "b", "+b -b -c"},
          {"abec", "abe", "+a +b +e -a -b -e -c"},
          {"ab", "a", "+a -a -b"},
          {"eab", "ea", "+a -a -b"},
          # The kernel does not distinguish b from d, which has :invert.
          {"b", "d", "+d -b"},
          {"db", "d", "+d -d -b"},
          {"bd", "b", "+b -b -d"}
        ] do
      test "from #{observed} to #{inspect(desired)}" do
        letters =
          for {letter, opts} <- @letters, into: %{} do
            {:ok, rule} = normalize(:rules, [priority: 9, table: 7] ++ opts)
            {Match.key(rule), letter}
          end

        rules = fn letters ->
          for <<letter <- letters>>,
            do: [priority: 9, table: 7] ++ @letters[List.to_existing_atom([letter])]
        end

        {:ok, %{rules: observed}} =
          Reconcile.normalize(%{rules: rules.(unquote(observed))}, @indices, 76)

        steps =
          for {verb, rule} <- plan(%{rules: rules.(unquote(desired))}, %{rules: observed}) do
            sign = if verb == :create, do: "+", else: "-"
            "#{sign}#{letters[Match.key(rule)]}"
          end

        assert Enum.join(steps, " ") == unquote(steps)
      end
    end
  end

  test "rules are equal regardless of the values that the kernel adds" do
    {:ok, rule} = normalize(:rules, priority: 9, table: 7, fwmark: 1, sport: 53, ip_proto: 17)

    reported = %{
      rule
      | fwmask: 0xFFFFFFFF,
        suppress_prefixlen: -1,
        suppress_ifgroup: -1,
        flags: 0x8,
        masks: %Rule.Masks{sport_mask: 0xFFFF}
    }

    assert Match.key(rule) == Match.key(reported)

    for fields <- [
          [iifname: "v0"],
          [flags: 2],
          [fwmask: 1],
          [action: 6],
          [sport_range: nil],
          [suppress_prefixlen: 0],
          [tos: 4],
          [masks: %Rule.Masks{sport_mask: 1}]
        ] do
      refute Match.key(rule) == Match.key(struct!(rule, fields))
    end
  end
end
