defmodule Linx.Namespace.BatchTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall, only: [where: 3]

  alias Linx.Netlink.{Batch, Connection, Error, Message, Nfnl, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, LinkInfo, Route}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  test "every request has its own result, in order", %{ns: ns, sock: sock} do
    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               [
                 Link.create(batch, "br0", :bridge, []),
                 Link.create(batch, "br0", :bridge, []),
                 Link.create(batch, "much too long a name", :bridge, []),
                 Link.create(batch, "br1", :bridge, [])
               ]
             end)

    assert [:ok, {:error, %Error{errno: :eexist}}, {:error, {:bad_name, _}}, :ok] = results
    assert ~w(br0 br1 lo) = ns |> ip_json("link show") |> Enum.map(& &1["ifname"]) |> Enum.sort()
  end

  test "names of links are resolved while the batch is built", %{sock: sock} do
    assert {:ok, [:ok, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, fn batch -> [Link.set_up(batch, "lo"), Link.set_up(batch, "no0")] end)
  end

  test "the name of a link is looked up once for a batch", %{ns: ns, sock: sock} do
    ip!(ns, "link add early type veth peer name other")

    {:ok, results} =
      Batch.run(sock, fn batch ->
        send(self(), {:batch, batch})
        first = Address.add(batch, "early", "192.0.2.1", 24)
        missing = Address.add(batch, "late", "192.0.2.2", 24)
        ip!(ns, "link set early name late")
        [first, missing, Address.add(batch, "early", "192.0.2.3", 24)]
      end)

    assert [:ok, {:error, %Error{errno: :enodev}}, :ok] = results
    assert [%{"addr_info" => added}] = ip_json(ns, "-4 address show dev late")
    assert Enum.map(added, & &1["local"]) == ["192.0.2.1", "192.0.2.3"]

    # Another batch, and one that is not being built, look it up again.
    add = &Address.add(&1, "early", "192.0.2.4", 24)
    assert {:ok, [{:error, %Error{errno: :enodev}}]} = Batch.run(sock, &[add.(&1)])
    assert {:error, %Error{errno: :enodev}} = add.(%Batch{sock: sock})
    assert_received {:batch, built}
    assert {:error, %Error{errno: :enodev}} = add.(built)
    assert {:ok, %Message{}} = Address.add(built, "late", "192.0.2.4", 24)
  end

  test "5,000 routes are sent in many datagrams, and each one is added", %{ns: ns, sock: sock} do
    ip!(ns, "link set lo up")
    routes = for n <- 0..4999, do: "10.#{div(n, 250)}.#{rem(n, 250)}.0"

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for dst <- routes, do: Route.add(batch, dst, 24, nil, dev: 1)
             end)

    assert Enum.uniq(results) == [:ok]
    shown = ns |> ip_json("route show") |> MapSet.new(& &1["dst"])
    assert Enum.all?(routes, &MapSet.member?(shown, &1 <> "/24"))

    # The kernel refuses all of them: a small receive buffer loses no refusal.
    :ok = Socket.set_rcvbuf(sock, 4096)

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for dst <- routes, do: Route.add(batch, dst, 24, nil, dev: 1)
             end)

    assert length(results) == 5000
    assert Enum.all?(results, &match?({:error, %Error{errno: :eexist}}, &1))
  end

  test "a batch on a closed socket has an error for each request", %{sock: sock} do
    batch = for n <- 1..1000, do: Link.set_up(%Batch{sock: sock}, rem(n, 1) + 1)
    assert {:ok, %Message{type: 16}} = hd(batch)
    :ok = Socket.close(sock)
    assert {:ok, results} = Batch.run(sock, batch)
    assert length(results) == 1000
    assert Enum.uniq(results) == [{:error, {:send, :closed}}]
  end

  test "a batch without a request sends no datagram", %{sock: sock} do
    assert {:ok, []} = Batch.run(sock, [])
    assert {:ok, [{:error, :mine}]} = Batch.run(sock, [{:error, :mine}])
    assert {:error, {:bad_timeout, -1}} = Batch.run(sock, [], timeout: -1)
    assert :atomics.get(sock.seq, 1) == 0
  end

  test "batches, lists and requests of several callers on one socket succeed", %{sock: sock} do
    tasks =
      for n <- 1..8 do
        Task.async(fn ->
          for round <- 1..20 do
            address = "127.#{n}.#{round}.1"
            {:ok, [:ok]} = Batch.run(sock, [Address.add(%Batch{sock: sock}, 1, address, 32)])
            {:ok, [_ | _]} = Link.list(sock)
            {:ok, [_]} = Request.talk(sock, 18, 0, <<0::32, 1::native-32, 0::64>>)
          end
        end)
      end

    Task.await_many(tasks, :infinity)
    assert {:ok, addresses} = Address.list(sock)
    assert length(addresses) >= 160
  end

  describe "a batch that adds existing routes" do
    setup %{ns: ns, sock: sock} do
      ip!(ns, "link set lo up")
      items = for n <- 0..9999, do: Route.add(%Batch{sock: sock}, route(n), 24, nil, dev: 1)
      {:ok, results} = Batch.run(sock, items)
      [:ok] = Enum.uniq(results)
      %{items: items}
    end

    defp route(n), do: "10.#{div(n, 250)}.#{rem(n, 250)}.0"

    defp outcomes(sock, items) do
      {:ok, results} = Batch.run(sock, items)

      Enum.frequencies_by(results, fn
        {:error, %Error{errno: errno}} -> errno
        other -> other
      end)
    end

    test "has a refusal for each while other callers dump on the socket",
         %{sock: sock, items: items} do
      dumps = Task.async(fn -> for _ <- 1..20, do: length(ok!(Route.list(sock))) end)
      for _ <- 1..3, do: assert(outcomes(sock, items) == %{eexist: 10_000})
      assert [_] = Enum.uniq(Task.await(dumps, :infinity))
    end

    defp ok!({:ok, value}), do: value

    test "has a refusal for each while nine other batches are sent", context do
      %{sock: sock, items: items} = context

      for outcomes <-
            1..10
            |> Enum.map(fn _ -> Task.async(fn -> outcomes(sock, Enum.take(items, 2000)) end) end)
            |> Task.await_many(:infinity) do
        assert outcomes == %{eexist: 2000}
      end
    end
  end

  describe "the messages of a batch" do
    setup %{sock: sock} do
      good = %Message{type: 18, flags: 4, payload: %Link{index: 1} |> Link.encode()}
      %{good: good, batch: &Batch.run(sock, &1)}
    end

    test "are validated before the first datagram is sent", context do
      %{good: good, batch: batch, ns: ns} = context
      create = fn n -> %Message{type: 16, flags: 0x600, payload: bridge("br#{n}")} end

      for bad <- [
            :garbage,
            %{good | type: -1},
            %{good | type: 0x10018},
            %{good | flags: 0x10000},
            %{good | payload: :x},
            {:ok, :x},
            {:ok, {:ok, good}},
            nil
          ] do
        items = Enum.map(1..400, create) ++ [bad, good]
        assert batch.(items) == {:error, {:bad_message, 401}}
      end

      assert batch.([create.(1) | create.(2)]) == {:error, {:bad_message, 2}}
      assert [%{"ifname" => "lo"}] = ip_json(ns, "link show")
    end

    test "may have iodata as their payload", %{good: good, batch: batch, ns: ns} do
      <<head::binary-16, rest::binary>> = bridge("br1")
      message = %{good | type: 16, flags: 0x600, payload: [head, [rest | ""]]}
      assert batch.([message, {:ok, good}]) == {:ok, [:ok, :ok]}
      assert [%{"ifname" => "lo"}, %{"ifname" => "br1"}] = ip_json(ns, "link show")
    end

    test "are not built if an option or the target is invalid", %{sock: sock} do
      for {opts, reason} <- [
            {[timeuot: 1], {:unknown_option, :timeuot}},
            {[timeout: 1.0], {:bad_timeout, 1.0}},
            {[echo: true], {:unknown_option, :echo}},
            {:timeout, {:unknown_option, :timeout}}
          ] do
        assert Batch.run(sock, fn _batch -> flunk("called") end, opts) == {:error, reason}
      end

      assert Batch.run(nil, fn _batch -> flunk("called") end) == {:error, {:bad_target, nil}}
      assert Batch.run(sock, fn _batch -> :none end) == {:error, {:bad_message, 1}}
      assert_raise FunctionClauseError, fn -> apply(Batch, :run, [sock, :none]) end
    end

    # The kernel accepts 0 and 1 alone (vxlan_policy, drivers/net/vxlan/vxlan_core.c).
    defp refused(codec) do
      info = %LinkInfo{kind: "vxlan", info_data: %LinkInfo.Vxlan{id: 7, localbypass: 2}}
      body = Link.encode(%Link{name: "x", linkinfo: info})
      %Message{type: 16, flags: 0x600, payload: body, codec: codec}
    end

    test "have a codec, from which a refusal gets the path of the attribute",
         %{batch: batch, sock: sock} do
      assert {:ok, %Message{codec: Link}} = Link.set_up(%Batch{sock: sock}, 1)
      good = %Message{type: 18, flags: 4, payload: Link.encode(%Link{index: 1}), codec: Link}
      bad = refused(Link)

      assert {:ok, [:ok, :ok, {:error, refused}, {:error, unnamed}, :ok]} =
               batch.([good, good, bad, %{bad | codec: nil}, good])

      assert %Error{errno: :erange, offset: offset, attribute: path} = refused
      assert path == [:linkinfo, :info_data, :localbypass]
      assert %Error{errno: :erange, offset: ^offset, attribute: nil} = unnamed

      # The codec of an asynchronous request is used as well.
      task = Request.async(sock, bad)
      assert {:error, %Error{attribute: ^path}} = Connection.await(task)

      assert {:error, %Error{attribute: nil}} =
               Connection.await(Request.async(sock, refused(nil)))
    end

    test "have a codec in an nfnetlink transaction as well", %{ns: ns, path: path} do
      {:ok, nfnl} = Nfnl.open({:path, path})
      table = Nfnl.Nft.delete(%Nfnl.Nft.Table{family: :bridge, name: "absent"})

      where(ns, [:bridge], fn ->
        for {codec, path} <- [{Nfnl.Nft.Table, [:name]}, {nil, nil}] do
          assert {:error, {1, %Error{errno: :enoent, attribute: ^path}}} =
                   Nfnl.batch(nfnl, [%{table | codec: codec}])
        end
      end)
    end

    test "are rejected if their codec is not a codec module", %{batch: batch, good: good} do
      for wrong <- [:no_such_module, String, "Link", 7],
          do: assert(batch.([%{good | codec: wrong}]) == {:error, {:bad_message, 1}})
    end

    test "are not sent through another batch", %{sock: sock} do
      Batch.run(sock, fn batch ->
        assert Batch.run(batch, []) == {:error, {:bad_target, batch}}
        assert Nfnl.batch(batch, []) == {:error, {:bad_target, batch}}
        []
      end)
    end

    defp bridge(name) do
      info = %Linx.Netlink.Rtnl.LinkInfo{kind: "bridge"}
      Link.encode(%Link{name: name, linkinfo: info})
    end
  end
end
