defmodule Linx.Namespace.Nfnl.BatchTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Attr, Connection, Error, Message, Nfnl, Request, Socket}
  alias Linx.Netlink.Nfnl.{Conntrack, Nft}

  setup :with_nfnl

  # NFT_MSG_NEWTABLE and NFT_MSG_DELTABLE, encoded without the codec, of the bridge family, which
  # all kernels with nf_tables have.
  defp table(op, flags, name) do
    %Message{
      type: 0x0A00 + op,
      flags: flags,
      payload: <<7, 0, 0, 0>> <> Attr.encode([{1, name <> <<0>>}])
    }
  end

  defp create(name), do: table(0, 0x400, name)
  defp delete(name), do: table(2, 0, name)

  defp tables(ns), do: for({"table", %{"name" => name}} <- listed(ns, "tables"), do: name)

  test "all messages are executed, or none", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      assert Nfnl.batch(sock, [create("a"), create("b")]) == :ok
      assert tables(ns) == ["a", "b"]

      assert {:error, {2, %Error{errno: :enoent}}} =
               Nfnl.batch(sock, [create("c"), delete("absent")])

      assert tables(ns) == ["a", "b"]

      # The first refusal of several, at any position.
      assert {:error, {3, %Error{errno: :enoent}}} =
               Nfnl.batch(
                 sock,
                 [create("c"), create("d")] ++ for(n <- 1..500, do: delete("absent#{n}"))
               )

      assert {:error, {1, %Error{errno: :enoent}}} =
               Nfnl.batch(sock, [delete("absent"), create("c")])

      assert tables(ns) == ["a", "b"]
    end)
  end

  test "flags of the messages are kept", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      :ok = Nfnl.batch(sock, [create("a")])
      assert Nfnl.batch(sock, [create("a")]) == :ok
      # NLM_F_EXCL too.
      assert {:error, {1, %Error{errno: :eexist}}} = Nfnl.batch(sock, [table(0, 0x600, "a")])
    end)
  end

  test "a batch for an old generation is refused as a whole", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      assert {:ok, %{id: gen, proc_pid: pid, proc_name: name}} = Nfnl.Codec.get_gen(sock)
      assert is_integer(pid) and is_binary(name)

      assert Nfnl.batch(sock, [create("a")], :nftables, genid: gen) == :ok

      assert {:error, {nil, %Error{errno: :erestart, code: 85}}} =
               Nfnl.batch(sock, [create("b")], :nftables, genid: gen)

      assert {:ok, %{id: next}} = Nfnl.Codec.get_gen(sock)
      assert next == gen + 1
      assert Nfnl.batch(sock, [create("b")], 10, genid: next) == :ok
      assert tables(ns) == ["a", "b"]
    end)
  end

  test "a subsystem without batches refuses a batch as a whole", %{sock: sock} do
    assert {:error, {nil, %Error{}}} = Nfnl.batch(sock, [create("a")], :ctnetlink)
    assert {:error, {nil, %Error{}}} = Nfnl.batch(sock, [create("a")], 255)
  end

  test "an empty or invalid batch is not sent", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      bad = [
        {[], [], :ok},
        {[], [timeout: -1], {:error, {:bad_timeout, -1}}},
        {[create("a")], [timeout: :soon], {:error, {:bad_timeout, :soon}}},
        {[create("a")], [genid: -1], {:error, {:bad_option, :genid, -1}}},
        {[create("a")], [genid: 0x100000000], {:error, {:bad_option, :genid, 0x100000000}}},
        {[create("a")], [genids: 1], {:error, {:unknown_option, :genids}}},
        {[create("a"), %{create("b") | payload: <<7, 0, 0>>}], [], {:error, {:bad_message, 2}}},
        {[%{create("a") | type: 0x10}], [], {:error, {:bad_message, 1}}},
        {[create("a"), %{create("a") | type: 0x11}], [], {:error, {:bad_message, 2}}},
        {[%{create("a") | type: 0x10000}], [], {:error, {:bad_message, 1}}},
        {[%{create("a") | type: -1}], [], {:error, {:bad_message, 1}}},
        {[create("a")], [echo: 1], {:error, {:bad_option, :echo, 1}}},
        {[], [echo: true], {:ok, []}},
        {[%{create("a") | flags: 0x10000}], [], {:error, {:bad_message, 1}}},
        {[%{create("a") | payload: [:iodata]}], [], {:error, {:bad_message, 1}}},
        {[%{create("a") | payload: ["io"]}], [], {:error, {:bad_message, 1}}},
        # A nested list of messages.
        {[create("a"), [create("b")]], [], {:error, {:bad_message, 2}}}
      ]

      for subsys <- [:tables, "nftables", nil, 256, -1] do
        assert Nfnl.batch(sock, [create("a")], subsys) == {:error, {:bad_subsys, subsys}}
      end

      for {messages, opts, result} <- bad do
        assert {opts, Nfnl.batch(sock, messages, :nftables, opts)} == {opts, result}
      end

      assert :atomics.get(sock.seq, 1) == 0
      assert tables(ns) == []
    end)
  end

  test "a message of another type is refused by its position", context do
    %{ns: ns, sock: sock} = context

    where(ns, [:bridge], fn ->
      # NLMSG_NOOP, NLMSG_DONE, another subsystem, an unknown operation.
      for type <- [1, 3, 0x0101, 0x0AFF] do
        assert {^type, {:error, {2, %Error{}}}} =
                 {type, Nfnl.batch(sock, [create("a"), %{create("b") | type: type}])}
      end

      assert tables(ns) == []
    end)
  end

  test "a refusal names the path of the refused attribute", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      table = %Nft.Table{family: :bridge, name: "t"}
      chain = %Nft.Chain{family: :bridge, table: "t", name: "c"}
      set = %Nft.Set{family: :bridge, table: "t", name: "s", key_type: 7, key_len: 4}
      rule = %Nft.Rule{family: :bridge, table: "t", chain: "c"}
      counter = %Nft.Expr.Counter{}
      element = &%Nft.Element{key: Nft.Data.value(&1)}

      # The errno and the path of the invalid attribute of the third message.
      wrong = [
        {Nft.add(%{chain | table: "absent"}), :enoent, [:table]},
        {Nft.add(%{chain | name: "x", policy: :drop}), :eopnotsupp, [:policy]},
        {Nft.add(%{rule | expressions: [counter, %Nft.Expr.Lookup{set: "absent", sreg: 1}]}),
         :enoent, [:expressions, 1]},
        {Nft.add(%{rule | expressions: [counter, counter, %Nft.Expr{name: "absent"}]}), :enoent,
         [:expressions, 2]},
        {Nft.delete(%{rule | handle: 4711}), :enoent, [:handle]},
        {Nft.delete(%{set | name: "absent"}), :enoent, [:name]}
      ]

      for {message, errno, path} <- wrong do
        messages = [Nft.add(table), Nft.add(chain), message, Nft.add(set)]

        assert {^path, {:error, {3, %Error{errno: ^errno, attribute: ^path, offset: offset}}}} =
                 {path, Nfnl.batch(sock, messages)}

        # Without the codec, an error has the offset alone.
        bare = List.replace_at(messages, 2, %{message | codec: nil})

        assert {:error, {3, %Error{errno: ^errno, attribute: nil, offset: ^offset}}} =
                 Nfnl.batch(sock, bare)
      end

      # The second of two elements is one byte too short.
      [add] = Nft.add_elements(set, [element.(<<1, 2, 3, 4>>), element.(<<1, 2, 3>>)])

      assert {:error, {3, %Error{errno: :einval, attribute: [:elements, 1]}}} =
               Nfnl.batch(sock, [Nft.add(table), Nft.add(set), add])

      assert tables(ns) == []
    end)
  end

  test "5,000 messages are executed or refused", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      load!(ns, "table bridge t { chain c { }; }")

      rule = %Nft.Rule{
        family: :bridge,
        table: "t",
        chain: "c",
        expressions: [%Nft.Expr.Counter{}]
      }

      assert Nfnl.batch(sock, List.duplicate(Nft.add(rule), 5000)) == :ok
      assert {:ok, rules} = Nft.rules(sock)
      assert length(listed_as(ns, "rule")) == 5000

      # Every message is refused.
      absent = for n <- 1..5000, do: Nft.delete(%{rule | handle: 100_000 + n})
      assert {:error, {1, %Error{errno: :enoent}}} = Nfnl.batch(sock, absent)
      assert length(listed_as(ns, "rule")) == 5000

      assert Nfnl.batch(sock, Enum.map(rules, &Nft.delete/1)) == :ok
      assert listed_as(ns, "rule") == []
    end)
  end

  # The output and exit status of a script that an ordinary user runs in a user namespace of its
  # own, where CAP_NET_ADMIN does not hold in the initial namespace. `flags` are flags of unshare.
  defp as_user(flags, script) do
    script = """
    alias Linx.Netlink.{Attr, Error, Message, Nfnl}
    table = fn name, data ->
      attrs = Attr.encode([{1, name <> <<0>>}, {6, data}])
      %Message{type: 0x0A00, flags: 0x400, payload: <<7, 0, 0, 0>> <> attrs}
    end
    {:ok, sock} = Nfnl.open()
    #{script}
    """

    path = Path.join(:code.lib_dir(:linx), "ebin")
    args = flags ++ ["elixir", "-pa", path, "-e", script]
    System.cmd("unshare", ["--user", "--map-root-user" | args], stderr_to_stdout: true)
  end

  test "without CAP_NET_ADMIN in the initial namespace, buffers are limited and results correct",
       %{
         ns: ns
       } do
    where(ns, [:bridge], fn ->
      script = """
      many = for n <- 1..4000, do: table.("t\#{n}", "")
      IO.inspect(Nfnl.batch(sock, many))
      refused = many ++ [%{hd(many) | flags: 0x600}]
      IO.inspect(match?({:error, {4001, %Error{errno: :eexist}}}, Nfnl.batch(sock, refused)))
      large = for n <- 1..40_000, do: table.("u\#{n}", String.duplicate("x", 250))
      IO.inspect(Nfnl.batch(sock, large))
      IO.inspect(length(elem(Nfnl.Nft.tables(sock), 1)))
      # Echoes of elements have the names of table and set, and overflow the buffer here. The
      # elements are added.
      alias Nfnl.Nft
      alias Nft.{Data, Element, Set}
      name = String.duplicate("s", 250)
      set = %Set{family: :bridge, table: "t1", name: name, key_type: 0, key_len: 4}
      {max, _} = Integer.parse(File.read!("/proc/sys/net/core/wmem_max"))
      elements = for n <- 1..div(max, 40), do: %Element{key: Data.value(<<n::32>>)}
      messages = [Nft.add(set) | Nft.add_elements(set, elements)]
      IO.inspect(Nfnl.batch(sock, messages, :nftables, echo: true))
      {:ok, read} = Nft.elements(sock, set)
      IO.inspect(length(read) == length(elements))
      {:ok, echoed} = Nfnl.batch(sock, [table.("w", "")], :nftables, echo: true)
      IO.inspect(Enum.map(echoed, & &1.name))
      """

      assert {output, 0} = as_user(["--net"], script)

      assert output == """
             :ok
             true
             {:error, {:send, :emsgsize}}
             4000
             {:error, {:recv, :enobufs}}
             true
             ["w"]
             """
    end)
  end

  test "without CAP_NET_ADMIN a batch is refused as a whole", %{ns: ns} do
    where(ns, [:bridge], fn ->
      assert {output, 0} = as_user([], "IO.inspect(Nfnl.batch(sock, [table.(\"t\", \"\")]))")
      assert output =~ "{:error,\n {nil,\n  %Linx.Netlink.Error{\n    errno: :eperm,"
    end)
  end

  test "a batch of any size is one datagram", %{ns: ns} do
    where(ns, [:bridge], fn ->
      file = Path.join(System.tmp_dir!(), "linx-#{ns}-strace")

      script = """
      alias Linx.Netlink.Nfnl
      alias Nfnl.Nft
      {:ok, sock} = Nfnl.open()
      set = %Nft.Set{family: :bridge, table: "t", name: "s", key_type: 7, key_len: 4}
      elements = for n <- 1..10_000, do: %Nft.Element{key: Nft.Data.value(<<n::32>>)}
      table = %Nft.Table{family: :bridge, name: "t"}
      :ok = Nfnl.batch(sock, [Nft.add(table), Nft.add(set) | Nft.add_elements(set, elements)])
      {:ok, elements} = Nft.elements(sock, set)
      IO.inspect(length(elements))
      """

      path = Path.join(:code.lib_dir(:linx), "ebin")
      strace = ["-f", "-e", "trace=sendmsg,sendto", "-o", file]
      command = ["netns", "exec", ns, "strace"] ++ strace ++ ["elixir", "-pa", path, "-e", script]

      try do
        assert {"10000\n", 0} = System.cmd("ip", command)
        lines = file |> File.read!() |> String.split("\n")
        sent = Enum.filter(lines, &(&1 =~ "NFNL_MSG_BATCH_BEGIN"))
        assert [batch] = sent
        [size] = Regex.run(~r/\) = (\d+)$/, batch, capture: :all_but_first)
        assert String.to_integer(size) > 10_000 * 16
        # NFNL_MSG_BATCH_BEGIN does not request an acknowledgement.
        assert batch =~ ~r/NFNL_MSG_BATCH_BEGIN, nlmsg_flags=NLM_F_REQUEST,/
      after
        File.rm(file)
      end
    end)
  end

  test "several processes use one socket at the same time", %{ns: ns, sock: sock} do
    where(ns, [:bridge], fn ->
      tasks =
        for n <- 1..8 do
          Task.async(fn ->
            for round <- 1..20 do
              name = "t#{n}-#{round}"
              assert Nfnl.batch(sock, [create(name)]) == :ok

              assert {:error, {2, %Error{errno: :enoent}}} =
                       Nfnl.batch(sock, [create("no"), delete("absent#{n}")])

              assert {:ok, %{id: _}} = Nfnl.Codec.get_gen(sock)
              # NFT_MSG_GETTABLE, which the transactions of the others interrupt.
              assert {:ok, [_ | _]} =
                       Request.talk(sock, 0x0A01, 0x300, <<7, 0, 0, 0>>, dump_retries: 1000)
            end

            assert Process.info(self(), :message_queue_len) == {:message_queue_len, 0}
          end)
        end

      Task.await_many(tasks, :infinity)
      assert length(tables(ns)) == 160
    end)
  end

  test "a connection is a target, and its next socket is used", %{ns: ns, path: path} do
    where(ns, [:bridge], fn ->
      name = :"nfnl_#{ns}"
      conn = start_supervised!({Connection, protocol: 12, netns: {:path, path}, name: name})

      assert Nfnl.batch(name, [create("a")]) == :ok
      assert {:ok, %{id: gen}} = Nfnl.Codec.get_gen(conn)

      assert {:error, {nil, %Error{errno: :erestart}}} =
               Nfnl.batch(conn, [create("b")], :nftables, genid: gen + 1)

      # The first socket is closed; its buffer sizes do not apply to the next one.
      {:ok, first} = Connection.socket(conn)
      :ok = Socket.close(first)
      many = for n <- 1..1000, do: create("t#{n}")
      assert Nfnl.batch(conn, many) == :ok
      assert length(tables(ns)) == 1001

      assert {:ok, tables} = Nft.tables(conn)
      assert length(tables) == 1001
      assert {:ok, []} = Nft.chains(name)
      assert {:ok, []} = Nft.sets(name)
      assert {:ok, []} = Nft.rules(name)
      assert {:ok, []} = Conntrack.list(name)
      assert Conntrack.flush(name) == :ok
      assert {:ok, %Conntrack.Count{entries: 0}} = Conntrack.count(name)

      :ok = stop_supervised(name)
      assert Nfnl.batch(name, [create("c")]) == {:error, {:send, :noproc}}
      assert Nfnl.Codec.get_gen(conn) == {:error, {:send, :noproc}}
    end)
  end

  test "a closed socket is an error", %{sock: sock} do
    :ok = Socket.close(sock)
    assert Nfnl.batch(sock, [create("a")]) == {:error, {:send, :closed}}
    assert {:error, {:send, :closed}} = Nfnl.Codec.get_gen(sock)
  end
end
