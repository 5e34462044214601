defmodule Linx.Namespace.Nfnl.Nft.InputTest do
  # Input that is wrong, at its limits, or rarely used. Whatever is refused leaves the ruleset
  # as it was.
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

  defp order(ns) do
    for %{"expr" => [%{"counter" => %{"packets" => n}} | _]} <- listed_as(ns, "rule"), do: n
  end

  test "what the kernel refuses is told by its position, and nothing is changed", context do
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
        # Between others that are fine.
        result = Nfnl.batch(sock, [Nft.add(%{@table | name: "y"}), message, Nft.add(counter(1))])
        assert {^n, {:error, {2, %Error{errno: errno, code: code}}}} = {n, result}
        assert is_atom(errno) and code in 1..133
      end

      assert listed(ns) == before
    end)
  end

  test "what cannot be said is not made into a message" do
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

  test "rules go where they are told, by handle and within a transaction", context do
    %{ns: ns, sock: sock} = context

    where(ns, [:bridge], fn ->
      :ok =
        Nfnl.batch(sock, [
          Nft.add(@table),
          Nft.add(@chain),
          Nft.add(%{counter(3) | id: 7}),
          # Behind and in front of one that has no handle yet.
          Nft.add(%{counter(4) | position_id: 7}),
          Nft.insert(%{counter(2) | position_id: 7})
        ])

      assert order(ns) == [2, 3, 4]
      {:ok, [two, three, four]} = Nft.rules(sock)
      assert [two.position, three.position, four.position] == [nil, two.handle, three.handle]

      # The handles are those that nft has.
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

  test "a change may ask to be echoed, which disturbs nothing", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      # NLM_F_ECHO.
      echoed = &%{&1 | flags: Bitwise.bor(&1.flags, 0x8)}
      messages = [@table, @chain] ++ for(n <- 1..5000, do: counter(n))
      assert Nfnl.batch(sock, Enum.map(messages, &echoed.(Nft.add(&1)))) == :ok
      assert order(ns) == Enum.to_list(1..5000)
      assert {:ok, rules} = Nft.rules(sock)
      assert length(rules) == 5000
    end)
  end

  @hooks [
    inet: ~w(prerouting input forward output postrouting)a,
    ip: ~w(prerouting input forward output postrouting)a,
    ip6: ~w(prerouting input forward output postrouting)a,
    bridge: ~w(prerouting input forward output postrouting)a,
    arp: ~w(input output)a
  ]

  test "chains sit at every hook of every family, as nft has it", %{ns: ns, sock: sock} do
    for {family, hooks} <- @hooks do
      where(ns, [family], fn ->
        chains =
          for {hook, n} <- Enum.with_index(hooks) do
            %Chain{
              family: family,
              table: "t",
              name: to_string(hook),
              type: "filter",
              hook: Hook.new(family, hook, n - 300),
              policy: if(rem(n, 2) == 0, do: :drop, else: :accept)
            }
          end

        assert Nfnl.batch(sock, [
                 Nft.add(%Table{family: family, name: "t"}) | Enum.map(chains, &Nft.add/1)
               ]) == :ok

        shown =
          for chain <- listed_as(ns, "chain"), do: {chain["hook"], chain["prio"], chain["policy"]}

        names =
          for {chain, hook} <- Enum.zip(chains, hooks),
              do: {to_string(hook), chain.hook.priority, to_string(chain.policy)}

        assert {family, Enum.sort(shown)} == {family, Enum.sort(names)}

        {:ok, read} = Nft.chains(sock, family: family)

        assert Enum.sort(for(chain <- read, do: Hook.name(chain.hook, family))) ==
                 Enum.sort(hooks)

        assert Nfnl.batch(sock, [Nft.flush_ruleset()]) == :ok
      end)
    end
  end

  test "chains sit at links, one or several", %{ns: ns, sock: sock} do
    where(ns, [:netdev, :inet], fn ->
      ip!(ns, "link add v0 type veth peer name v1")

      for {family, hook, devs} <- [
            {:netdev, :ingress, ["v0"]},
            {:netdev, :ingress, ["v0", "v1"]},
            {:netdev, :egress, ["v1"]},
            {:inet, :ingress, ["v0"]}
          ] do
        chain = %Chain{
          family: family,
          table: "t",
          name: "c",
          type: "filter",
          hook: Hook.new(family, hook, -5, devs)
        }

        table = %Table{family: family, name: "t"}
        assert Nfnl.batch(sock, [Nft.add(table), Nft.add(chain)]) == :ok
        assert [%{"hook" => shown, "prio" => -5}] = listed_as(ns, "chain")
        assert shown == to_string(hook)
        # Of several links, nft's JSON names none.
        text = exec!(ns, "nft", "list ruleset")
        [line] = Regex.run(~r/hook .*/, text)
        assert for([dev] <- Regex.scan(~r/v\d/, line), do: dev) == devs
        assert {:ok, [%Chain{hook: read}]} = Nft.chains(sock)
        assert {Hook.name(read, family), read.devs} == {hook, devs}
        assert Nfnl.batch(sock, [Nft.delete(table)]) == :ok
      end
    end)
  end

  test "a chain sits at all links whose names begin alike", %{ns: ns, sock: sock} do
    where(ns, [:netdev], fn ->
      ip!(ns, "link add va0 type veth peer name vb0")
      for dev <- ~w(va0 vb0), do: ip!(ns, "link set #{dev} up")
      ip!(ns, "addr add 192.0.2.1/24 dev va0")
      ip!(ns, "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev va0 nud permanent")
      load!(ns, "table netdev t { counter here { }; counter elsewhere { }; }")

      messages =
        for {name, devs} <- [here: ["vb*"], elsewhere: ["vc*", "va*"]],
            name = to_string(name),
            chain = %Chain{
              family: :netdev,
              table: "t",
              name: name,
              type: "filter",
              hook: Hook.new(:netdev, :ingress, 0, devs)
            },
            rule = %Rule{
              family: :netdev,
              table: "t",
              chain: name,
              expressions: [
                %Expr.Meta{key: :protocol, dreg: 1},
                %Expr.Cmp{sreg: 1, op: :eq, data: Data.value(<<0x0800::16>>)},
                %Expr.Objref{imm_type: :counter, imm_name: name}
              ]
            },
            object <- [chain, rule],
            do: Nft.add(object)

      case Nfnl.batch(sock, messages) do
        :ok ->
          send_udp(ns, "192.0.2.2", 9)

          eventually(fn ->
            {:ok, objects} = Nft.objects(sock, table: "t")
            Enum.any?(objects, &(&1.name == "here" and &1.data.packets > 0))
          end)

          assert {:ok, chains} = Nft.chains(sock)
          assert [["vb*"], ["vc*", "va*"]] = for(chain <- chains, do: chain.hook.devs)

          # Older versions of nft do not end where there is such a chain.
          gone = [Nft.flush(%Table{family: :netdev, name: "t"}) | Enum.map(chains, &Nft.delete/1)]
          assert Nfnl.batch(sock, gone) == :ok
          assert counted(ns) == %{"elsewhere" => 0, "here" => 1}

        {:error, {1, %Error{}}} ->
          IO.puts(:stderr, "\nNot tested: this kernel knows links by their whole names alone.")
      end
    end)
  end
end
