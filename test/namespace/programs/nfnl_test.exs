defmodule Linx.Namespace.Programs.NfnlTest do
  # A short program as users write it: transactions of nf_tables, from messages. The judge is `nft`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Error, Message, Nfnl}
  alias Linx.Test.JSON

  setup :with_nfnl

  # NFT_MSG_NEWTABLE is 0, NFT_MSG_DELTABLE 2; NFTA_TABLE_NAME is 1.
  defp table(op, flags, name) do
    %Message{
      type: Nfnl.Codec.nlmsg_type(Nfnl.Codec.subsys_nftables(), op),
      flags: flags,
      payload: Nfnl.Codec.encode_nfgenmsg(:inet) <> Attr.encode([{1, name <> <<0>>}])
    }
  end

  defp tables(ns) do
    %{"nftables" => items} = JSON.decode!(exec!(ns, "nft", "-j list tables"))
    for %{"table" => %{"family" => "inet", "name" => name}} <- items, do: name
  end

  test "messages are applied all together or not at all", %{sock: sock, ns: ns} do
    assert Nfnl.batch(sock, [table(0, 0x400, "first"), table(0, 0x400, "second")]) == :ok
    assert Enum.sort(tables(ns)) == ["first", "second"]

    assert {:error, {2, %Error{errno: :enoent}}} =
             Nfnl.batch(sock, [table(0, 0x400, "third"), table(2, 0, "nowhere")])

    assert Enum.sort(tables(ns)) == ["first", "second"]
  end

  test "a transaction is refused if the generation is not the given one", %{sock: sock, ns: ns} do
    :ok = Nfnl.batch(sock, [table(0, 0x400, "first"), table(0, 0x400, "second")])

    {:ok, %{id: generation}} = Nfnl.Codec.get_gen(sock)
    assert Nfnl.batch(sock, [table(2, 0, "second")], :nftables, genid: generation) == :ok

    assert {:error, {nil, %Error{errno: :erestart}}} =
             Nfnl.batch(sock, [table(2, 0, "first")], :nftables, genid: generation)

    assert tables(ns) == ["first"]
  end
end
