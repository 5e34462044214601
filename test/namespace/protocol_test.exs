defmodule Linx.Namespace.ProtocolTest do
  # Tags of messages, and protocols that a program declares.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Message, Monitor, Nfnl, Protocol, Rtnl, Socket}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Monitor.Event

  # A protocol whose events are the names of links that are created or changed.
  defmodule Names do
    use Protocol

    @impl true
    def number, do: 0
    @impl true
    def groups, do: [link: 1]
    @impl true
    def tag, do: :names
    @impl true
    def decode(%Message{type: 16, payload: body}), do: {:ok, Link.decode(body).name}
    def decode(_other), do: :ignore

    def start_link(opts \\ []), do: Monitor.start_link([protocol: __MODULE__] ++ opts)
  end

  # The protocol of `Names` with all optional callbacks.
  defmodule AllCallbacks do
    use Protocol, subscribe: :attach, unsubscribe: :detach

    @impl true
    defdelegate number, to: Names
    @impl true
    defdelegate groups, to: Names
    @impl true
    def tag, do: {:any, "term"}
    @impl true
    defdelegate decode(message), to: Names
    @impl true
    def options, do: [groups: {{:groups, groups()}, default: [1]}, reject: :term]
    @impl true
    def filters, do: [prefix: :term]
    @impl true
    def filter(%{prefix: prefix}), do: &String.starts_with?(&1, prefix)
    def filter(options), do: options[:filter]
    @impl true
    def setup(%Socket{protocol: 0}, %{reject: true}), do: {:error, :rejected}
    def setup(%Socket{protocol: 0}, _options), do: :ok
    @impl true
    def message(tag, monitor, report), do: [tag, monitor, report]

    def start_link(opts \\ []), do: Monitor.start_link([protocol: __MODULE__] ++ opts)
  end

  test "a protocol module decodes messages and names groups", %{ns: ns, path: path} do
    assert Names.start_link(netns: {:path, path}) == {:error, {:missing_option, :groups}}
    {:ok, monitor} = Names.start_link(netns: {:path, path}, groups: [:link])
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link delete br0")
    ip!(ns, "link add br1 type bridge")
    assert_receive {:names, ^monitor, "br0"}
    assert_receive {:names, ^monitor, next}
    # The address of a bridge may be notified, too.
    assert next in ["br0", "br1"]
    assert Names.overruns(monitor) == 0
    assert {:ok, ref} = Names.subscribe(monitor, self(), filter: &(&1 == "br2"))
    assert Names.unsubscribe(monitor, ref) == :ok
    assert Names.subscribe(monitor, self(), prefix: "x") == {:error, {:unknown_option, :prefix}}
    assert %{id: Names, restart: :transient} = Names.child_spec([])
    Process.flag(:trap_exit, true)
    Socket.close(:sys.get_state(monitor).listener.sock)
    assert_receive {:names, ^monitor, {:closed, {:recv, :closed}}}
    assert_receive {:EXIT, ^monitor, _}
  end

  test "an overrun is reported with the tag of the protocol", %{path: path} do
    {:ok, monitor} = Names.start_link(netns: {:path, path}, groups: [1], rcvbuf: 2048)
    {:ok, sock} = Rtnl.open({:path, path})
    :ok = :sys.suspend(monitor)
    for n <- 1..50, do: :ok = Link.create_bridge(sock, "br#{n}")
    :ok = :sys.resume(monitor)
    assert_receive {:names, ^monitor, :resync_needed}
  end

  test "a protocol module may add options, filters and its own form of messages", context do
    %{ns: ns, path: path} = context
    Process.flag(:trap_exit, true)
    opts = [netns: {:path, path}]
    assert AllCallbacks.start_link([reject: true] ++ opts) == {:error, :rejected}
    assert AllCallbacks.start_link([groups: [:nftables]] ++ opts) |> elem(0) == :error
    refute_received _
    {:ok, monitor} = AllCallbacks.start_link(opts)
    {:ok, _ref} = AllCallbacks.attach(monitor, self(), prefix: "x")
    ip!(ns, "link add x0 type bridge")
    event = [{:any, "term"}, monitor, {:event, "x0"}]
    for _ <- 1..2, do: assert_receive(^event)
    :ok = AllCallbacks.stop(monitor)
  end

  test "a term that is not a protocol module is refused" do
    for module <- [String, NoSuchModule, nil, Protocol],
        do:
          assert(
            Monitor.start_link(protocol: module, groups: [1]) ==
              {:error, {:bad_option, :protocol, module}}
          )
  end

  test "messages of several monitors to one process differ in their tags", %{ns: ns, path: path} do
    other = netns!()

    for {name, tag} <- [{ns, :left}, {other, {:right, 1}}] do
      {:ok, _} = Rtnl.Monitor.subscribe(self(), netns: {:path, path(name)}, tag: tag)
    end

    {:ok, _} = Rtnl.Monitor.subscribe(self(), netns: {:path, path})
    ip!(ns, "link add left0 type bridge")
    ip!(other, "link add right0 type bridge")

    for {tag, name} <- [{:left, "left0"}, {{:right, 1}, "right0"}, {:linx_rtnl, "left0"}],
        do: assert_receive({^tag, :event, %Event{op: :new_link, resource: %{name: ^name}}})

    refute_received {_tag, :event, %Event{op: :new_link}}
  end

  test "every message of a monitor has its tag", %{path: path} do
    Process.flag(:trap_exit, true)
    netns = {:path, path}

    for {module, opts} <- [{Rtnl.Monitor, []}, {Nfnl.Monitor, []}, {Nfnl.Log, [group: 7]}] do
      {:ok, monitor} = module.start_link([netns: netns, tag: {module, "tag"}] ++ opts)
      Socket.close(:sys.get_state(monitor).listener.sock)
      assert_receive {{^module, "tag"}, :closed, {:recv, :closed}}
      assert_receive {:EXIT, ^monitor, {:shutdown, {:recv, :closed}}}
    end

    {:ok, monitor} = Monitor.start_link(netns: netns, groups: [1], tag: "raw")
    Socket.close(:sys.get_state(monitor).listener.sock)
    assert_receive {"raw", ^monitor, {:closed, {:recv, :closed}}}
    assert_receive {:EXIT, ^monitor, _}

    {:ok, _} = Rtnl.Monitor.start_link(netns: netns, groups: [:link], tag: 7, snapshot: true)
    assert_received {7, :event, %Event{op: :new_link, resource: %{name: "lo"}}}
    assert_received {7, :snapshot_complete}
    refute_received _
  end
end
