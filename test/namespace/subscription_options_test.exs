defmodule Linx.Namespace.SubscriptionOptionsTest do
  # Owners of monitors, and wrong options of subscriptions. In a namespace, since monitors of nfnetlink need
  # a privilege.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Monitor, Nfnl, Rtnl}

  @monitors [{Monitor, [groups: [1]]}, {Rtnl.Monitor, []}, {Nfnl.Monitor, []}]

  test "the owner is the caller if none is given" do
    for {module, needed} <- @monitors do
      {:ok, pid} = module.start_link(needed)
      test = self()
      assert {:monitors, [process: ^test]} = Process.info(pid, :monitors)
      :ok = module.stop(pid)
    end
  end

  test "a refused subscription does not end the process" do
    {:ok, view} = Rtnl.View.start_link(resources: [:links, :rules])
    {:ok, monitor} = Monitor.start_link(groups: [1])
    {:ok, events} = Rtnl.Monitor.start_link()
    {:ok, nfnl} = Nfnl.Monitor.start_link()

    for {verb, opts, reason} <- [
          {&Rtnl.View.subscribe(view, self(), &1), [resources: :links],
           {:bad_option, :resources, :links}},
          {&Rtnl.View.subscribe(view, self(), &1), [resources: [:link]],
           {:bad_option, :resources, [:link]}},
          # A resource that the view does not hold.
          {&Rtnl.View.subscribe(view, self(), &1), [resources: [:routes]],
           {:bad_option, :resources, [:routes]}},
          {&Rtnl.View.subscribe(view, self(), &1), [snapshot: 1], {:bad_option, :snapshot, 1}},
          {&Rtnl.View.subscribe(view, self(), &1), [kind: 1], {:unknown_option, :kind}},
          {&Monitor.subscribe(monitor, self(), &1), [filter: :all], {:bad_option, :filter, :all}},
          {&Monitor.subscribe(monitor, self(), &1), [ops: []], {:unknown_option, :ops}},
          {&Rtnl.Monitor.attach(events, self(), &1), [ops: :new_link],
           {:bad_option, :ops, :new_link}},
          {&Rtnl.Monitor.attach(events, self(), &1), [ops: [:new]], {:bad_option, :ops, [:new]}},
          {&Rtnl.Monitor.attach(events, self(), &1), [ifindex: "lo"],
           {:bad_option, :ifindex, "lo"}},
          {&Rtnl.Monitor.attach(events, self(), &1), [family: 2], {:bad_option, :family, 2}},
          {&Rtnl.Monitor.attach(events, self(), &1), [filter: 1], {:bad_option, :filter, 1}},
          {&Rtnl.Monitor.attach(events, self(), &1), [op: []], {:unknown_option, :op}},
          {&Nfnl.Monitor.attach(nfnl, self(), &1), [filter: 1], {:bad_option, :filter, 1}},
          {&Nfnl.Monitor.attach(nfnl, self(), &1), [kinds: 1], {:unknown_option, :kinds}}
        ],
        do: assert(verb.(opts) == {:error, reason})

    for {module, verb, pid} <- [
          {Rtnl.View, :subscribe, view},
          {Monitor, :subscribe, monitor},
          {Rtnl.Monitor, :attach, events},
          {Nfnl.Monitor, :attach, nfnl}
        ],
        args <- [[:no_pid, []], [self(), :opts]] do
      error = assert_raise FunctionClauseError, fn -> apply(module, verb, [pid | args]) end
      assert {error.module, error.function} == {module, verb}
    end

    assert {:error, {:bad_option, :table, 0}} = Rtnl.View.routes_to(view, "192.0.2.1", table: 0)
    assert {:error, {:unknown_option, :tabel}} = Rtnl.View.routes_to(view, "::1", tabel: 1)
    assert :sys.get_state(view).subscribers == %{}

    for {module, pid} <- [
          {Rtnl.View, view},
          {Monitor, monitor},
          {Rtnl.Monitor, events},
          {Nfnl.Monitor, nfnl}
        ],
        do: assert(:ok = module.stop(pid))
  end
end
