defmodule Linx.Namespace.Nfnl.BatchEchoTest do
  # Echoes of a batch: objects that it created or changed.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl, Socket}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Element, Elements, Expr, Object, Rule, Set, Table}

  setup :with_nfnl

  @table %Table{family: :bridge, name: "t"}
  @chain %Chain{family: :bridge, table: "t", name: "c"}
  @set %Set{family: :bridge, table: "t", name: "s", key_type: 7, key_len: 4}
  @object %Object{
    family: :bridge,
    table: "t",
    name: "o",
    type: :counter,
    data: %Expr.Counter{packets: 1, bytes: 2}
  }

  defp table(name), do: %{@table | name: name}

  defp rule(packets),
    do: %Rule{
      family: :bridge,
      table: "t",
      chain: "c",
      expressions: [%Expr.Counter{packets: packets}]
    }

  defp element(n), do: %Element{key: Data.value(<<10, 0, div(n, 256), rem(n, 256)>>)}

  # Class, name or first expression, and handle of each object, as nft lists it.
  defp handles(ns) do
    %{"nftables" => [_metainfo | objects]} =
      ns |> exec!("nft", ["-j", "-a", "list", "ruleset"]) |> Linx.Test.JSON.decode!()

    for object <- objects, {kind, details} <- object do
      {kind, details["name"] || hd(details["expr"]), details["handle"]}
    end
  end

  test "an echo has the created objects in order, with handles", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      messages =
        Enum.map([@table, @object, @chain, @set, rule(3), rule(4)], &Nft.add/1) ++
          Nft.add_elements(@set, [element(1), element(2)])

      assert {:ok,
              [
                %Table{name: "t"} = table,
                %Object{name: "o", data: %Expr.Counter{packets: 1, bytes: 2}} = object,
                %Chain{name: "c"} = chain,
                %Set{name: "s", key_len: 4} = set,
                %Rule{} = three,
                %Rule{} = four,
                %Elements{set: "s", elements: [one]},
                %Elements{set: "s", elements: [two]}
              ]} = Nfnl.batch(sock, messages, :nftables, echo: true)

      assert [one.key.value, two.key.value] == [<<10, 0, 0, 1>>, <<10, 0, 0, 2>>]
      counter = &%{"counter" => %{"packets" => &1, "bytes" => 0}}

      assert Enum.sort([
               {"table", "t", table.handle},
               {"counter", "o", object.handle},
               {"chain", "c", chain.handle},
               {"set", "s", set.handle},
               {"rule", counter.(3), three.handle},
               {"rule", counter.(4), four.handle}
             ]) == Enum.sort(handles(ns))

      # The handles can be used immediately.
      assert {:ok, [%Rule{handle: handle} = last]} =
               Nfnl.batch(
                 sock,
                 [Nft.delete(three), Nft.replace(%{rule(5) | handle: four.handle})],
                 :nftables,
                 echo: true
               )

      assert {"rule", counter.(5), handle} in handles(ns)
      assert Nfnl.batch(sock, [Nft.delete(last)]) == :ok
      assert listed_as(ns, "rule") == []
    end)
  end

  test "an echo has no unchanged, deleted or refused objects", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      echo = &Nfnl.batch(sock, &1, :nftables, echo: true)
      assert {:ok, [%Table{}]} = echo.([Nft.add(@table)])
      assert {:ok, []} = echo.([Nft.add(@table)])

      assert {:error, {2, %Error{errno: :enoent}}} =
               echo.([Nft.add(@chain), Nft.delete(%{@table | name: "absent"})])

      assert {:ok, [%Chain{}, %Rule{}]} = echo.([Nft.add(@chain), Nft.add(rule(1))])
      assert {:ok, []} = echo.([Nft.delete(@table)])
      assert listed(ns) == []

      assert {:error, {nil, %Error{errno: :erestart}}} =
               Nfnl.batch(sock, [Nft.add(@table)], :nftables, echo: true, genid: 4711)
    end)
  end

  test "an echo has no changes of other sockets, even if the socket has joined their group",
       context do
    %{ns: ns, path: path, sock: sock} = context

    where(ns, [:bridge], fn ->
      # NFNLGRP_NFTABLES.
      :ok = Socket.add_membership(sock, 7)
      {:ok, other} = Nfnl.open({:path, path})

      # These notifications have the sequence numbers that the batch of `sock` will have.
      assert Nfnl.batch(other, [Nft.add(table("a")), Nft.add(table("b"))]) == :ok

      assert {:ok, [%Table{name: "x"}, %Table{name: "y"}]} =
               Nfnl.batch(sock, [Nft.add(table("x")), Nft.add(table("y"))], :nftables, echo: true)

      # Without :echo no objects are returned, and the notifications do not affect the result.
      assert Nfnl.batch(sock, [Nft.add(table("z"))]) == :ok
      Socket.close(other)
    end)
  end

  test "an echo has thousands of objects", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      elements = Enum.map(0..9999, &element/1)

      assert {:ok, [%Table{}, %Set{} | echoed]} =
               Nfnl.batch(
                 sock,
                 [Nft.add(@table), Nft.add(@set) | Nft.add_elements(@set, elements)],
                 :nftables,
                 echo: true
               )

      assert for(%Elements{elements: [element]} <- echoed, do: element.key) ==
               Enum.map(elements, & &1.key)

      rules = Enum.map(1..5000, &Nft.add(rule(&1)))

      assert {:ok, [%Chain{} | rules]} =
               Nfnl.batch(sock, [Nft.add(@chain) | rules], :nftables, echo: true)

      shown =
        for {"rule", %{"counter" => %{"packets" => n}}, handle} <- handles(ns), do: {n, handle}

      assert for({rule, n} <- Enum.with_index(rules, 1), do: {n, rule.handle}) == shown
    end)
  end

  # NLM_F_ECHO without the option `:echo`.
  test "messages with NLM_F_ECHO do not affect a batch without the option :echo", %{
    ns: ns,
    sock: sock
  } do
    where(ns, [:bridge], fn ->
      messages = for object <- [@table, @chain | Enum.map(1..5000, &rule/1)], do: Nft.add(object)
      echoed = for message <- messages, do: %{message | flags: Bitwise.bor(message.flags, 0x8)}
      assert Nfnl.batch(sock, echoed) == :ok

      listed =
        for %{"expr" => [%{"counter" => %{"packets" => n}} | _]} <- listed_as(ns, "rule"), do: n

      assert listed == Enum.to_list(1..5000)
      assert {:ok, rules} = Nft.rules(sock)
      assert length(rules) == 5000
    end)
  end
end
