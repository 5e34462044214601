defmodule Linx.Namespace.GenericTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Attr, Batch, Connection, Error, Generic, Message, Request, Rtnl, Socket}
  alias Linx.Netlink.Generic.{Controller, Family, Policy}
  alias Linx.Netlink.Socket.Lookups

  defmodule Features do
    # Of ETHTOOL_MSG_FEATURES_GET, as far as these tests need it.
    use Linx.Netlink.Codec

    defmodule Link do
      use Linx.Netlink.Codec

      codec do
        attr 1, :dev_index, :u32
        attr 2, :dev_name, :string
      end
    end

    codec do
      header Linx.Netlink.Generic.Header
      attr 1, :header, {:nested, Link}
    end
  end

  defmodule Ethtool do
    use Linx.Netlink.Generic.Family, name: "ethtool", version: 1, groups: ["monitor"]

    command :features_get, 11, Features, dump: true
    command :set, 12, Features
    event :features_ntf, 13, Features
  end

  defmodule Absent do
    use Linx.Netlink.Generic.Family, name: "linx_absent"

    command :get, 1, Features, dump: true
  end

  setup %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock}
  end

  # `genl ctrl list`: name, id, version, numbers of commands, groups.
  defp listed(ns) do
    text = exec!(ns, "genl", "ctrl list")

    for block <- String.split(text, ~r/^Name: /m), block =~ "ID: 0x", into: %{} do
      [_, name, id, version] =
        Regex.run(~r/\A(\S+)\n\s*ID: 0x([0-9a-f]+)\s+Version: 0x([0-9a-f]+)/, block)

      ops = Regex.scan(~r/ID-0x([0-9a-f]+)/, block, capture: :all_but_first)
      groups = Regex.scan(~r/ID-0x([0-9a-f]+)\s+name: (\S+)/, block, capture: :all_but_first)
      ops = Enum.drop(ops, -length(groups))

      {name,
       %{
         id: hex(id),
         version: hex(version),
         ops: Enum.map(ops, fn [id] -> hex(id) end),
         groups: Map.new(groups, fn [id, name] -> {name, hex(id)} end)
       }}
    end
  end

  defp hex(text), do: String.to_integer(text, 16)

  test "families are those that genl lists", %{sock: sock, ns: ns} do
    {:ok, families} = Generic.families(sock)
    listed = listed(ns)

    assert map_size(listed) > 1

    ours =
      Map.new(families, fn family ->
        {family.name,
         %{
           id: family.id,
           version: family.version,
           ops: Enum.map(family.ops, & &1.id),
           groups: family.mcast_groups
         }}
      end)

    assert ours == listed
  end

  test "a family is found by its name", %{sock: sock, ns: ns} do
    expected = listed(ns)["nlctrl"]
    assert {:ok, %Family{name: "nlctrl"} = family} = Generic.family(sock, "nlctrl")
    assert {family.id, family.version, family.hdrsize} == {expected.id, expected.version, 0}
    assert family.mcast_groups == expected.groups

    # What `genl ctrl list` names "can doit; can dumpit; has policy".
    assert %{flags: [:cmd_cap_do, :cmd_cap_dump, :cmd_cap_haspol]} =
             Enum.find(family.ops, &(&1.id == 3))

    assert Generic.resolve(sock, "nlctrl") == {:ok, family}

    assert {:ok, [{:ok, ^family}, {:error, {:unknown_family, "linx_absent"}}]} =
             Batch.run(sock, fn batch ->
               [Generic.family(batch, "nlctrl"), Generic.family(batch, "linx_absent")]
             end)
  end

  test "an unknown family is an error, whatever is asked of it", %{sock: sock, path: path} do
    for name <- ["linx_absent", "", String.duplicate("x", 16), "a\0b", nil, :nlctrl] do
      assert Generic.family(sock, name) == {:error, {:unknown_family, name}}
      assert Generic.policy(sock, name) == {:error, {:unknown_family, name}}
    end

    absent = {:error, {:unknown_family, "linx_absent"}}
    assert Generic.dump(sock, Absent, :get) == absent
    assert Generic.fetch(sock, Absent, :get) == absent
    assert Generic.run(sock, Absent, :get) == absent
    assert Generic.Monitor.start_link(family: "linx_absent", groups: ["x"]) == absent

    assert Generic.Monitor.start_link(family: "nlctrl", groups: ["x"], netns: {:path, path}) ==
             {:error, {:unknown_group, "x"}}
  end

  test "policies are those that genl prints", %{sock: sock, ns: ns} do
    {:ok, %Policy{} = policy} = Generic.policy(sock, "nlctrl")
    text = exec!(ns, "genl", "ctrl policy name nlctrl")

    printed =
      for [_, index, id, type] <- Regex.scan(~r/policy\[(\d+)\]:attr\[(\d+)\]: type=(\w+)/, text),
          do: {String.to_integer(index), String.to_integer(id), String.downcase(type)}

    ours =
      for {index, attrs} <- policy.policies,
          {id, attr} <- attrs,
          do: {index, id, to_string(attr.type)}

    assert printed != [] and Enum.sort(ours) == Enum.sort(printed)

    # CTRL_ATTR_FAMILY_NAME: NUL_STRING max len:15, range of CTRL_ATTR_FAMILY_ID: [0,65535].
    %{3 => %{do: request, dump: request}, 10 => %{dump: listing}} = policy.commands
    assert %{type: :nul_string, max_length: 15, min: nil} = policy.policies[request][2]
    assert %{type: :u16, min: 0, max: 65_535} = policy.policies[listing][1]
  end

  test "a policy that holds itself is a cycle of indices", %{sock: sock} do
    {:ok, policy} = Generic.policy(sock, "ethtool")
    %{do: index} = policy.commands[11]
    assert %{type: :nested, policy: header} = policy.policies[index][1]
    assert %{type: :u32} = policy.policies[header][1]
  end

  test "commands of a declared family go to it", %{sock: sock, ns: ns, path: path} do
    ip!(ns, "link add va type veth peer name vb")
    links = for %{"ifname" => name, "ifindex" => index} <- ip_json(ns, "link"), do: {index, name}

    {:ok, features} = Generic.dump(sock, Ethtool, :features_get)
    ours = for %{header: %{dev_index: index, dev_name: name}} <- features, do: {index, name}
    assert Enum.sort(ours) == Enum.sort(links)
    assert sock |> Generic.stream!(Ethtool, :features_get) |> Enum.to_list() == features

    {index, "va"} = List.keyfind(links, "va", 1)
    query = %Features{header: %Features.Link{dev_name: "va"}}
    assert {:ok, %{header: header}} = Generic.fetch(sock, Ethtool, :features_get, query)
    assert header.dev_index == index

    # Connections and batches take the same.
    conn = start_supervised!({Connection, protocol: 16, netns: {:path, path}})
    assert {:ok, %{header: ^header}} = Generic.fetch(conn, Ethtool, :features_get, query)

    assert {:ok, [{:ok, %{header: ^header}}, {:error, %Error{errno: :enodev}}]} =
             Batch.run(sock, fn batch ->
               absent = %Features{header: %Features.Link{dev_name: "absent"}}

               for query <- [query, absent],
                   do: Generic.fetch(batch, Ethtool, :features_get, query)
             end)
  end

  test "all messages of a reply that is no dump are got", %{sock: sock} do
    query = %Features{header: %Features.Link{dev_name: "lo"}}
    {:ok, features} = Generic.fetch(sock, Ethtool, :features_get, query)
    assert Generic.fetch_all(sock, Ethtool, :features_get, query) == {:ok, [features]}

    long = %Features{header: %Features.Link{dev_name: String.duplicate("x", 200)}}

    assert {:error, %Error{attribute: [:header, :dev_name]}} =
             Generic.fetch_all(sock, Ethtool, :features_get, long)

    assert Generic.fetch_all(sock, Absent, :get) == {:error, {:unknown_family, "linx_absent"}}

    assert Generic.fetch_all(sock, Ethtool, :features_get, query, x: 1) ==
             {:error, {:unknown_option, :x}}
  end

  test "a refused attribute is named by its path", %{sock: sock} do
    long = %Features{header: %Features.Link{dev_name: String.duplicate("x", 200)}}

    assert {:error, %Error{attribute: [:header, :dev_name], policy: %{max_length: 127}}} =
             Generic.fetch(sock, Ethtool, :features_get, long)

    assert {:ok, [{:error, %Error{attribute: [:header, :dev_name]}}]} =
             Batch.run(sock, fn batch -> [Generic.fetch(batch, Ethtool, :features_get, long)] end)

    assert {:ok, [{:error, %Error{attribute: [:header, :dev_name]}}]} =
             Batch.run(sock, fn batch -> [Generic.run(batch, Ethtool, :set, long)] end)
  end

  test "an id that the kernel has forgotten is looked up again", %{sock: sock} do
    query = %Features{header: %Features.Link{dev_name: "lo"}}
    {:ok, reply} = Generic.fetch(sock, Ethtool, :features_get, query)
    {:ok, id} = Lookups.fetch(sock.lookups, {:family, "ethtool"})

    # As if the module had been loaded again since: no family has the id.
    :ok = Lookups.put(sock.lookups, {:family, "ethtool"}, 1000)
    assert {:error, %Error{errno: :enoent}} = Request.talk(sock, 1000, 0, <<11, 1, 0::16>>)
    assert Generic.fetch(sock, Ethtool, :features_get, query) == {:ok, reply}
    assert Lookups.fetch(sock.lookups, {:family, "ethtool"}) == {:ok, id}

    # As if it had been unloaded.
    :ok = Lookups.put(sock.lookups, {:family, "linx_absent"}, 1000)
    assert Generic.dump(sock, Absent, :get) == {:error, {:unknown_family, "linx_absent"}}
  end

  test "the id of a family is looked up once", %{sock: sock} do
    {:ok, _} = Generic.dump(sock, Ethtool, :features_get)
    before = :atomics.get(sock.seq, 1)
    {:ok, _} = Generic.dump(sock, Ethtool, :features_get)
    assert :atomics.get(sock.seq, 1) == before + 1
  end

  test "bad input is found before anything is sent", %{sock: sock, path: path} do
    before = :atomics.get(sock.seq, 1)
    assert {:error, {:bad_timeout, -1}} = Generic.family(sock, "nlctrl", timeout: -1)
    assert {:error, {:unknown_option, :x}} = Generic.families(sock, x: 1)
    assert {:error, {:unknown_option, :x}} = Generic.dump(sock, Ethtool, :features_get, nil, x: 1)
    assert {:error, {:bad_target, "x"}} = Generic.family("x", "nlctrl")
    assert {:error, {:bad_target, "x"}} = Generic.dump("x", Ethtool, :features_get)

    assert_raise ArgumentError, ~r/no command :absent/, fn ->
      Generic.fetch(sock, Ethtool, :absent)
    end

    assert_raise ArgumentError, ~r/does not list objects/, fn ->
      Generic.dump(sock, Ethtool, :set)
    end

    assert_raise ArgumentError, ~r/not a struct of/, fn ->
      Generic.fetch(sock, Ethtool, :features_get, %Family{})
    end

    assert :atomics.get(sock.seq, 1) == before

    {:ok, rtnl} = Rtnl.open({:path, path})
    assert {:error, {:wrong_protocol, {16, 0}}} = Generic.families(rtnl)
    assert {:error, {:wrong_protocol, {16, 0}}} = Generic.dump(rtnl, Ethtool, :features_get)

    start = &Generic.Monitor.start_link/1
    assert start.(groups: ["notify"]) == {:error, {:missing_option, :family}}
    assert start.(family: "nlctrl", groups: []) == {:error, {:bad_option, :groups, []}}
    assert start.(family: String) == {:error, {:bad_option, :family, String}}

    assert Generic.Monitor.start_link(family: "nlctrl", grups: []) ==
             {:error, {:unknown_option, :grups}}

    assert Generic.Monitor.start_link(family: "ethtool") == {:error, {:missing_option, :groups}}
  end

  test "a monitor decodes the notifications of a declared family", %{ns: ns, path: path} do
    ip!(ns, "link add va type veth peer name vb")
    [%{"ifindex" => index}] = ip_json(ns, "link show dev va")

    {:ok, monitor} = Generic.Monitor.start_link(family: Ethtool, netns: {:path, path})

    {:ok, raw} =
      Generic.Monitor.start_link(
        family: "ethtool",
        groups: ["monitor"],
        netns: {:path, path},
        tag: :raw
      )

    exec!(ns, "ethtool", "-K va tx off")

    assert_receive {:linx_genl, ^monitor,
                    %Generic.Event{op: :features_ntf, resource: %Features{header: header}}}

    assert {header.dev_index, header.dev_name} == {index, "va"}

    assert_receive {:raw, ^raw, %Generic.Event{op: 13, resource: %Message{payload: payload}}}
    <<13, 1, 0::16, attrs::binary>> = payload
    assert [{0x8001, link} | _] = Attr.decode(attrs)
    assert {2, "va\0"} in Attr.decode(link)

    assert Generic.Monitor.overruns(monitor) == 0
    assert Generic.Monitor.stop(monitor) == :ok
  end

  test "links have indices by all of their names", %{sock: sock, ns: ns} do
    long = String.duplicate("n", 40)
    ip!(ns, "link add va type veth peer name vb")
    ip!(ns, "link property add dev va altname short altname #{long}")
    [%{"ifindex" => index}] = ip_json(ns, "link show dev va")

    for name <- ["va", "short", long, index],
        do: assert(Generic.LinkIndex.fetch(sock, name, []) == {:ok, index})

    for name <- ["absent", String.duplicate("m", 40)],
        do: assert({:error, %Error{errno: :enodev}} = Generic.LinkIndex.fetch(sock, name, []))

    for bad <- ["", "a\0", 0, nil, -1, String.duplicate("m", 128)],
        do: assert({:error, {:bad_option, :link, ^bad}} = Generic.LinkIndex.fetch(sock, bad, []))
  end

  test "the indices of all links are listed", %{sock: sock, ns: ns} do
    ip!(ns, "link add va type veth peer name vb")
    {:ok, indices} = Generic.LinkIndex.all(sock, [])
    assert Enum.sort(indices) == ns |> ip_json("link") |> Enum.map(& &1["ifindex"]) |> Enum.sort()
  end

  test "lookups end with the socket", %{path: path} do
    {:ok, sock} = Generic.open({:path, path})
    {:ok, _} = Generic.dump(sock, Ethtool, :features_get)
    :ok = Socket.close(sock)
    assert :ets.info(sock.lookups) == :undefined
    assert {:error, {_, :closed}} = Generic.dump(sock, Ethtool, :features_get)
    assert Controller.id() == 16
  end
end
