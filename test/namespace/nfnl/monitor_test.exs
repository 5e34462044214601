defmodule Linx.Namespace.Nfnl.MonitorTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.{Conntrack, Event, Monitor, Nft}

  # The monitor ends with the test process, to which it is linked.
  defp watch(path, opts \\ []) do
    {:ok, monitor} = Monitor.start_link([netns: {:path, path}] ++ opts)
    monitor
  end

  defp next do
    assert_receive {:linx_nfnl, :event, %Event{} = event}
    {event.op, event.resource}
  end

  # The events up to the end of the transaction.
  defp transaction do
    case next() do
      {:new_gen, gen} -> [{:new_gen, gen}]
      event -> [event | transaction()]
    end
  end

  test "a batch is an event for each change, and a generation", context do
    %{ns: ns, path: path} = context

    where(ns, [:bridge], fn ->
      watch(path)

      load!(ns, """
      table bridge t {
        set s { type mark; elements = { 7 }; }
        chain c { counter; }
      }
      """)

      assert [
               new_table: %Nft.Table{family: :bridge, name: "t"},
               new_chain: %Nft.Chain{table: "t", name: "c"},
               new_set: %Nft.Set{name: "s"},
               new_elements: %Nft.Elements{set: "s", elements: [%Nft.Element{key: key}]},
               new_rule: %Nft.Rule{chain: "c", expressions: [%Nft.Expr{name: "counter"}]},
               new_gen: %Nft.Gen{id: generation, proc_name: "nft"}
             ] = Enum.sort_by(transaction(), &order/1)

      assert key.value == <<7::native-32>>

      exec!(ns, "nft", "delete element bridge t s { 7 }")
      assert [del_elements: %Nft.Elements{set: "s"}, new_gen: gen] = transaction()
      assert gen.id == generation + 1

      exec!(ns, "nft", "delete table bridge t")

      assert [:del_rule, :del_set, :del_chain, :del_table, :new_gen] --
               Keyword.keys(transaction()) == []
    end)
  end

  defp order({op, _}) do
    Enum.find_index(
      [:new_table, :new_chain, :new_set, :new_elements, :new_rule, :new_gen],
      &(&1 == op)
    )
  end

  test "objects, flowtables and deletions are events", %{ns: ns, path: path} do
    text = "add table ip t { counter o { packets 5 bytes 6; }; }"

    where(ns, [:ip], [text], fn ->
      watch(path)
      exec!(ns, "nft", text)
      events = transaction()
      assert %Nft.Object{name: "o", type: :counter, data: data} = events[:new_object]
      assert data == %Nft.Expr.Counter{packets: 5, bytes: 6}

      exec!(ns, "nft", "delete counter ip t o")
      assert [del_object: %Nft.Object{name: "o"}, new_gen: _] = transaction()
    end)

    # A deletion that accepts missing objects (NFT_MSG_DESTROY*) is notified like other deletions.
    where(ns, [:ip], fn ->
      {:ok, sock} = Nfnl.open({:path, path})
      table = %Nft.Table{family: :ip, name: "d"}
      chain = %Nft.Chain{family: :ip, table: "d", name: "c"}
      set = %Nft.Set{family: :ip, table: "d", name: "s", key_type: 13, key_len: 2}
      element = %Nft.Element{key: Nft.Data.value(<<7::16>>)}
      counter = %Nft.Expr.Counter{}
      object = %Nft.Object{family: :ip, table: "d", name: "o", type: :counter, data: counter}
      rule = %Nft.Rule{family: :ip, table: "d", chain: "c", expressions: [counter]}
      made = Enum.map([table, chain, set, object, rule], &Nft.add/1)

      {:ok, objects} =
        Nfnl.batch(sock, made ++ Nft.add_elements(set, [element]), :nftables, echo: true)

      rule = Enum.find(objects, &is_struct(&1, Nft.Rule))
      transaction()

      gone =
        Nft.destroy_elements(set, [element]) ++
          Enum.map([rule, object, set, chain, table], &Nft.destroy/1)

      case Nfnl.batch(sock, gone) do
        :ok ->
          assert Keyword.keys(transaction()) ==
                   [:del_elements, :del_rule, :del_object, :del_set, :del_chain, :del_table] ++
                     [:new_gen]

        {:error, {1, %Error{errno: :einval}}} ->
          IO.puts(:stderr, "\nNot tested: this kernel has no NFT_MSG_DESTROY*.")
      end
    end)

    flowtable = "add flowtable ip t f { hook ingress priority 5; devices = { lo }; }"

    where(ns, [:ip], ["add table ip t; " <> flowtable], fn ->
      exec!(ns, "nft", flowtable)
      assert %Nft.Flowtable{name: "f", hook: hook} = transaction()[:new_flowtable]
      assert {hook.num, hook.priority, hook.devs} == {0, 5, ["lo"]}
      exec!(ns, "nft", "delete flowtable ip t f")
      assert [del_flowtable: %Nft.Flowtable{name: "f"}, new_gen: _] = transaction()
    end)
  end

  test "the steps of a traced packet are events", %{ns: ns, path: path} do
    rules = """
    table ip t {
      chain c {
        type filter hook output priority 0; policy accept;
        udp dport 4242 meta nftrace set 1
        udp dport 4242 counter drop
      }
    }
    """

    where(ns, [:ip], fn ->
      ip!(ns, "link set lo up")
      load!(ns, rules)
      {:ok, sock} = Nfnl.open({:path, path})
      {:ok, [_, %Nft.Rule{handle: handle}]} = Nft.rules(sock)
      watch(path, groups: [:nftrace])
      exec!(ns, "bash", ["-c", "echo hi > /dev/udp/127.0.0.1/4242 || true"])

      # The rule that sets nftrace, and the rule that drops the packet.
      assert {:trace, %Nft.Trace{type: :rule, table: "t", chain: "c", id: id} = first} = next()
      assert <<0x45, _, 31::16, _::binary>> = first.network_header
      assert {:trace, %Nft.Trace{type: :rule, id: ^id, rule_handle: ^handle} = last} = next()
      assert last.verdict.code == :drop
      assert last.nfproto == :ip
    end)
  end

  test "a filter selects events, and further processes attach", %{ns: ns, path: path} do
    where(ns, [:bridge], fn ->
      test = self()
      monitor = watch(path, filter: &(&1.op == :new_table))

      other =
        spawn_link(fn ->
          {:ok, _ref} = Monitor.attach(monitor, self(), filter: &(&1.op == :new_gen))
          send(test, :attached)

          receive do
            {:linx_nfnl, :event, event} -> send(test, {:other, event.op})
          end
        end)

      assert_receive :attached
      exec!(ns, "nft", "add table bridge t")
      assert {:new_table, _} = next()
      assert_receive {:other, :new_gen}
      refute_received {:linx_nfnl, :event, _}
      eventually(fn -> not Process.alive?(other) end)
      assert Monitor.overruns(monitor) == 0
    end)
  end

  test "an overrun of the receive buffer is reported", %{ns: ns, path: path} do
    where(ns, [:bridge], fn ->
      monitor = watch(path, rcvbuf: 4096)
      :sys.suspend(monitor)
      elements = Enum.map_join(1..2000, ", ", &to_string/1)
      load!(ns, "table bridge t { set s { type mark; elements = { #{elements} }; }; }")
      load!(ns, "table bridge u { set s { type mark; elements = { #{elements} }; }; }")
      :sys.resume(monitor)
      assert_receive {:linx_nfnl, :resync_needed}
      assert Monitor.overruns(monitor) > 0

      # The monitor receives events after the overrun.
      exec!(ns, "nft", "add table bridge v")
      assert_receive {:linx_nfnl, :event, %Event{resource: %Nft.Table{name: "v"}}}
    end)
  end

  test "new, changed and destroyed connections are events", %{ns: ns, path: path} do
    tracked = "add table ip t { chain c { type filter hook output priority 0; ct state new; }; }"

    where(ns, [:ip], [tracked], fn ->
      ip!(ns, "link set lo up")
      exec!(ns, "nft", tracked)
      exec!(ns, "nft", "add rule ip t c ct state new counter")
      watch(path, groups: [:conntrack_new, :conntrack_update, :conntrack_destroy])
      send_udp(ns, "127.0.0.1", 4242)

      assert {:new_conntrack, %Conntrack{family: :ipv4} = entry} = next()
      assert to_string(Conntrack.Tuple.destination(entry.tuple_orig)) == "127.0.0.1"
      assert entry.tuple_orig.proto.dst_port == 4242

      {:ok, sock} = Nfnl.open({:path, path})
      :ok = Conntrack.update(sock, %Conntrack{tuple_orig: entry.tuple_orig, mark: 9})
      assert {:update_conntrack, %Conntrack{mark: 9, id: id}} = next()
      assert id == entry.id

      :ok = Conntrack.delete(sock, entry)
      assert {:destroy_conntrack, %Conntrack{id: ^id}} = next()
    end)
  end

  test "unknown groups are refused", %{path: path} do
    assert Monitor.start_link(groups: [:tables]) == {:error, {:bad_option, :groups, [:tables]}}
    assert Monitor.start_link(groups: 7) == {:error, {:bad_option, :groups, 7}}
    assert Monitor.start_link(group: 7) == {:error, {:unknown_option, :group}}
    assert {:error, :einval} = Monitor.start_link(netns: {:path, path}, groups: [77])
    assert {:error, {:open, 2}} = Monitor.start_link(netns: {:path, "/no/such"})
    refute_received {:EXIT, _, _}
  end
end
