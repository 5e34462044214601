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

  # A protocol that has another group and other rows after a link `trigger` has been made.
  defmodule Changing do
    use Protocol

    @impl true
    def number, do: 0
    @impl true
    def groups, do: []
    @impl true
    def tag, do: :changing
    @impl true
    def options, do: []

    # In the process of the monitor.
    @impl true
    def resolve(options) do
      trigger = {16, nil, Link, {:resolve, &(&1.name == "trigger")}}

      case Process.put(__MODULE__, true) do
        nil ->
          {:ok, Map.merge(options, %{groups: [1], rows: [trigger, {20, nil, nil, :early}]})}

        true ->
          {:ok, Map.merge(options, %{groups: [1, 5], rows: [trigger, {20, nil, nil, :late}]})}
      end
    end

    @impl true
    def decode(op, nil, _flags), do: {:ok, op}
    @impl true
    def decode(%Message{}), do: :ignore

    def start_link(opts \\ []), do: Monitor.start_link([protocol: __MODULE__] ++ opts)
  end

  # A protocol whose notifications are decoded by rows; those without a row by `decode/1`.
  defmodule Rows do
    use Protocol

    @impl true
    def number, do: 0
    @impl true
    def groups, do: [link: 1, rules: 8]
    @impl true
    def tag, do: :rows
    @impl true
    def rows(groups), do: [{16, nil, Link, {:changed, groups}}, {17, nil, nil, :deleted}]
    @impl true
    def decode({:changed, [1, 8]}, %Link{name: "ignored" <> _}, _flags), do: :ignore
    def decode({:changed, [1, 8]}, %Link{} = link, flags), do: {:ok, {link.name, flags}}
    def decode(:deleted, nil, flags), do: {:ok, {:deleted, flags}}
    @impl true
    def decode(%Message{type: type}), do: {:ok, {:undecoded, type}}

    def start_link(opts \\ []), do: Monitor.start_link([protocol: __MODULE__] ++ opts)
  end

  # Rows without the function that they are for.
  defmodule Incomplete do
    use Protocol

    @impl true
    defdelegate number, to: Names
    @impl true
    defdelegate groups, to: Names
    @impl true
    defdelegate tag, to: Names
    @impl true
    defdelegate decode(message), to: Names
    @impl true
    def rows(_groups), do: []
  end

  # The name of a link as its notifications have it, decoded by a module of its own.
  defmodule Renamed do
    use Protocol

    @impl true
    defdelegate number, to: Names
    @impl true
    defdelegate groups, to: Names
    @impl true
    def tag, do: :renamed
    @impl true
    def rows(_groups), do: [{16, nil, Linx.Namespace.ProtocolTest.Body, :native}]
    @impl true
    def decode(:native, body, _flags),
      do: {:ok, {:native, Map.delete(Map.from_struct(body), :family)}}

    @impl true
    def decode(%Message{type: 16, payload: payload}) do
      body = apply(Linx.Namespace.ProtocolTest.Body, :decode, [payload])
      {:ok, {:elixir, Map.delete(Map.from_struct(body), :family)}}
    end

    def decode(_other), do: :ignore
  end

  defmodule Shout do
    @type t :: String.t()
    def encode(text), do: String.downcase(text) <> <<0>>
    def decode(bytes), do: bytes |> String.trim_trailing(<<0>>) |> String.upcase()
  end

  # Loads the codec of `Renamed` with this row.
  defp load_body(row) do
    Code.put_compiler_option(:ignore_module_conflict, true)

    Code.compile_string("""
    defmodule Linx.Namespace.ProtocolTest.Body do
      use Linx.Netlink.Codec

      codec do
        header do
          field :family, :u8
          pad 15
        end

        attr 3, #{row}
      end
    end
    """)
  after
    Code.put_compiler_option(:ignore_module_conflict, false)
  end

  test "a protocol may change its groups and rows", %{ns: ns, path: path} do
    {:ok, monitor} = Changing.start_link(netns: {:path, path})
    ip!(ns, "link add other type veth peer name peer")
    ip!(ns, "address add 192.0.2.1/24 dev other")
    refute_receive _any, 50

    ip!(ns, "link add trigger type veth peer name far")
    assert_receive {:changing, ^monitor, :resync_needed}
    ip!(ns, "address add 192.0.2.2/24 dev other")
    assert_receive {:changing, ^monitor, :late}
    assert Changing.overruns(monitor) == 0
  end

  test "a protocol module may have rows by which notifications are decoded", context do
    %{ns: ns, path: path} = context
    {:ok, monitor} = Rows.start_link(netns: {:path, path}, groups: [:link, :rules])
    ip!(ns, "link add ignored0 type bridge")
    ip!(ns, "rule add from 192.0.2.1 lookup main")
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link delete br0")
    # RTM_NEWRULE, behind the notifications of the first link, which are ignored.
    assert_receive {:rows, ^monitor, {:undecoded, 32}}
    assert_receive {:rows, ^monitor, {"br0", 0}}
    assert_receive {:rows, ^monitor, {:deleted, 0}}
    refute_received {:rows, ^monitor, {"ignored0", _}}

    assert Monitor.start_link(protocol: Incomplete, groups: [1]) ==
             {:error, {:bad_option, :protocol, Incomplete}}
  end

  test "a monitor decodes by the new rows of a codec that is loaded again", context do
    %{ns: ns, path: path} = context
    load_body(":name, :string")
    opts = [protocol: Renamed, netns: {:path, path}, groups: [:link]]
    {:ok, monitor} = Monitor.start_link(opts)
    ip!(ns, "link add br0 type bridge")
    assert_receive {:renamed, ^monitor, {:native, %{name: "br0"}}}

    load_body(":label, :binary")
    ip!(ns, "link add br1 type bridge")
    assert_receive {:renamed, ^monitor, {:native, %{label: <<"br1", 0>>}}}

    # Values of a custom type are converted by `decode/1`.
    load_body(":loud, Linx.Namespace.ProtocolTest.Shout")
    ip!(ns, "link add br2 type bridge")
    assert_receive {:renamed, ^monitor, {:elixir, %{loud: "BR2"}}}

    load_body(":name, :string")
    ip!(ns, "link add br3 type bridge")
    assert_receive {:renamed, ^monitor, {:native, %{name: "br3"}}}
    assert Monitor.overruns(monitor) == 0
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
