defmodule Linx.Namespace.Nfnl.Nft.HookTest do
  # Hooks, priorities and links of base chains, as `nft` lists them.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.Nft
  alias Linx.Netlink.Nfnl.Nft.{Chain, Data, Expr, Hook, Rule, Table}

  setup :with_nfnl

  @hooks [
    inet: ~w(prerouting input forward output postrouting)a,
    ip: ~w(prerouting input forward output postrouting)a,
    ip6: ~w(prerouting input forward output postrouting)a,
    bridge: ~w(prerouting input forward output postrouting)a,
    arp: ~w(input output)a
  ]

  test "nft lists chains at every hook of every family", %{ns: ns, sock: sock} do
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

  @priorities [
    inet: [
      prerouting: [:raw, :mangle, :dstnat, :filter, :security],
      postrouting: [:mangle, :srcnat]
    ],
    ip: [prerouting: [:raw, :dstnat], postrouting: [:srcnat]],
    ip6: [prerouting: [:raw, :dstnat], postrouting: [:srcnat]],
    arp: [input: [:filter]],
    bridge: [prerouting: [:dstnat, :filter], output: [:out], postrouting: [:srcnat]]
  ]

  test "nft lists a priority by the name that it was added with", context do
    %{ns: ns, sock: sock} = context

    for {family, hooks} <- @priorities do
      where(ns, [family], fn ->
        table = %Table{family: family, name: "t"}

        chains =
          for {hook, names} <- hooks, name <- names do
            %Chain{
              family: family,
              table: "t",
              name: "#{hook}-#{name}",
              type: "filter",
              hook: Hook.new(family, hook, name)
            }
          end

        # The name is resolved by Hook.new/3, or when the message is made.
        named =
          for chain <- chains do
            [_hook, name] = String.split(chain.name, "-")
            put_in(chain.hook.priority, String.to_existing_atom(name))
          end

        for chains <- [chains, named] do
          assert Nfnl.batch(sock, [Nft.add(table) | Enum.map(chains, &Nft.add/1)]) == :ok
          text = exec!(ns, "nft", ["list", "table", to_string(family), "t"])

          listed =
            for [_, chain, hook, name] <-
                  Regex.scan(
                    ~r/chain "?([\w-]+)"? {\s+type \w+ hook (\w+) priority ([^;]+);/,
                    text
                  ),
                do: {chain, "#{hook}-#{name}"}

          assert {family, Enum.sort(listed)} ==
                   {family, Enum.sort(for(chain <- chains, do: {chain.name, chain.name}))}

          assert {:ok, read} = Nft.chains(sock, family: family)

          for chain <- read do
            name = "#{Hook.name(chain.hook, family)}-#{Hook.priority_name(chain.hook, family)}"
            assert name == chain.name
          end

          assert Nfnl.batch(sock, [Nft.delete(table)]) == :ok
        end
      end)
    end
  end

  test "chains are bound to one link or several", %{ns: ns, sock: sock} do
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
        # nft's JSON omits the links if there are several, so its text is compared.
        text = exec!(ns, "nft", "list ruleset")
        [line] = Regex.run(~r/hook .*/, text)
        assert for([dev] <- Regex.scan(~r/v\d/, line), do: dev) == devs
        assert {:ok, [%Chain{hook: read}]} = Nft.chains(sock)
        assert {Hook.name(read, family), read.devs} == {hook, devs}
        assert Nfnl.batch(sock, [Nft.delete(table)]) == :ok
      end
    end)
  end

  test "a chain is bound to all links with a prefix", %{ns: ns, sock: sock} do
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

          # Older versions of nft do not terminate if such a chain exists.
          gone = [Nft.flush(%Table{family: :netdev, name: "t"}) | Enum.map(chains, &Nft.delete/1)]
          assert Nfnl.batch(sock, gone) == :ok
          assert counted(ns) == %{"elsewhere" => 0, "here" => 1}

        {:error, {1, %Error{}}} ->
          IO.puts(:stderr, "\nNot tested: this kernel has no prefixes of link names.")
      end
    end)
  end
end
