defmodule Linx.Netlink.ProcessOptionsTest do
  # Wrong options of processes and subscriptions, refused before anything is started or sent.
  use ExUnit.Case, async: true

  alias Linx.Netlink.{Connection, Monitor, Nfnl, Rtnl}

  # Each module with its required options.
  @processes [
    {Monitor, [groups: [1]]},
    {Rtnl.Monitor, []},
    {Rtnl.View, []},
    {Nfnl.Monitor, []},
    {Nfnl.Log, [group: 5]},
    {Connection, []}
  ]
  @listeners @processes -- [{Connection, []}]
  @monitors [{Monitor, [groups: [1]]}, {Rtnl.Monitor, []}, {Nfnl.Monitor, []}]

  @wrong_netns [:hots, nil, "/run/netns/blue", {:path, :blue}, {:pid, 0}, {:pid, "1"}, {:fd, 3}]
  @wrong_name ["text", 7, {:via, 7, 1}, {:via, NoSuchRegistry, 1}, {:local, :name}]
  @wrong_owner [:me, "pid", 7]
  @wrong_groups [[], 1, :nftables, [0], [-1], ["1"], [1 | 2], [nil], nil]
  @wrong_boolean [1, nil, "true", :yes]

  # A process that failed in `init/1` would send the test an exit signal, and log a report.
  setup do
    Process.flag(:trap_exit, true)
    :ok
  end

  defp refused(module, opts) do
    {key, value} = hd(opts)
    assert module.start_link(opts) == {:error, {:bad_option, key, value}}
    refute_received _
  end

  defp each(processes, key, values) do
    for {module, needed} <- processes,
        value <- values,
        do: refused(module, [{key, value} | Keyword.delete(needed, key)])
  end

  test "a wrong value of an option that all processes have is refused" do
    each(@processes, :netns, @wrong_netns)
    each(@processes, :name, @wrong_name)
    each(@processes, :force_rcvbuf, @wrong_boolean)
    each(@processes, :timeout, [-1, :soon])
    each(@processes, :debug, [true])
    each(@processes, :spawn_opt, [:link])
    each(@processes, :hibernate_after, [:never])
    each(@listeners, :rcvbuf, [0, -1, "4096", 1.5, nil])
    each([{Connection, []}], :rcvbuf, [0, -1, "4096", 1.5])
  end

  test "a wrong value of an option that some processes have is refused" do
    each([{Monitor, []}, {Rtnl.Monitor, []}, {Nfnl.Monitor, []}], :groups, @wrong_groups)
    each([{Nfnl.Monitor, []}], :groups, [[:tables], [:nftables, "x"]])
    each([{Rtnl.Monitor, []}], :groups, [[:nftables]])
    each([{Nfnl.Log, [group: 5]} | @monitors], :owner, @wrong_owner)
    each(@monitors, :filter, [:all, fn -> true end, fn _, _ -> true end])
    each([{Monitor, [groups: [1]]}, {Connection, []}], :protocol, [-1, "0", nil, :route])
    each([{Rtnl.Monitor, []}], :snapshot, @wrong_boolean)
    each([{Rtnl.View, []}], :resources, [[], :links, [:link], ["links"], [:links | :rules], nil])
    each([{Connection, []}], :backoff, [5, {0, 5}, {5, 1}, {1, 2, 3}, {1, 0x100000000}])
    each([{Nfnl.Log, []}], :group, [-1, 0x10000, nil, "5"])
    each([{Nfnl.Log, [group: 5]}], :with, [:seq, [:all], [:seq | :seq]])
  end

  test "a misspelt option and a term that is not an option are refused as unknown" do
    for {module, needed} <- @processes do
      for key <- [:netnss, :kind, :ownr, "netns"],
          do: assert({:error, {:unknown_option, ^key}} = module.start_link([{key, 1} | needed]))

      assert {:error, {:unknown_option, :netns}} = module.start_link([:netns | needed])
      assert {:error, {:unknown_option, :odd}} = module.start_link([{:netns, :host} | :odd])
      error = assert_raise FunctionClauseError, fn -> module.start_link(%{}) end
      assert {error.module, error.function, error.arity} == {module, :start_link, 1}
      assert_raise FunctionClauseError, fn -> module.child_spec(:opts) end
    end

    # The options of one process are unknown to another.
    assert {:error, {:unknown_option, :protocol}} = Rtnl.Monitor.start_link(protocol: 0)
    assert {:error, {:unknown_option, :format}} = Monitor.start_link(groups: [1], format: & &1)
  end

  test "child_spec/1 takes wrong options, and start_link/1 refuses them" do
    for {module, _needed} <- @processes,
        opts <- [[:junk], [1 | 2], [{"netns", 1}], [{:netns, :host} | :odd]] do
      assert %{id: id, start: {start, :start_link, [opts]}} = module.child_spec(opts)
      assert {id, start} == {module, module}
      assert {:error, {:unknown_option, _}} = module.start_link(opts)
    end
  end

  test "a missing required option is an error" do
    assert Monitor.start_link([]) == {:error, {:missing_option, :groups}}
    assert Nfnl.Log.start_link([]) == {:error, {:missing_option, :group}}
  end

  test "the first value of an option given twice is used, and both values are checked" do
    assert {:error, {:bad_option, :netns, :nowhere}} =
             Rtnl.Monitor.start_link(netns: :host, netns: :nowhere)

    assert {:error, {:open, 2}} =
             Rtnl.Monitor.start_link(netns: {:path, "/nowhere"}, netns: :host)
  end

  test "an event has to satisfy every condition of a filter" do
    alias Rtnl.Monitor.Event
    link = %Event{op: :new_link, resource: %Rtnl.Link{index: 3}}
    filter = Event.filter(%{ops: [:new_link], filter: &(&1.resource.index == 3)})
    assert filter.(link)
    refute filter.(%{link | op: :del_link})
    refute filter.(put_in(link.resource.index, 4))
    assert Event.filter(%{ops: [{:unknown, 99}]}).(%Event{op: {:unknown, 99}, resource: nil})
    assert Event.filter(%{}) == nil
  end
end
