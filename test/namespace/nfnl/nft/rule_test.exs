defmodule Linx.Namespace.Nfnl.Nft.RuleTest do
  # The position of a rule in its chain.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Expr, Rule, Table}

  setup :with_nfnl

  @table %Table{family: :bridge, name: "t"}
  @chain %Chain{family: :bridge, table: "t", name: "c"}
  @rule %Rule{family: :bridge, table: "t", chain: "c"}

  defp counter(n), do: %{@rule | expressions: [%Expr.Counter{packets: n, bytes: 0}]}

  defp order(ns) do
    for %{"expr" => [%{"counter" => %{"packets" => n}} | _]} <- listed_as(ns, "rule"), do: n
  end

  test "rules are placed by handle, and by id within a batch", context do
    %{ns: ns, sock: sock} = context

    where(ns, [:bridge], fn ->
      :ok =
        Nfnl.batch(sock, [
          Nft.add(@table),
          Nft.add(@chain),
          Nft.add(%{counter(3) | id: 7}),
          # After and before a rule that has no handle yet.
          Nft.add(%{counter(4) | position_id: 7}),
          Nft.insert(%{counter(2) | position_id: 7})
        ])

      assert order(ns) == [2, 3, 4]
      {:ok, [two, three, four]} = Nft.rules(sock)
      assert [two.position, three.position, four.position] == [nil, two.handle, three.handle]

      # The handles are those that nft lists.
      %{"nftables" => all} =
        ns |> exec!("nft", ["-j", "list", "ruleset"]) |> Linx.Test.JSON.decode!()

      handles = for %{"rule" => %{"handle" => handle}} <- all, do: handle
      assert handles == [two.handle, three.handle, four.handle]

      :ok =
        Nfnl.batch(sock, [
          Nft.insert(%{counter(1) | position: two.handle}),
          Nft.delete(three),
          Nft.replace(%{four | expressions: counter(5).expressions})
        ])

      assert order(ns) == [1, 2, 5]
    end)
  end
end
