defmodule Linx.Namespace.Nfnl.Nft.ObjectTest do
  # Names of protocols and of types of stateful objects, in objects and maps that `nft` made.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{CtExpect, CtHelper, CtTimeout, Object, Set}

  setup :with_nfnl

  @objects [
    {~s|ct helper h { type "ftp" protocol tcp; l3proto ip; }|, CtHelper, [:ip, :tcp]},
    {~s|ct helper h { type "tftp" protocol udp; l3proto ip6; }|, CtHelper, [:ip6, :udp]},
    {"ct timeout h { protocol udp; l3proto ip6; policy = { replied : 100 }; }", CtTimeout,
     [:ip6, :udp]},
    {"ct expectation h { protocol tcp; dport 9; timeout 1m; size 3; l3proto ip; }", CtExpect,
     [:ip, :tcp]}
  ]

  for {{text, module, names}, n} <- Enum.with_index(@objects) do
    test "protocols of #{inspect(module)} have names (#{n})", %{ns: ns, sock: sock} do
      text = unquote(text)

      where(
        ns,
        [:inet],
        ["add table inet t; add #{String.replace(text, " h ", " inet t h ")}"],
        fn ->
          load!(ns, "table inet t { #{text}; }")
          assert {:ok, [%Object{data: %unquote(module){} = data} = object]} = Nft.objects(sock)
          assert [data.l3proto, data.l4proto] == unquote(names)

          listed = exec!(ns, "nft", "list ruleset")
          assert Nfnl.batch(sock, [Nft.delete(object), Nft.add(object)]) == :ok
          assert exec!(ns, "nft", "list ruleset") == listed
        end
      )
    end
  end

  test "the type of the objects of a map has a name", %{ns: ns, sock: sock} do
    for type <- [:counter, :quota, :limit, :synproxy] do
      text = "map m { type ipv4_addr : #{type}; }"

      where(
        ns,
        [:inet],
        ["add table inet t; add map inet t #{String.slice(text, 4..-1//1)}"],
        fn ->
          load!(ns, "table inet t { #{text}; }")
          assert {:ok, [%Set{obj_type: ^type} = set]} = Nft.sets(sock, table: "t")

          listed = exec!(ns, "nft", "list ruleset")
          assert Nfnl.batch(sock, [Nft.delete(set), Nft.add(set)]) == :ok
          assert exec!(ns, "nft", "list ruleset") == listed
          load!(ns, "flush ruleset")
        end
      )
    end
  end
end
