defmodule Linx.Namespace.OwnerTest do
  # Supervised monitors whose owner ends. In a namespace, since monitors of nfnetlink need a privilege.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Monitor, Nfnl, Rtnl}

  @monitors [{Monitor, [groups: [1]]}, {Rtnl.Monitor, []}, {Nfnl.Monitor, []}]

  # A supervisor logs each child that ends; the tests end children on purpose.
  setup do
    :ok = :logger.set_module_level(:supervisor, :none)
    on_exit(fn -> :logger.unset_module_level(:supervisor) end)
  end

  defp owner, do: spawn(fn -> receive do: (:end -> :ok) end)

  defp kill(pid) do
    ref = Process.monitor(pid)
    Process.exit(pid, :kill)
    receive do: ({:DOWN, ^ref, :process, _, _} -> :ok)
  end

  # Waits until the supervisor has handled the end of its child.
  defp childless(supervisor) do
    children = Supervisor.which_children(supervisor)
    if Enum.any?(children, &is_pid(elem(&1, 1))), do: childless(supervisor)
  end

  defp down(ref), do: receive(do: ({:DOWN, ^ref, :process, _, :normal} -> :ok))

  for restart <- [nil, :permanent, :transient, :temporary] do
    test "a monitor ends with its owner, and its supervisor continues: #{inspect(restart)}" do
      overrides = unquote(if restart, do: [restart: restart], else: [])

      for {module, needed} <- @monitors do
        owner = owner()
        spec = Supervisor.child_spec({module, [owner: owner, name: nil] ++ needed}, overrides)
        {:ok, supervisor} = Supervisor.start_link([spec], strategy: :one_for_one)
        [{_id, pid, :worker, _}] = Supervisor.which_children(supervisor)
        ref = Process.monitor(pid)
        kill(owner)
        down(ref)
        childless(supervisor)
        assert Process.alive?(supervisor)
        :ok = Supervisor.stop(supervisor)
      end
    end
  end

  test "start_link and subscribe return :ignore for an owner that has ended" do
    owner = owner()
    kill(owner)

    for {module, needed} <- @monitors,
        do: assert(module.start_link([owner: owner] ++ needed) == :ignore)

    assert Nfnl.Log.start_link(owner: owner, group: 5) == :ignore
    assert Rtnl.Monitor.subscribe(owner) == :ignore
  end

  test "a supervised monitor has no owner unless one is given" do
    for {module, needed} <- @monitors do
      {:ok, supervisor} = Supervisor.start_link([{module, needed}], strategy: :one_for_one)
      [{^module, pid, :worker, _}] = Supervisor.which_children(supervisor)
      assert :sys.get_state(pid).subscribers == %{}
      :ok = Supervisor.stop(supervisor)
      assert %{restart: :transient, id: :some} = module.child_spec([name: :some] ++ needed)
    end

    assert %{restart: :transient} = Nfnl.Log.child_spec(group: 5)
  end
end
