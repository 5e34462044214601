defmodule Linx.Namespace.Rtnl.Reconcile.RulesTest do
  # Rules in a pass: the kernel compares only some of their fields.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.ReconcileHelpers

  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Reconcile.Executor

  setup :with_pair

  test "rules of both families are created, kept, replaced and deleted", %{ns: ns, sock: sock} do
    rules = [
      [priority: 100, from: "10.0.0.0/8", table: 5000],
      [priority: 100, to: "fd00::/8", table: 7],
      [priority: 101, fwmark: 3, table: 7],
      [priority: 101, fwmark: 3, fwmask: 0xFF, table: 7, iif: "v0"],
      [priority: 102, ip_proto: :udp, sport: 53, dport: {1000, 2000}, table: 7, family: :inet6],
      [priority: 103, action: :blackhole, invert: true, from: "10.9.0.0/16"],
      [priority: 104, table: 254, suppress_prefixlength: 0, oif: "eth9"],
      [priority: 105, goto: 200],
      [priority: 106, l3mdev: true],
      [priority: 107, uid_range: {0, 0}, table: 7, tos: 4],
      [priority: 200, action: :nop]
    ]

    ip!(ns, "rule add priority 100 from 10.0.0.0/8 table 5000 iif v1 protocol 4")
    first = reconcile!(sock, %{rules: rules})
    assert first.failed == []

    assert length(tagged(ns, "76")) == 11

    assert reconcile!(sock, %{rules: rules}).applied == []

    # A rule cannot be changed: a new one is created and the old one deleted.
    [_ | rest] = rules
    second = reconcile!(sock, %{rules: [[priority: 100, from: "10.0.0.0/9", table: 5000] | rest]})
    assert [create: %{src_len: 9}, delete: %{src_len: 8}] = second.applied

    assert reconcile!(sock, %{}).failed == []
    assert tagged(ns, "76") == []
    assert [_] = tagged(ns, "static")
  end

  # A field of a rule that is changed, removed or added, for both families. The kernel regards
  # some of these rules as equal.
  for {family, network, other} <- [
        {:inet, "10.0.0.0/8", "10.0.0.1/16"},
        {:inet6, "fd00::/8", "fd00::1/16"}
      ],
      {text, before, then} <- [
        {"source changed", [from: network], [from: other]},
        {"source removed", [from: network], []},
        {"destination changed", [to: network], [to: other]},
        {"destination removed", [to: network], []},
        {"table changed", [table: 8], [table: 5000]},
        {"mark changed", [fwmark: 3], [fwmark: 4]},
        {"mark removed", [fwmark: 3], []},
        {"mask removed", [fwmark: 3, fwmask: 0xFF], [fwmark: 3]},
        {"inversion added", [from: network], [from: network, invert: true]},
        {"inversion removed", [from: network, invert: true], [from: network]},
        {"TOS changed", [tos: 8], [tos: 16]},
        {"TOS removed", [tos: 8], []},
        {"incoming link changed", [iif: "v0"], [iif: "v1"]},
        {"outgoing link changed", [oif: "v0"], [oif: "v9"]},
        {"UID range changed", [uid_range: 7], [uid_range: {7, 8}]},
        {"IP protocol changed", [ip_proto: :tcp], [ip_proto: :udp]},
        {"source port changed", [ip_proto: :tcp, sport: 7], [ip_proto: :tcp, sport: {7, 8}]},
        {"destination port removed", [ip_proto: :tcp, dport: 7], [ip_proto: :tcp]},
        {"tunnel id changed", [tun_id: 7], [tun_id: 8]},
        {"suppressed prefix length changed", [suppress_prefixlength: 0],
         [suppress_prefixlength: 8]},
        {"suppressed prefix length removed", [suppress_prefixlength: 0], []},
        {"suppressed group of links changed", [suppress_ifgroup: 7], [suppress_ifgroup: 8]},
        {"goto target changed", [goto: 1000], [goto: 2000]},
        {"action changed", [action: :blackhole], [action: :prohibit]},
        {"l3mdev replaced by an action", [l3mdev: true], [action: :nop]},
        {"priority changed", [priority: 901], [priority: 902]}
      ] do
    if text =~ "UID", do: @tag(:initial_users)

    test "a rule is replaced: #{text}, #{family}", %{ns: ns, sock: sock} do
      {family, flag} = {unquote(family), unquote(if(family == :inet, do: "-4", else: "-6"))}
      shown = fn -> ip_json(ns, "#{flag} -details rule show") end
      empty = shown.()

      desired = fn opts ->
        to = if opts[:l3mdev] || opts[:action] || opts[:goto], do: [], else: [table: 7]
        %{rules: [Keyword.merge([priority: 900, family: family] ++ to, opts)]}
      end

      [before, then] = for opts <- [unquote(before), unquote(then)], do: desired.(opts)
      assert [create: _] = reconcile!(sock, before).applied
      assert [first] = shown.() -- empty
      assert reconcile!(sock, before).applied == []

      changed = reconcile!(sock, then)
      assert changed.failed == []
      assert [create: _, delete: _] = changed.applied
      assert [second] = shown.() -- empty
      assert first != second
      assert reconcile!(sock, then).applied == []

      # Both rules are desired, then `before` alone: first as the newer, then as the older rule.
      both = %{rules: then.rules ++ before.rules}

      for _ <- 1..2 do
        assert [create: _] = reconcile!(sock, both).applied
        assert length(shown.() -- empty) == 2
        assert reconcile!(sock, both).applied == []
        assert reconcile!(sock, before).failed == []
        assert shown.() -- empty == [first]
        assert reconcile!(sock, before).applied == []
      end

      assert reconcile!(sock, %{}).failed == []
      assert shown.() == empty
    end
  end

  test "a rule is replaced when its realms change", %{ns: ns, sock: sock} do
    rule = &%{rules: [[priority: 900, table: 7] ++ &1]}
    assert [create: _] = reconcile!(sock, rule.(realms: {3, 4})).applied
    assert [%{"flow_from" => "3", "flow_to" => "4"}] = tagged(ns, "76")
    assert [create: _, delete: _] = reconcile!(sock, rule.(realms: 5)).applied
    assert [%{"flow_to" => "5"}] = tagged(ns, "76")
    assert [create: _, delete: _] = reconcile!(sock, rule.([])).applied
    assert [rule] = tagged(ns, "76")
    refute rule["flow_to"]
  end

  test "another owner's rule that equals the desired one is enough, and is kept", context do
    %{ns: ns, sock: sock} = context

    for {flag, family, network} <- [{"-4", :inet, "10.0.0.0/8"}, {"-6", :inet6, "fd00::/8"}] do
      ip!(ns, "#{flag} rule add priority 900 from #{network} table 7 protocol 77")
      assert [%{"priority" => 900} = theirs] = tagged(ns, "77")

      same = reconcile!(sock, %{rules: [[priority: 900, table: 7, from: network]]})
      assert {same.applied, same.conflicts, same.converged?} == {[], [], true}

      for rule <- [[invert: true, from: network], [family: family]] do
        desired = %{rules: [[priority: 900, table: 7] ++ rule]}
        assert [create: _] = reconcile!(sock, desired).applied
        assert reconcile!(sock, desired).applied == []
        assert [delete: _] = reconcile!(sock, %{}).applied
        assert tagged(ns, "77") == [theirs]
      end

      ip!(ns, "#{flag} rule delete priority 900")
    end
  end

  test "a rule whose replacement failed is not deleted", %{ns: ns, sock: sock} do
    base = [priority: 900, table: 7, protocol: 76]
    for opts <- [[from: "10.0.0.0/8"], []], do: :ok = Rule.add(sock, base ++ opts)
    {:ok, rules} = Rule.list(sock, family: :inet)
    [from, all] = for %{priority: 900} = rule <- rules, do: rule
    owned = %{addresses: MapSet.new(), neighbours: MapSet.new(), links: MapSet.new()}

    # The first copy is a goto to a lower priority, which the kernel refuses.
    for {copy, count} <- [{%{from | action: 2, goto: 1}, 2}, {from, 1}] do
      steps = [
        {{:create, copy}, :force},
        {{:delete, from}, {:after, [copy]}},
        {{:delete, all}, {:after, [copy]}}
      ]

      report = Executor.run(sock, {steps, []}, owned, %{}, :continue)
      assert length(report.pending) == 2 * length(report.failed)
      assert length(tagged(ns, "76")) == count
    end
  end

  defp tagged(ns, protocol) do
    for family <- ["-4", "-6"],
        %{"protocol" => ^protocol} = rule <- ip_json(ns, "#{family} -details rule show"),
        do: rule
  end
end
