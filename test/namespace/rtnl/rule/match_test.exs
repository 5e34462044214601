defmodule Linx.Namespace.Rtnl.Rule.MatchTest do
  # Rules that differ and that the kernel regards as equal, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Rtnl}
  alias Linx.Netlink.Rtnl.Rule

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "delete/2 deletes the rule that has all given options", %{ns: ns, sock: sock} do
    for n <- 1..3, do: assert(Rule.add(sock, table: 100 + n, priority: 900, fwmark: n) == :ok)

    assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, table: 101, fwmark: 2)
    assert Rule.delete(sock, table: 102, priority: 900) == :ok
    assert Enum.map(made(ns, :inet), & &1["table"]) == ["101", "103"]
  end

  # Rules of one priority, as arguments of `ip`.
  describe "among rules of one priority" do
    @inet ["from 10.0.0.0/8 tos 8", "from 10.0.0.0/8", "", "fwmark 3"]
    @inet6 ["from fd00::/8 tos 8", "from fd00::/8", "", "fwmark 3"]

    # The least specific is created first: in the other order the kernel regards them as equal.
    defp made_of(ns, family, lines) do
      for line <- lines,
          do: ip!(ns, "#{flag(family)} rule add priority 900 #{line} table 7")

      made(ns, family)
    end

    for {family, lines} <- [inet: @inet, inet6: @inet6] do
      test "a listed rule is deleted, or the rule that shadows it is returned, #{family}",
           %{ns: ns, sock: sock} do
        family = unquote(family)
        [tos, from, all, mark] = unquote(lines)
        in_ip = made_of(ns, family, [all, from, tos, mark])
        {:ok, rules} = Rule.list(sock, family: family)
        [all, from, tos, mark] = for %{priority: 900} = rule <- rules, do: rule

        # Each is the first rule with all of its attributes.
        assert Rule.delete(sock, from) == :ok
        assert made(ns, family) == List.delete_at(in_ip, 1)
        assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, from)
        assert Rule.delete(sock, mark) == :ok
        assert Rule.delete(sock, all) == :ok
        assert made(ns, family) == [Enum.at(in_ip, 2)]

        # The rule with fewer attributes is after the one with more.
        opts = [priority: 900, table: 7, family: family]
        assert Rule.add(sock, opts) == :ok
        assert length(made(ns, family)) == 2
        assert Rule.delete(sock, all) == {:error, {:shadowed_by, tos}}
        assert length(made(ns, family)) == 2
        assert Rule.delete(sock, tos) == :ok
        assert Rule.delete(sock, all) == :ok
        assert made(ns, family) == []
      end

      test "a rule is added although the kernel regards another one as equal, #{family}",
           %{ns: ns, sock: sock} do
        family = unquote(family)
        [tos, from, _all, _mark] = unquote(lines)
        made_of(ns, family, [tos])
        ip!(ns, "#{flag(family)} rule add priority 901 goto 1000")
        network = from |> String.split() |> List.last()
        opts = [priority: 900, table: 7, family: family]

        for opts <- [
              [from: network] ++ opts,
              opts,
              [invert: true, from: network] ++ opts,
              [priority: 901, goto: 2000, family: family]
            ] do
          before = made(ns, family)
          assert Rule.add(sock, opts) == :ok
          assert [_] = made(ns, family) -- before
          # An equal rule is refused.
          assert {:error, %Error{errno: :eexist}} = Rule.add(sock, opts)
          assert {:error, %Error{errno: :eexist}} = Rule.add(sock, [echo: true] ++ opts)
        end

        assert length(made(ns, family)) == 6
      end

      test "delete/2 compares the fields that the kernel does not compare, #{family}",
           %{ns: ns, sock: sock} do
        family = unquote(family)
        [_tos, from, _all, _mark] = unquote(lines)
        ip!(ns, "#{flag(family)} rule add priority 900 not #{from} table 7")
        ip!(ns, "#{flag(family)} rule add priority 901 goto 1000")
        before = made(ns, family)
        network = from |> String.split() |> List.last()
        opts = [priority: 900, table: 7, from: network]

        for opts <- [[invert: false] ++ opts, [priority: 901, goto: 2000, family: family]],
            do: assert({:error, %Error{errno: :enoent}} = Rule.delete(sock, opts))

        # The rule that is not inverted does not exist: the inverted one is not deleted for it.
        {:ok, [rule]} = rules_at(sock, family, 900)
        assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, %{rule | flags: 0})
        assert made(ns, family) == before

        assert Rule.add(sock, [invert: false] ++ opts) == :ok
        assert {:error, {:shadowed_by, ^rule}} = Rule.delete(sock, [invert: false] ++ opts)
        assert length(made(ns, family)) == 3
        assert Rule.delete(sock, [invert: true] ++ opts) == :ok
        assert Rule.delete(sock, [invert: false] ++ opts) == :ok
        assert Rule.delete(sock, priority: 901, goto: 1000, family: family) == :ok
        assert made(ns, family) == []
      end
    end

    test "a batch deletes the first rule that the kernel regards as equal",
         %{ns: ns, sock: sock} do
      made_of(ns, :inet, ["from 10.0.0.0/8 fwmark 1", "from 10.0.0.0/8"])
      {:ok, [mark, from]} = rules_at(sock, :inet, 900)
      assert Rule.delete(sock, from) == {:error, {:shadowed_by, mark}}

      {:ok, results} =
        Batch.run(sock, fn batch -> for rule <- [from, from], do: Rule.delete(batch, rule) end)

      assert results == [:ok, :ok]
      assert made(ns, :inet) == []
    end

    test "a rule of priority 0 is deleted, and no rule of another priority for it",
         %{ns: ns, sock: sock} do
      ip!(ns, "rule add priority 0 from 10.0.0.0/8 table 7")
      {:ok, [_local, rule]} = rules_at(sock, :inet, nil)
      assert Rule.delete(sock, rule) == :ok

      ip!(ns, "rule add priority 5 from 10.0.0.0/8 table 7")
      assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, rule)
      assert {:ok, results} = Batch.run(sock, fn batch -> [Rule.delete(batch, rule)] end)
      assert [{:error, %Error{errno: :enoent}}] = results
      assert [%{"priority" => 5}] = made(ns, :inet)
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
