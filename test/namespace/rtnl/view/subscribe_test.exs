defmodule Linx.Namespace.Rtnl.View.SubscribeTest do
  # Changes that subscribers receive, and waiting for a condition.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link, View}

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  defp view!(path) do
    {:ok, view} = View.start_link(netns: {:path, path})
    view
  end

  test "the changes that a subscriber receives result in the objects of the view",
       %{path: path, sock: sock} do
    view = view!(path)
    :ok = Link.create_bridge(sock, "br0")
    {:ok, ref} = View.subscribe(view, self(), snapshot: true, resources: [:links, :addresses])

    {:ok, _} =
      Batch.run(sock, fn batch ->
        for n <- 1..200, do: Address.add(batch, 1, "127.1.#{n}.1", 32)
      end)

    {:ok, _} =
      Batch.run(sock, fn batch ->
        for n <- 1..100, do: Address.delete(batch, 1, "127.1.#{n}.1", 32)
      end)

    :ok = Link.delete(sock, "br0")

    {:ok, _} =
      View.await(view, &(length(View.addresses(&1)) == 100 and View.get(&1, "br0") == :error))

    # A state is written before its changes are sent: after this call they have been.
    :sys.get_state(view)
    received = received(ref, %{})
    {_, all} = View.all(view)
    assert Enum.sort(Map.values(received)) == Enum.sort(all.links ++ all.addresses)
  end

  # A create of an object that exists, or a delete of one that does not, raises.
  defp received(ref, known) do
    receive do
      {:linx_view, ^ref, {_version, changes}} ->
        received(ref, Enum.reduce(changes, known, &apply_change/2))
    after
      0 -> known
    end
  end

  defp apply_change({:create, object}, known) do
    false = is_map_key(known, id(object))
    Map.put(known, id(object), object)
  end

  defp apply_change({:update, object}, known), do: Map.replace!(known, id(object), object)

  defp apply_change({:delete, object}, known) do
    {_, known} = Map.pop!(known, id(object))
    known
  end

  defp id(%Link{index: index}), do: index
  defp id(%Address{} = address), do: {address.index, address.local, address.prefixlen}

  test "await/3 returns when the condition holds, the timeout is over, or the view ends",
       %{ns: ns, path: path} do
    view = view!(path)
    waiting = Task.async(fn -> View.await(view, &(View.get(&1, "late0") != :error)) end)
    awaiting(waiting)
    ip!(ns, "link add late0 type bridge")
    assert {:ok, true} = Task.await(waiting, :infinity)
    assert {:error, :timeout} = View.await(view, fn _ -> false end, 50)
    waiting = Task.async(fn -> View.await(view, fn _ -> nil end) end)
    awaiting(waiting)
    View.stop(view)
    assert {:error, {:down, :normal}} = Task.await(waiting, :infinity)
  end

  # Waits until the task has evaluated the condition and waits for a change.
  defp awaiting(%Task{pid: pid}) do
    eventually(fn ->
      {:current_stacktrace, stack} = Process.info(pid, :current_stacktrace)
      match?([{View, _, _, _} | _], stack) and Process.info(pid, :status) == {:status, :waiting}
    end)
  end

  test "await/3 returns an error, and does not exit, when the view ends meanwhile",
       %{ns: ns, path: path} do
    {:ok, view} =
      start_supervised({View, netns: {:path, path}, name: __MODULE__}, restart: :temporary)

    waiting =
      Task.async(fn ->
        View.await(__MODULE__, fn name ->
          # The next read is of a view that has ended.
          if View.get(name, "late0") != :error, do: View.stop(view)
          View.links(name) == []
        end)
      end)

    awaiting(waiting)
    ip!(ns, "link add late0 type bridge")
    assert {:error, {:down, :normal}} = Task.await(waiting, :infinity)
  end
end
