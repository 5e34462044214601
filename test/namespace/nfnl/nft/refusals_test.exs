defmodule Linx.Namespace.Nfnl.Nft.RefusalsTest do
  # Objects that the kernel refuses, and values that cannot be encoded. A refusal leaves the
  # ruleset unchanged.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Expr, Hook, Object, Rule, Set, Table}

  setup :with_nfnl

  @table %Table{family: :bridge, name: "t"}
  @chain %Chain{family: :bridge, table: "t", name: "c"}
  @set %Set{family: :bridge, table: "t", name: "s", key_type: 7, key_len: 4}
  @rule %Rule{family: :bridge, table: "t", chain: "c"}

  defp counter(n), do: %{@rule | expressions: [%Expr.Counter{packets: n, bytes: 0}]}

  test "a refusal has the position of its message, and changes nothing", context do
    %{ns: ns, sock: sock} = context

    where(ns, [:bridge], fn ->
      :ok = Nfnl.batch(sock, Enum.map([@table, @chain, @set], &Nft.add/1))
      before = listed(ns)
      long = String.duplicate("n", 300)
      key = &%Element{key: Data.value(&1)}
      drop = %Expr.Immediate{dreg: 0, data: Data.verdict(:drop)}

      refused = [
        Nft.add(%Table{family: 99, name: "x"}),
        Nft.add(%Table{family: :unspec, name: "x"}),
        Nft.add(%Table{family: :bridge}),
        Nft.add(%Table{family: :bridge, name: long}),
        Nft.add(%{@chain | name: long}),
        Nft.add(%{@chain | table: "absent"}),
        Nft.add(%{@chain | name: "x", type: "nosuch", hook: Hook.new(:bridge, :input, 0)}),
        Nft.add(%{@chain | name: "x", type: "filter", hook: %Hook{hooknum: 99, priority: 0}}),
        Nft.add(%{@set | name: "x", key_len: 0}),
        Nft.add(%{@set | name: "x", key_len: 1000}),
        Nft.add(%{@rule | expressions: [%Expr{name: "nosuch"}]}),
        Nft.add(%{@rule | expressions: [%Expr.Lookup{set: "absent", sreg: 1}]}),
        Nft.add(%{@rule | expressions: [%Expr.Immediate{dreg: 99, data: Data.value(<<1>>)}]}),
        Nft.add(%{@rule | expressions: [%Expr.Immediate{dreg: 0, data: Data.jump("absent")}]}),
        Nft.add(%{@rule | expressions: List.duplicate(drop, 200)}),
        Nft.add(%{counter(1) | position: 4711}),
        Nft.replace(%{counter(1) | handle: 4711}),
        hd(Nft.add_elements(@set, [key.(<<1, 2, 3>>)])),
        hd(Nft.add_elements(@set, [key.(<<1, 2, 3, 4, 5>>)])),
        hd(Nft.add_elements(@set, [key.("")])),
        hd(Nft.add_elements(@set, [%Element{}])),
        hd(Nft.add_elements(@set, [%{key.(<<1, 2, 3, 4>>) | timeout: 1000}])),
        hd(Nft.add_elements(%{@set | name: "absent"}, [key.(<<1, 2, 3, 4>>)])),
        hd(Nft.delete_elements(@set, [key.(<<9, 9, 9, 9>>)])),
        Nft.add(%Object{family: :bridge, table: "t", name: "x", type: 99}),
        Nft.delete(%Object{family: :bridge, table: "t", name: "x", type: :counter})
      ]

      for {message, n} <- Enum.with_index(refused) do
        # Each refused message is between two valid ones.
        result = Nfnl.batch(sock, [Nft.add(%{@table | name: "y"}), message, Nft.add(counter(1))])
        assert {^n, {:error, {2, %Error{errno: errno, code: code}}}} = {n, result}
        assert is_atom(errno) and code in 1..133
      end

      assert listed(ns) == before
    end)
  end

  test "a value that does not fit its field raises ArgumentError" do
    for build <- [
          fn -> Nft.add(%Table{family: :inet6, name: "t"}) end,
          fn -> Nft.add(%Table{family: -1, name: "t"}) end,
          fn -> Nft.add(%Table{family: :ip, name: "a\0b"}) end,
          fn -> Nft.add(%Table{family: :ip, name: :atom}) end,
          fn -> Nft.add(%Table{family: :ip, name: String.duplicate("n", 70_000)}) end,
          fn -> Nft.add(%{@set | key_len: -4}) end,
          fn -> Nft.add(%{@set | timeout: -1}) end,
          fn -> Nft.add(%{@set | timeout: 0x10000000000000000}) end,
          fn -> Nft.add(%{@set | flags: [:nosuch]}) end,
          fn -> Nft.add(%{@rule | expressions: [:counter]}) end,
          fn -> Nft.add(%{@rule | expressions: [%Expr.Counter{packets: -1}]}) end,
          fn -> Nft.add_elements(@set, [%Element{key: Data.value(<<1>>), timeout: -1}]) end,
          fn -> Nft.delete(%Object{family: :ip, table: "t", name: "o"}) end
        ] do
      assert_raise ArgumentError, build
    end
  end
end
