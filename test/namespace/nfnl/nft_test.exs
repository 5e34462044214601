defmodule Linx.Namespace.Nfnl.NftTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl, Socket}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Expr, Hook, Rule, Set, Table}

  setup :with_nfnl

  @table %Table{family: :bridge, name: "t"}
  @chain %Chain{family: :bridge, table: "t", name: "c"}
  @rule %Rule{family: :bridge, table: "t", chain: "c"}
  @set %Set{family: :bridge, table: "t", name: "s", key_type: 7, key_len: 4}

  defp verdict(code), do: %Expr.Immediate{dreg: 0, data: Data.verdict(code)}
  defp rule(expressions), do: %{@rule | expressions: expressions}

  # Kernels support different families. Every kernel with nf_tables has the bridge family.
  defp in_bridge(ns, test), do: where(ns, [:bridge], test)

  describe "a batch" do
    test "adds a base chain and its rules", %{ns: ns, sock: sock} do
      where(ns, [:inet], fn ->
        hook = Hook.new(:inet, :forward, -150)

        expressions = [
          %Expr.Meta{key: :l4proto, dreg: 1},
          %Expr.Cmp{sreg: 1, op: :eq, data: Data.value(<<6>>)},
          %Expr.Payload{base: :transport_header, offset: 2, len: 2, dreg: 1},
          %Expr.Cmp{sreg: 1, op: :neq, data: Data.value(<<22::16>>)},
          %Expr.Counter{packets: 5, bytes: 500},
          %Expr.Log{prefix: "seen ", group: 3},
          %Expr.Reject{type: :icmpx_unreach, icmp_code: 3}
        ]

        assert Nfnl.batch(sock, [
                 Nft.add(%Table{family: :inet, name: "t"}),
                 Nft.add(%Chain{
                   family: :inet,
                   table: "t",
                   name: "c",
                   type: "filter",
                   hook: hook,
                   policy: :drop
                 }),
                 Nft.add(%Rule{family: :inet, table: "t", chain: "c", expressions: expressions})
               ]) == :ok

        assert [chain] = listed_as(ns, "chain")

        assert chain == %{
                 "family" => "inet",
                 "table" => "t",
                 "name" => "c",
                 "type" => "filter",
                 "hook" => "forward",
                 "prio" => -150,
                 "policy" => "drop"
               }

        assert [%{"expr" => [match, counter, log, reject]}] = listed_as(ns, "rule")

        assert match == %{
                 "match" => %{
                   "left" => %{"payload" => %{"field" => "dport", "protocol" => "tcp"}},
                   "op" => "!=",
                   "right" => 22
                 }
               }

        assert counter == %{"counter" => %{"bytes" => 500, "packets" => 5}}
        assert log == %{"log" => %{"group" => 3, "prefix" => "seen "}}
        assert reject == %{"reject" => %{"expr" => "admin-prohibited", "type" => "icmpx"}}
      end)
    end

    test "adds rules in any order, replaces them and deletes them", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        order = fn -> for %{"expr" => [first | _]} <- listed_as(ns, "rule"), do: first end
        counting = fn n -> %{"counter" => %{"packets" => n, "bytes" => 0}} end
        counter = fn n -> rule([%Expr.Counter{packets: n}]) end

        :ok =
          Nfnl.batch(sock, [
            Nft.add(@table),
            Nft.add(@chain),
            Nft.add(counter.(2)),
            Nft.insert(counter.(1)),
            Nft.add(counter.(5))
          ])

        assert order.() == Enum.map([1, 2, 5], counting)

        {:ok, [_, two, five]} = Nft.rules(sock)

        :ok =
          Nfnl.batch(sock, [
            Nft.add(%{counter.(3) | position: two.handle}),
            Nft.insert(%{counter.(4) | position: five.handle}),
            Nft.replace(%{five | expressions: [%Expr.Counter{packets: 6}]})
          ])

        assert order.() == Enum.map([1, 2, 3, 4, 6], counting)

        # A rule that was read is added at the end as a new one, regardless of its position.
        {:ok, [first | _]} = Nft.rules(sock)
        :ok = Nfnl.batch(sock, [Nft.add(first), Nft.delete(two)])
        assert order.() == Enum.map([1, 3, 4, 6, 1], counting)

        :ok = Nfnl.batch(sock, [Nft.flush(@chain)])
        assert order.() == []
        :ok = Nfnl.batch(sock, [Nft.add(counter.(1)), Nft.flush(@table)])
        assert order.() == []
      end)
    end

    test "refuses to create an existing object, destroys a missing one", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        assert Nfnl.batch(sock, Enum.map([@table, @chain, @set], &Nft.create/1)) == :ok
        assert Nfnl.batch(sock, Enum.map([@table, @chain, @set], &Nft.add/1)) == :ok

        for object <- [@table, @chain, @set] do
          assert {:error, {1, %Error{errno: :eexist}}} = Nfnl.batch(sock, [Nft.create(object)])
        end

        {:ok, [chain]} = Nft.chains(sock)
        {:ok, [set]} = Nft.sets(sock)
        assert Nfnl.batch(sock, [Nft.delete(%{set | name: nil})]) == :ok
        assert Nfnl.batch(sock, [Nft.delete(%{chain | name: nil})]) == :ok

        for object <- [@chain, @set, %{@rule | handle: 99}] do
          assert {:error, {1, %Error{errno: :enoent}}} = Nfnl.batch(sock, [Nft.delete(object)])
        end

        assert listed(ns) == [{"table", %{"family" => "bridge", "name" => "t"}}]

        case Nfnl.batch(sock, Enum.map([@chain, @set, @table, @table], &Nft.destroy/1)) do
          :ok ->
            assert listed(ns) == []

          {:error, {1, %Error{errno: :einval}}} ->
            IO.puts(:stderr, "\nNot tested: this kernel has no NFT_MSG_DESTROY*.")
        end
      end)
    end

    test "adds a verdict whose target is a chain of the same batch", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        jump = %Expr.Immediate{dreg: 0, data: Data.jump("two")}
        goto = %Expr.Immediate{dreg: 0, data: Data.goto("two")}

        assert Nfnl.batch(sock, [
                 Nft.add(@table),
                 Nft.add(@chain),
                 Nft.add(%{@chain | name: "two"}),
                 Nft.add(rule([jump])),
                 Nft.add(rule([goto])),
                 Nft.add(rule([verdict(:accept)]))
               ]) == :ok

        assert [
                 [%{"jump" => %{"target" => "two"}}],
                 [%{"goto" => %{"target" => "two"}}],
                 [%{"accept" => nil}]
               ] = for(rule <- listed_as(ns, "rule"), do: rule["expr"])
      end)
    end

    test "flushes the ruleset of one family, and of all", %{ns: ns, sock: sock} do
      where(ns, [:ip, :bridge], fn ->
        tables = for family <- [:ip, :bridge], do: %Table{family: family, name: "t"}
        :ok = Nfnl.batch(sock, Enum.map(tables, &Nft.add/1))
        :ok = Nfnl.batch(sock, [Nft.flush_ruleset(:ip)])
        assert [%{"family" => "bridge"}] = listed_as(ns, "table")
        :ok = Nfnl.batch(sock, [Nft.flush_ruleset()])
        assert listed(ns) == []
      end)
    end
  end

  describe "a set" do
    defp v4(n), do: Data.value(<<10, div(n, 65_536), rem(div(n, 256), 256), rem(n, 256)>>)

    test "has 10,000 elements of one batch", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        elements = for n <- 0..9999, do: %Element{key: v4(n)}
        messages = Nft.add_elements(@set, elements)
        assert length(messages) in 2..5
        before = generation(sock)
        assert Nfnl.batch(sock, [Nft.add(@table), Nft.add(@set) | messages]) == :ok
        assert generation(sock) == before + 1

        assert [%{"elem" => shown}] = listed_as(ns, "set")
        assert length(shown) == 10_000
        assert MapSet.size(MapSet.new(shown)) == 10_000
        assert "10.0.39.15" in shown

        {:ok, read} = Nft.elements(sock, @set)
        assert MapSet.new(read, & &1.key.value) == MapSet.new(elements, & &1.key.value)

        assert Nfnl.batch(sock, Nft.delete_elements(@set, Enum.drop(elements, 1))) == :ok
        assert [%{"elem" => ["10.0.0.0"]}] = listed_as(ns, "set")
        assert Nfnl.batch(sock, [Nft.flush(@set)]) == :ok
        assert {:ok, []} = Nft.elements(sock, @set)
      end)
    end

    test "has timeouts, intervals and data", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        timed = %{@set | name: "timed", flags: [:timeout], timeout: 3_600_000}
        ranges = %{@set | name: "ranges", flags: [:interval]}

        map = %{@set | name: "map", flags: [:map], data_type: 0xFFFFFF00, data_len: 16}

        assert Nfnl.batch(
                 sock,
                 [Nft.add(@table) | Enum.map([timed, ranges, map], &Nft.add/1)] ++
                   Nft.add_elements(timed, [%Element{key: v4(1), timeout: 60_000}]) ++
                   Nft.add_elements(ranges, [
                     %Element{key: v4(16)},
                     %Element{key: v4(32), flags: [:interval_end]}
                   ]) ++
                   Nft.add_elements(map, [%Element{key: v4(1), data: Data.verdict(:drop)}])
               ) == :ok

        sets = Map.new(listed_as(ns, "set"), &{&1["name"], &1})
        assert %{"timeout" => 3600, "flags" => ["timeout"]} = sets["timed"]
        assert [%{"elem" => %{"timeout" => 60, "val" => "10.0.0.1"}}] = sets["timed"]["elem"]
        assert [%{"prefix" => %{"addr" => "10.0.0.16", "len" => 28}}] = sets["ranges"]["elem"]
        assert [%{"elem" => [["10.0.0.1", %{"drop" => nil}]]}] = listed_as(ns, "map")
      end)
    end

    test "refuses an element of another size", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        :ok = Nfnl.batch(sock, [Nft.add(@table), Nft.add(@set)])
        before = listed(ns)

        good = Nft.add_elements(@set, [%Element{key: v4(1)}])
        bad = Nft.add_elements(@set, [%Element{key: v4(2)}, %Element{key: Data.value(<<1, 2>>)}])

        assert {:error, {2, %Error{errno: :einval}}} = Nfnl.batch(sock, good ++ bad)
        assert listed(ns) == before
      end)
    end

    test "that does not exist is an error", %{ns: ns, sock: sock} do
      in_bridge(ns, fn ->
        assert {:error, %Error{errno: :enoent}} = Nft.elements(sock, @set)
      end)
    end

    defp generation(sock) do
      {:ok, %{id: id}} = Nfnl.Codec.get_gen(sock)
      id
    end
  end

  describe "a list" do
    test "is filtered by family, table and chain", %{ns: ns, sock: sock} do
      where(ns, [:ip, :bridge], fn ->
        load!(ns, """
        table ip one { set s { type mark; }; chain a { accept; drop; }; chain b { return; }; }
        table ip two { set s { type mark; }; chain a { counter; }; }
        table bridge one { chain a { accept; }; }
        """)

        count = fn {:ok, objects} -> length(objects) end

        assert count.(Nft.tables(sock)) == 3
        assert count.(Nft.tables(sock, family: :ip)) == 2
        assert count.(Nft.tables(sock, family: :ipv4)) == 2
        assert count.(Nft.tables(sock, family: 7)) == 1
        assert count.(Nft.tables(sock, family: :unspec)) == 3
        assert count.(Nft.chains(sock)) == 4
        assert count.(Nft.chains(sock, table: "one")) == 3
        assert count.(Nft.chains(sock, table: "one", family: :ip)) == 2
        assert count.(Nft.sets(sock, table: "two")) == 1
        assert count.(Nft.rules(sock)) == 5
        assert count.(Nft.rules(sock, table: "one")) == 4
        assert count.(Nft.rules(sock, table: "one", family: :ip)) == 3
        assert count.(Nft.rules(sock, table: "one", chain: "b")) == 1
        assert Nft.rules(sock, table: "none") == {:ok, []}
        assert Nft.sets(sock, family: :ip, table: "none") == {:ok, []}
      end)
    end
  end

  test "an unknown family is refused", %{ns: ns, sock: sock} do
    in_bridge(ns, fn ->
      before = listed(ns)
      assert {:error, {1, %Error{}}} = Nfnl.batch(sock, [Nft.add(%Table{family: 99, name: "t"})])
      assert listed(ns) == before
    end)
  end

  test "a table with an owner is refused to other sockets, and deleted with its own", context do
    %{ns: ns, path: path, sock: sock} = context

    in_bridge(ns, fn ->
      {:ok, owner} = Nfnl.open({:path, path})
      assert Nfnl.batch(owner, [Nft.add(%{@table | flags: [:owner]}), Nft.add(@chain)]) == :ok
      assert {:ok, [%Table{flags: [:owner], owner: port}]} = Nft.tables(sock)
      assert is_integer(port)

      assert {:error, {1, %Error{errno: :eperm}}} = Nfnl.batch(sock, [Nft.delete(@table)])
      assert [%{"name" => "t"}] = listed_as(ns, "table")

      :ok = Socket.close(owner)
      assert eventually(fn -> listed(ns) == [] end)
    end)
  end

  test "a counter counts packets and bytes", %{ns: ns, sock: sock} do
    where(ns, [:ip], fn ->
      ip!(ns, "link set lo up")

      load!(ns, """
      table ip t { chain c { type filter hook output priority 0; udp dport 4242 counter; }; }
      """)

      for _ <- 1..3, do: send_udp(ns, "127.0.0.1", 4242)
      {:ok, [%Rule{expressions: expressions}]} = Nft.rules(sock)
      assert [counter] = for(%Expr{name: "counter", data: data} <- expressions, do: data)
      # A datagram of three bytes, with the headers of UDP and IPv4.
      assert counter == %Expr.Counter{packets: 3, bytes: 3 * 31}
    end)
  end
end
