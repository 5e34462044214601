defmodule Linx.Namespace.Nfnl.Nft.UserdataTest do
  # Comments of objects, as `nft` writes and prints them.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Set, Userdata}

  setup :with_nfnl

  @ruleset """
  table inet t {
    comment "of the table"
    counter o { comment "of the object"; }
    set s {
      type ipv4_addr; comment "of the set"
      elements = { 10.0.0.1 comment "of the element" }
    }
    chain c {
      comment "of the chain"
      counter comment "of the rule"
    }
  }
  """

  test "comments of nft are read, and comments are written for it", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      load!(ns, @ruleset)
      set = %Set{family: :inet, table: "t", name: "s"}
      {:ok, elements} = Nft.elements(sock, set)

      objects =
        for list <- [&Nft.tables/1, &Nft.objects/1, &Nft.sets/1, &Nft.chains/1, &Nft.rules/1],
            {:ok, [object]} = list.(sock),
            do: object

      names = ~w(table object set chain rule element)

      assert Enum.map(objects ++ elements, &Userdata.comment/1) ==
               Enum.map(names, &"of the #{&1}")

      # The same objects in another table, with other comments.
      other = fn object, n ->
        object = if is_struct(object, Nft.Table), do: object, else: %{object | table: "u"}
        object = if is_struct(object, Nft.Table), do: %{object | name: "u"}, else: object
        Userdata.put_comment(object, "number #{n}")
      end

      messages = for {object, n} <- Enum.with_index(objects), do: Nft.add(other.(object, n))

      [element] = elements
      add = Nft.add_elements(%{set | table: "u"}, [Userdata.put_comment(element, "number 5")])
      assert Nfnl.batch(sock, messages ++ add) == :ok

      text = exec!(ns, "nft", "list table inet u")

      numbers =
        for [n] <- Regex.scan(~r/comment "number (\d)"/, text, capture: :all_but_first), do: n

      assert Enum.sort(numbers) == ~w(0 1 2 3 4 5)
      refute text =~ "of the"
    end)
  end
end
