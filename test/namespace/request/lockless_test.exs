defmodule Linx.Namespace.Request.LocklessTest do
  # Requests that are made on the caller's scheduler while another program holds a lock.
  use Linx.Test.NamespaceCase

  alias Linx.Netlink.{Native, Nfnl}
  alias Linx.Netlink.Nfnl.Codec
  alias Linx.Netlink.Nfnl.Conntrack

  @elements 150_000

  # nft enlarges its buffers.
  @tag :initial_users
  test "the generation of nf_tables is read while a transaction is prepared", %{
    ns: ns,
    path: path
  } do
    {:ok, nf} = Nfnl.open({:path, path})
    # The first request loads the module.
    {:ok, %{id: before}} = Codec.get_gen(nf)
    file = Path.join(System.tmp_dir!(), "linx-lockless-#{System.unique_integer([:positive])}")

    elements =
      Enum.map_join(1..@elements, ", ", fn n ->
        "10.#{div(n, 65_536)}.#{rem(div(n, 256), 256)}.#{rem(n, 256)}"
      end)

    File.write!(file, """
    add table inet t
    add set inet t s { type ipv4_addr; }
    add element inet t s { #{elements} }
    """)

    test = self()

    nft =
      Task.async(fn -> {_, 0} = System.cmd("ip", ["netns", "exec", ns, "nft", "-f", file]) end)

    reader =
      spawn_link(fn ->
        receive do: (:go -> :ok)
        send(test, {:read, read(nf, nft.pid, [])})
      end)

    {:module, _} = Code.ensure_loaded(Native)
    1 = :erlang.trace_pattern({Native, :exchange_dirty, :_}, true, [:local])
    1 = :erlang.trace_pattern({Native, :exchange, :_}, true, [:local])
    1 = :erlang.trace(reader, true, [:call])
    send(reader, :go)
    assert_receive {:read, results}, 60_000
    Task.await(nft, :infinity)
    File.rm!(file)
    delivered = :erlang.trace_delivered(:all)
    assert_receive {:trace_delivered, :all, ^delivered}

    for result <- results, do: assert(match?({:ok, %{id: _}}, result))
    assert length(results) > 10
    assert {:ok, %{id: later}} = Codec.get_gen(nf)
    assert later > before
    assert calls() |> Enum.uniq() == [:exchange]
  end

  defp read(nf, pid, results) do
    results = [Codec.get_gen(nf) | results]
    if Process.alive?(pid), do: read(nf, pid, results), else: results
  end

  defp calls do
    receive do
      {:trace, _pid, :call, {Native, name, _args}} -> [name | calls()]
    after
      0 -> []
    end
  end

  test "a connection is read on a dirty scheduler", %{path: path} do
    {:ok, nf} = Nfnl.open({:path, path})
    {:ok, tuple} = Conntrack.Tuple.new("192.0.2.1", "192.0.2.2", 6, 40_000, 443)
    test = self()

    reader =
      spawn_link(fn ->
        receive do: (:go -> :ok)
        send(test, {:read, Conntrack.get(nf, tuple)})
      end)

    {:module, _} = Code.ensure_loaded(Native)
    1 = :erlang.trace_pattern({Native, :exchange, :_}, true, [:local])
    1 = :erlang.trace(reader, true, [:call])
    send(reader, :go)
    assert_receive {:read, {:error, %{errno: :enoent}}}, 5000
    assert calls() == []
  end
end
