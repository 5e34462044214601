defmodule Linx.Namespace.Rtnl.Rule.QueryTest do
  # Lists of rules and rules that are found, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Rule

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "list/2 returns the rules that ip shows", %{ns: ns, sock: sock} do
    ip!(ns, "rule add from 10.0.0.0/24 fwmark 7 table 5000 priority 900")
    ip!(ns, "-6 rule add to fd00::/8 table 77 priority 901")

    for {family, number} <- [inet: 2, inet6: 10] do
      assert {:ok, rules} = Rule.list(sock, family: family)
      assert Enum.all?(rules, &(&1.family == number))

      # -N prints the numbers of tables in place of their names.
      shown = ip_json(ns, "-N -details #{flag(family)} rule show")

      assert Enum.map(rules, &{&1.priority || 0, to_string(Rule.target_table(&1))}) ==
               Enum.map(shown, &{&1["priority"], &1["table"]})
    end

    {:ok, all} = Rule.list(sock)
    {:ok, inet} = Rule.list(sock, family: :inet)
    {:ok, inet6} = Rule.list(sock, family: :inet6)
    assert (inet ++ inet6) -- all == []
  end

  for {flag, add, then} <- [
        {:iif_detached, "iif v0 table 100", "link delete v0"},
        {:oif_detached, "oif v0 table 100", "link delete v0"},
        {:unresolved, "goto 78", "rule delete priority 78"}
      ],
      {family, ip} <- [inet: "-4", inet6: "-6"] do
    test "flags/1 has #{flag} after a link or a rule is deleted, #{family}",
         %{ns: ns, sock: sock} do
      ip!(ns, "#{unquote(ip)} rule add priority 78 table 100")
      ip!(ns, "#{unquote(ip)} rule add priority 77 not #{unquote(add)}")

      flags = fn ->
        {:ok, [rule]} = rules_at(sock, unquote(family), 77)
        Rule.flags(rule)
      end

      assert flags.() == [:invert]
      ip!(ns, "#{unquote(ip)} #{unquote(then)}")
      assert flags.() == [:invert, unquote(flag)]
      word = unquote(Atom.to_string(flag))

      assert [%{^word => nil}] =
               for(%{"priority" => 77} = one <- made(ns, unquote(family)), do: one)
    end
  end

  describe "get/2" do
    setup %{ns: ns} do
      ip!(ns, "rule add priority 7 from 10.0.0.0/8 fwmark 5 table 100 protocol bgp")
      ip!(ns, "rule add priority 7 not from 10.0.0.0/8 table 100")
      ip!(ns, "-6 rule add priority 8 to fd00::/8 ipproto udp table main")
      :ok
    end

    for {opts, priority, flags} <- [
          {[priority: 7], 7, []},
          {[from: "10.0.0.0/8"], 7, []},
          {[from: {{10, 0, 0, 0}, 8}, invert: true], 7, [:invert]},
          {[fwmark: 5, protocol: :bgp, table: 100], 7, []},
          {[family: :inet6, ip_proto: :udp], 8, []},
          {[to: "fd00::/8", table: :main], 8, []},
          {[table: :local], 0, []}
        ] do
      test "returns the first rule with #{inspect(opts)}", %{sock: sock} do
        assert {:ok, rule} = Rule.get(sock, unquote(Macro.escape(opts)))
        assert {rule.priority || 0, Rule.flags(rule)} == {unquote(priority), unquote(flags)}
        assert {:ok, rules} = Rule.list(sock)
        assert rule in rules
      end
    end

    for opts <- [[priority: 9], [from: "10.0.0.0/9"], [fwmark: 5, table: 101], [goto: 9]] do
      test "returns :enoent if no rule has #{inspect(opts)}", %{sock: sock} do
        assert {:error, %Error{errno: :enoent}} = Rule.get(sock, unquote(Macro.escape(opts)))
      end
    end

    test "refuses invalid options", %{sock: sock} do
      assert Rule.get(sock, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Rule.get(sock, table: :odd) == {:error, {:bad_option, :table, :odd}}
      assert Rule.get(sock, from: "10.0.0.0/33") == {:error, {:bad_cidr, "10.0.0.0/33"}}
    end
  end

  test "realms/1 returns the realms of a rule", %{ns: ns, sock: sock} do
    ip!(ns, "rule add priority 77 realms 3/4 table 7")
    assert {:ok, rule} = Rule.get(sock, priority: 77)
    assert Rule.realms(rule) == {3, 4}
  end

  test "action/1 and protocol/1 return the names that ip uses", %{ns: ns, sock: sock} do
    for {family, ip} <- [inet: "-4", inet6: "-6"] do
      for {line, n} <- Enum.with_index(~w(blackhole unreachable prohibit nop)),
          do: ip!(ns, "#{ip} rule add priority #{70 + n} #{line} protocol bgp")

      ip!(ns, "#{ip} rule add priority 74 goto 32766 protocol ra")
      ip!(ns, "#{ip} rule add priority 75 table 7 protocol 76")

      {:ok, rules} = Rule.list(sock, family: family)
      rules = for %{priority: priority} = rule when priority in 70..75 <- rules, do: rule

      assert Enum.map(rules, &Rule.action/1) ==
               ~w(blackhole unreachable prohibit nop goto to_tbl)a

      assert Enum.map(rules, &Rule.protocol/1) == [:bgp, :bgp, :bgp, :bgp, :ra, 76]
    end
  end

  defp shown(ns, family), do: ip_json(ns, "-details #{flag(family)} rule show")

  defp flag(:inet), do: "-4"
  defp flag(:inet6), do: "-6"

  # The rules, without those of a new namespace.
  defp made(ns, family),
    do: for(rule <- shown(ns, family), rule["priority"] not in [0, 32_766, 32_767], do: rule)

  defp rules_at(sock, family, priority) do
    with {:ok, rules} <- Rule.list(sock, family: family),
         do: {:ok, Enum.filter(rules, &(&1.priority == priority))}
  end
end
