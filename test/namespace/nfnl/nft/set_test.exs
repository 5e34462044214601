defmodule Linx.Namespace.Nfnl.Nft.SetTest do
  # Types and flags of sets that `nft` made.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.Nfnl
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{DataType, Element, Set, Table}

  setup :with_nfnl

  @types ~w(nf_proto ll_addr ipv4_addr ipv6_addr ether_addr ether_type arp_op inet_proto
            inet_service icmp_type tcp_flag dccp_pkttype mh_type time mark iface_index iface_type
            realm classid uid gid ct_state ct_dir ct_status icmpv6_type ct_label pkt_type icmp_code
            icmpv6_code icmpx_code devgroup dscp ecn fib_addrtype boolean ct_event ifname igmp_type
            hour day cgroupsv2)a

  # Names of nft that are shorter than those of its header.
  @others %{hour: :time_hour, day: :time_day}

  test "types of keys have the names of nft", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      types = Enum.filter(@types, &accepted?(ns, set(&1)))
      assert length(types) > 25
      load!(ns, "table inet t {\n" <> Enum.map_join(types, "\n", &inner/1) <> "\n}")

      assert {:ok, sets} = Nft.sets(sock, table: "t")
      names = Map.new(types, &{"s_#{&1}", [@others[&1] || &1]})
      assert Map.new(sets, &{&1.name, Set.key_types(&1)}) == names

      for {name, [type]} <- names do
        assert {^name, number} = {name, DataType.number(type)}
        assert Enum.find(sets, &(&1.name == name)).key_type == number
      end
    end)
  end

  test "concatenations and data have types, and nft prints elements by them", context do
    %{ns: ns, sock: sock} = context

    where(ns, [:inet], fn ->
      load!(ns, """
      table inet t {
        map m { type ipv4_addr . inet_service . ifname : verdict; }
        map n { type inet_service : ipv4_addr; flags interval; }
      }
      """)

      assert {:ok, sets} = Nft.sets(sock, table: "t")
      assert %{"m" => m, "n" => n} = Map.new(sets, &{&1.name, &1})

      assert {Set.key_types(m), Set.data_types(m)} ==
               {[:ipv4_addr, :inet_service, :ifname], [:verdict]}

      assert {Set.key_types(n), Set.data_types(n)} == {[:inet_service], [:ipv4_addr]}
      assert Set.map?(m) and Set.map?(n) and Set.interval?(n)
      refute Set.interval?(m) or Set.anonymous?(m) or Set.dynamic?(m)

      # Sets of the library have the same types.
      set = %Set{
        family: :inet,
        table: "u",
        name: "s",
        key_type: DataType.number([:ipv4_addr, :inet_service]),
        key_len: 8
      }

      key = %Element{key: Nft.Data.value(<<10, 0, 0, 1, 443::16, 0::16>>)}
      messages = [Nft.add(%Table{family: :inet, name: "u"}), Nft.add(set)]
      assert Nfnl.batch(sock, messages ++ Nft.add_elements(set, [key])) == :ok

      assert [%{"type" => ["ipv4_addr", "inet_service"], "elem" => [elem]}] =
               for(%{"table" => "u"} = set <- listed_as(ns, "set"), do: set)

      assert elem == %{"concat" => ["10.0.0.1", 443]}
    end)
  end

  test "sets of rules are anonymous, and sets of packets dynamic", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      load!(ns, """
      table inet t {
        set d { type ipv4_addr; size 9; flags dynamic; }
        map o { type ipv4_addr : counter; }
        chain c { ip saddr { 10.0.0.1, 10.0.0.2 } accept; }
      }
      """)

      assert {:ok, sets} = Nft.sets(sock, table: "t")

      flags =
        Map.new(sets, fn set ->
          name = String.replace(set.name, ~r/\d+/, "")
          {name, [Set.dynamic?(set), Set.map?(set), Set.anonymous?(set)]}
        end)

      assert flags == %{
               "d" => [true, false, false],
               "o" => [false, true, false],
               "__set" => [false, false, true]
             }
    end)
  end

  test "ends of intervals and the catch-all element have predicates", %{ns: ns, sock: sock} do
    where(ns, [:inet], fn ->
      load!(ns, """
      table inet t {
        set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, * }; }
      }
      """)

      set = %Set{family: :inet, table: "t", name: "s"}
      assert {:ok, elements} = Nft.elements(sock, set)

      assert Enum.frequencies_by(elements, &{Element.catchall?(&1), Element.interval_end?(&1)})
             |> Map.take([{true, false}, {false, false}]) ==
               %{{true, false} => 1, {false, false} => 1}

      assert [%Element{key: %{value: <<10, 0, 1, 0>>}}] =
               for(
                 %{key: %{value: <<10, _::24>>}} = e <- elements,
                 Element.interval_end?(e),
                 do: e
               )
    end)
  end

  defp set(type), do: "table inet probe {\n#{inner(type)}\n}"
  defp inner(type), do: "set s_#{type} { type #{type}; }"
end
