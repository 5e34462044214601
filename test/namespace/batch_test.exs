defmodule Linx.Netlink.BatchTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Message, Request, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, Route}

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

  test "links are looked up when the batch is gathered", %{sock: sock} do
    assert {:ok, [:ok, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, fn batch -> [Link.set_up(batch, "lo"), Link.set_up(batch, "no0")] end)
  end

  test "5,000 routes take many datagrams, and each is there", %{ns: ns, sock: sock} do
    ip!(ns, "link set lo up")
    routes = for n <- 0..4999, do: "10.#{div(n, 250)}.#{rem(n, 250)}.0"

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for dst <- routes, do: Route.add(batch, dst, 24, nil, dev: 1)
             end)

    assert Enum.uniq(results) == [:ok]
    there = ns |> ip_json("route show") |> MapSet.new(& &1["dst"])
    assert Enum.all?(routes, &MapSet.member?(there, &1 <> "/24"))

    # All refused: no refusal gets lost, however small the buffer.
    :ok = Socket.set_rcvbuf(sock, 4096)

    assert {:ok, results} =
             Batch.run(sock, fn batch ->
               for dst <- routes, do: Route.add(batch, dst, 24, nil, dev: 1)
             end)

    assert length(results) == 5000
    assert Enum.all?(results, &match?({:error, %Error{errno: :eexist}}, &1))
  end

  test "a failing socket leaves no result out", %{sock: sock} do
    batch = for n <- 1..1000, do: Link.set_up(%Batch{sock: sock}, rem(n, 1) + 1)
    assert {:ok, %Message{type: 16}} = hd(batch)
    :ok = Socket.close(sock)
    assert {:ok, results} = Batch.run(sock, batch)
    assert length(results) == 1000
    assert Enum.uniq(results) == [{:error, {:send, :closed}}]
  end

  test "no items, no datagram", %{sock: sock} do
    assert {:ok, []} = Batch.run(sock, [])
    assert {:ok, [{:error, :mine}]} = Batch.run(sock, [{:error, :mine}])
    assert {:error, {:bad_timeout, -1}} = Batch.run(sock, [], timeout: -1)
    assert :atomics.get(sock.seq, 1) == 0
  end

  test "other callers on the socket are not disturbed", %{sock: sock} do
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

  describe "requests that are there already" do
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

    test "are refused each, while others dump on the socket", %{sock: sock, items: items} do
      dumps = Task.async(fn -> for _ <- 1..20, do: length(ok!(Route.list(sock))) end)
      for _ <- 1..3, do: assert(outcomes(sock, items) == %{eexist: 10_000})
      assert [_] = Enum.uniq(Task.await(dumps, :infinity))
    end

    defp ok!({:ok, value}), do: value

    test "are refused each, however many batches there are at once", context do
      %{sock: sock, items: items} = context

      for outcomes <-
            1..10
            |> Enum.map(fn _ -> Task.async(fn -> outcomes(sock, Enum.take(items, 2000)) end) end)
            |> Task.await_many(:infinity) do
        assert outcomes == %{eexist: 2000}
      end
    end
  end
end
