defmodule Linx.Namespace.Rtnl.FdbTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.{Fdb, Link}
  alias Linx.Test.JSON

  @mac "02:00:00:00:00:09"
  @zero "00:00:00:00:00:00"

  setup %{ns: ns, path: path} do
    ip!(ns, "link add br0 type bridge")
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add vx0 type vxlan id 42 dstport 4789 local 192.0.2.1")
    ip!(ns, "link add vx1 type vxlan dstport 4790 external")
    ip!(ns, "link add vx6 type vxlan id 43 dstport 4789 local 2001:db8::1")
    ip!(ns, "link set v0 master br0")
    # A port that does not forward does not learn addresses.
    for link <- ~w(br0 v0 v1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, link, opts, expected} <- [
          {"a permanent entry of a port", "v0", [],
           %{"master" => "br0", "state" => "permanent", "ifname" => "v0"}},
          {"an entry of the state local, ip's name for permanent,", "v0", [state: :local],
           %{"state" => "permanent"}},
          {"a static entry of a port", "v0", [state: :static], %{"state" => "static"}},
          {"a dynamic entry of a port", "v0", [state: :dynamic], %{"state" => ""}},
          {"an entry of the bridge itself", "br0", [],
           %{"ifname" => "br0", "state" => "permanent"}},
          {"a sticky entry", "v0", [state: :static, flags: [:sticky]], %{"flags" => ["sticky"]}},
          {"an entry in the port's own table", "v0", [self: true], %{"flags" => ["self"]}},
          {"an entry in the bridge's table, chosen by :master,", "v0", [master: true],
           %{"master" => "br0"}},
          {"a VXLAN entry with a remote address", "vx0", [dst: "192.0.2.9"],
           %{"dst" => "192.0.2.9", "flags" => ["self"], "ifname" => "vx0"}},
          {"a VXLAN entry with all attributes of the remote", "vx0",
           [dst: "192.0.2.9", port: 4799, vni: 7, via: "v1"],
           %{"dst" => "192.0.2.9", "port" => 4799, "vni" => 7, "viaIf" => "v1"}},
          {"a VXLAN entry whose remote is a router", "vx0", [dst: "192.0.2.9", flags: [:router]],
           %{"dst" => "192.0.2.9", "flags" => ["self", "router"]}},
          {"a VXLAN entry with an IPv6 remote address", "vx6", [dst: "2001:db8::9"],
           %{"dst" => "2001:db8::9"}},
          {"a VXLAN entry for a source VNI", "vx1", [dst: "192.0.2.9", vni: 7, src_vni: 8],
           %{"vni" => 7, "src_vni" => 8}},
          {"a VXLAN entry with a nexthop group", "vx0", [nh_id: 9], %{"nhid" => 9}}
        ] do
      test "#{text} is added once, then refused with :eexist, and deleted", %{ns: ns, sock: sock} do
        {link, opts} = {unquote(link), unquote(opts)}
        ip!(ns, "nexthop add id 8 via 192.0.2.9 fdb")
        ip!(ns, "nexthop add id 9 group 8 fdb")

        assert Fdb.add(sock, link, @mac, opts) == :ok
        # A kernel with VLANs of bridges adds one entry for each VLAN.
        assert [shown | _] = shown(ns, @mac)

        for {key, value} <- unquote(Macro.escape(expected)),
            do: assert({key, shown[key]} == {key, value})

        assert {:error, %Error{errno: :eexist}} = Fdb.add(sock, link, @mac, opts)

        assert Fdb.delete(sock, link, @mac, Keyword.drop(opts, [:state, :flags])) == :ok
        assert shown(ns, @mac) == []
        assert {:error, %Error{}} = Fdb.delete(sock, link, @mac)
      end
    end

    test "an externally learned entry is added by both names of the flag", %{ns: ns, sock: sock} do
      for flag <- [:ext_learned, :extern_learn] do
        assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [flag]) == :ok
        assert [%{"flags" => ["extern_learn"]} | _] = shown(ns, @mac)
        assert Fdb.delete(sock, "v0", @mac) == :ok
      end
    end

    test "an entry has the notification of activity that is asked for", %{sock: sock} do
      for {opts, expected} <- [
            {[activity_notify: true], <<1>>},
            {[activity_notify: :inactive, dont_refresh: true], <<3>>}
          ] do
        assert Fdb.replace(sock, "v0", @mac, [state: :static] ++ opts) == :ok

        # The bridge of Debian 12 does not show NFEA_ACTIVITY_NOTIFY: its bytes are compared.
        {:ok, messages} = Request.talk(sock, 30, 0x300, <<7, 0::88>>)
        payloads = Enum.map_join(messages, & &1.payload)

        assert payloads =~
                 <<12::native-16, 0x800E::native-16, 5::native-16, 1::native-16>> <> expected
      end
    end

    test "an entry is read with the notification that was asked for", %{sock: sock} do
      for {value, read} <- [{true, [:bit]}, {:inactive, [:bit, :inactive_bit]}] do
        assert {:ok, %Fdb{fdb_ext_attrs: %{activity_notify: ^read}}} =
                 Fdb.replace(sock, "v0", @mac, state: :static, activity_notify: value, echo: true)
      end
    end

    test "a replace with :dont_refresh does not count as activity", %{ns: ns, sock: sock} do
      assert Fdb.add(sock, "v0", @mac, state: :static) == :ok
      Process.sleep(1_100)
      opts = [state: :static, activity_notify: true, dont_refresh: true]
      assert Fdb.replace(sock, "v0", @mac, opts) == :ok

      # bridge shows seconds, `cacheinfo` has hundredths of a second.
      [%{"updated" => first} | _] = shown(ns, @mac)
      assert {:ok, %Fdb{cacheinfo: %{updated: updated}}} = Fdb.get(sock, "v0", @mac)
      [%{"updated" => last} | _] = shown(ns, @mac)
      assert first >= 1 and updated in (first * 100)..(last * 100 + 99)

      # Without `:dont_refresh` the replace counts as activity, and sets the time of the update.
      {[%{"updated" => updated} | _], passed} =
        timed(fn ->
          activity = [state: :static, activity_notify: :inactive]
          assert Fdb.replace(sock, "v0", @mac, activity) == :ok
          shown(ns, @mac)
        end)

      assert updated * 1000 <= passed
    end

    test "an entry with the flag use is added as if it had been learned", %{ns: ns, sock: sock} do
      assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [:use]) == :ok
      assert [%{"state" => "", "ifname" => "v0"} | _] = shown(ns, @mac)
      # A second add with the flag use updates the entry, and does not add another.
      assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [:use]) == :ok
    end

    test "entries of a VXLAN port are in the table that is given", %{ns: ns, sock: sock} do
      ip!(ns, "link add vx7 type vxlan id 7 dstport 4791 local 192.0.2.1")
      ip!(ns, "link set vx7 master br0")

      # vx7 is a port of a bridge and has a table of its own.
      assert Fdb.add(sock, "vx7", @mac, state: :static) == :ok

      assert [%{"master" => "br0"} = in_bridge] =
               for(one <- shown(ns, @mac), !one["vlan"], do: one)

      refute in_bridge["dst"]
      assert Fdb.add(sock, "vx7", @mac, dst: "192.0.2.9") == :ok
      assert [own] = for(%{"dst" => "192.0.2.9"} = one <- shown(ns, @mac), do: one)
      assert own["flags"] == ["self"]

      assert {:ok, %Fdb{dst: nil}} = Fdb.get(sock, "vx7", @mac)
      assert {:ok, %Fdb{dst: %{}}} = Fdb.get(sock, "vx7", @mac, self: true)
      assert {:ok, %Fdb{dst: nil}} = Fdb.get(sock, "vx7", @mac, master: true)

      assert Fdb.delete(sock, "vx7", @mac, self: true) == :ok
      assert Enum.all?(shown(ns, @mac), &(&1["master"] == "br0"))
      assert Fdb.delete(sock, "vx7", @mac, master: true) == :ok
      assert shown(ns, @mac) == []
    end

    test "an entry of a VXLAN has the ID of the namespace that sends its packets", %{ns: ns} do
      other = netns!()
      ip!(ns, "link set vx0 netns #{other}")
      {:ok, sock} = Socket.open(0, {:path, path(other)})
      assert Fdb.add(sock, "vx0", @mac, dst: "192.0.2.9") == :ok

      assert [%{"dst" => "192.0.2.9", "linkNetNsId" => id}] = shown(other, @mac)
      assert {:ok, %Fdb{link_netnsid: ^id}} = Fdb.get(sock, "vx0", @mac)
    end

    test "an added entry is returned with :echo", %{sock: sock} do
      assert {:ok, %Fdb{} = entry} = Fdb.add(sock, "v0", @mac, state: :static, echo: true)
      assert {to_string(entry.lladdr), Fdb.state(entry)} == {@mac, :static}

      assert {:ok, %Fdb{vni: 7, src_vni: 8}} =
               Fdb.add(sock, "vx1", @mac, dst: "192.0.2.9", vni: 7, src_vni: 8, echo: true)
    end

    test "a link that is no port, or is unknown, is refused", %{sock: sock} do
      assert {:error, %Error{errno: :eopnotsupp}} = Fdb.add(sock, "v1", @mac, master: true)
      assert {:error, %Error{errno: :enodev}} = Fdb.add(sock, "v9", @mac)
      assert {:error, %Error{errno: :enodev}} = Fdb.add(sock, "vx0", @mac, via: "v9")
    end
  end

  test "replace adds an entry or overwrites it", %{ns: ns, sock: sock} do
    assert Fdb.replace(sock, "v0", @mac, state: :static) == :ok
    assert Fdb.replace(sock, "v0", @mac, state: :dynamic) == :ok
    assert [%{"state" => ""} | _] = shown(ns, @mac)

    assert Fdb.replace(sock, "vx0", @mac, dst: "192.0.2.9") == :ok
    assert Fdb.replace(sock, "vx0", @mac, dst: "192.0.2.10") == :ok
    assert ["192.0.2.10"] = for(%{"dst" => dst} <- shown(ns, @mac), do: dst)
  end

  test "append adds remote addresses, delete with :dst removes one", %{ns: ns, sock: sock} do
    for n <- 9..11, do: assert(Fdb.append(sock, "vx0", @zero, dst: "192.0.2.#{n}") == :ok)
    assert Fdb.delete(sock, "vx0", @zero, dst: "192.0.2.10") == :ok

    assert ~w(192.0.2.11 192.0.2.9) ==
             Enum.sort(for %{"dst" => dst} <- shown(ns, @zero), do: dst)
  end

  test "many remote addresses are appended in a batch", %{ns: ns, sock: sock} do
    {:ok, results} =
      Batch.run(sock, fn batch ->
        for n <- 1..200, do: Fdb.append(batch, "vx0", @zero, dst: "192.0.2.#{n}")
      end)

    assert results == List.duplicate(:ok, 200)
    assert length(shown(ns, @zero)) == 200
  end

  describe "reading" do
    setup %{ns: ns} do
      bridge!(ns, "fdb add 02:00:00:00:00:01 dev v0 master static")
      bridge!(ns, "fdb add 02:00:00:00:00:02 dev v0 master dynamic")
      bridge!(ns, "fdb add 02:00:00:00:00:03 dev vx0 dst 192.0.2.9")
      bridge!(ns, "fdb add 02:00:00:00:00:04 dev vx1 dst 192.0.2.9 src_vni 5 vni 6")
      :ok
    end

    test "a list equals that of bridge", %{ns: ns, sock: sock} do
      for {filter, args} <- [
            {[], ""},
            {[bridge: "br0"], "br br0"},
            {[link: "v0"], "brport v0"},
            {"v0", "brport v0"}
          ] do
        # Bridges may learn addresses between the two reads.
        {{:ok, entries}, shown} =
          unchanged(fn -> shown_text(fdb(ns, args)) end, fn -> Fdb.list(sock, filter) end)

        assert text(entries) == shown
        assert entries != []
      end
    end

    test "a list is filtered by state", %{sock: sock} do
      assert {:ok, [%Fdb{} | _] = entries} = Fdb.list(sock, link: "v0", state: :static)
      assert Enum.all?(entries, &(&1.state == [:noarp]))

      assert {:ok, entries} = Fdb.list(sock, link: "v0", state: :dynamic)
      # The bridge may have learned a veth's own address by now.
      assert "02:00:00:00:00:02" in Enum.map(entries, &to_string(&1.lladdr))
      assert Enum.all?(entries, &(&1.state in [[:reachable], [:stale]]))
    end

    test "one entry is read by its port, its bridge or its VXLAN", %{ns: ns, sock: sock} do
      [%{"ifindex" => port}] = ip_json(ns, "link show dev v0")

      for link <- ["v0", "br0", port] do
        assert {:ok, %Fdb{ifindex: ^port} = entry} = Fdb.get(sock, link, "02:00:00:00:00:01")
        assert Fdb.state(entry) == :static
      end

      assert {:ok, %Fdb{dst: dst}} = Fdb.get(sock, "vx0", "02:00:00:00:00:03")
      assert to_string(dst) == "192.0.2.9"
      assert {:ok, %Fdb{vni: 6}} = Fdb.get(sock, "vx1", "02:00:00:00:00:04", src_vni: 5)

      assert {:error, %Error{errno: :enoent}} = Fdb.get(sock, "br0", @mac)
    end
  end

  test "an unknown sender behind a locked port gets a locked entry", %{ns: ns, sock: sock} do
    if :os.version() >= {6, 2, 0} do
      :ok = Link.set(sock, "v0", port: [learning: true, locked: true, mab: true])
      [%{"address" => mac}] = ip_json(ns, "link show dev v1")
      bridge!(ns, "fdb flush dev v0 master")
      # A neighbour solicitation of v1, which is sent from a link-local address, is a frame of an
      # unknown sender.
      for ip <- ~w(fd00::7 fe80::7), do: ip!(ns, "address add #{ip}/64 dev v1 nodad")
      addresses_ready(ns)
      ip!(ns, "neigh add fd00::9 dev v1 use nud incomplete")

      entry =
        eventually(fn ->
          with {:ok, %Fdb{flags_ext: [_ | _]} = entry} <- Fdb.get(sock, "br0", mac),
               do: entry,
               else: (_ -> nil)
        end)

      assert entry.flags_ext == [:locked]
      assert {Fdb.state(entry), entry.flags} == {:dynamic, []}

      # The bridge of Debian 12 does not show NDA_FLAGS_EXT: the bytes of the kernel are compared.
      {:ok, messages} = Request.talk(sock, 30, 0x300, <<7, 0::88>>)
      <<_::48>> = bytes = entry.lladdr.bytes

      assert [_] =
               for(
                 %{payload: payload} <- messages,
                 payload =~ <<10::native-16, 2::native-16, bytes::binary>>,
                 payload =~ <<8::native-16, 15::native-16, 2::native-32>>,
                 do: payload
               )
    end
  end

  describe "flushing" do
    setup %{ns: ns} do
      ip!(ns, "link add w0 type veth peer name w1")
      ip!(ns, "link set w0 master br0")
      bridge!(ns, "fdb add 02:00:00:00:00:01 dev v0 master static")
      bridge!(ns, "fdb add 02:00:00:00:00:02 dev v0 master dynamic")
      bridge!(ns, "fdb add 02:00:00:00:00:03 dev v0 master static sticky")
      bridge!(ns, "fdb add 02:00:00:00:00:04 dev w0 master static")
      bridge!(ns, "fdb add 02:00:00:00:00:05 dev br0 self local")
      bridge!(ns, "fdb add 02:00:00:00:00:06 dev vx0 dst 192.0.2.9")
      bridge!(ns, "fdb add 02:00:00:00:00:07 dev vx0 dst 192.0.2.10 port 4799")
      bridge!(ns, "fdb add 02:00:00:00:00:08 dev vx1 dst 192.0.2.9 src_vni 5 vni 6")
      bridge!(ns, "fdb add 02:00:00:00:00:09 dev vx0 dst 192.0.2.9 vni 7 via v1")
      ip!(ns, "nexthop add id 8 via 192.0.2.9 fdb")
      ip!(ns, "nexthop add id 9 group 8 fdb")
      bridge!(ns, "fdb add 02:00:00:00:01:00 dev vx0 nhid 9")
      bridge!(ns, "fdb add 02:00:00:00:01:01 dev vx0 dst 192.0.2.12 router")
      bridge!(ns, "fdb add 02:00:00:00:01:02 dev v0 master dynamic extern_learn")
      bridge!(ns, "fdb add 02:00:00:00:01:03 dev vx0 dst 192.0.2.13 extern_learn")
      bridge!(ns, "fdb add 02:00:00:00:01:04 dev vx6 dst 2001:db8::9")
      bridge!(ns, "fdb add 02:00:00:00:01:05 dev vx6 dst 2001:db8::a")
      :ok
    end

    for {link, opts, gone} <- [
          {"br0", [], [1, 2, 3, 4, 5, 12]},
          {"br0", [state: :static], [1, 3, 4]},
          {"br0", [state: :dynamic], [2, 12]},
          {"br0", [state: :permanent], [5]},
          {"br0", [flags: [:sticky]], [3]},
          {"br0", [via: "w0"], [4]},
          {"br0", [flags: [:ext_learned]], [12]},
          {"br0", [flags: [:sticky], state: :dynamic], []},
          {"v0", [], [1, 2, 3, 12]},
          {"v0", [state: :static], [1, 3]},
          {"v0", [flags: [:extern_learn]], [12]},
          {"w0", [], [4]},
          {"vx0", [dst: "192.0.2.9"], [6, 9]},
          {"vx0", [port: 4799], [7]},
          {"vx0", [vni: 7], [9]},
          {"vx1", [src_vni: 5], [8]},
          {"vx1", [src_vni: 6], []},
          {"vx0", [nh_id: 9], [10]},
          {"vx0", [flags: [:router]], [11]},
          {"vx0", [flags: [:ext_learned]], [13]},
          {"vx0", [dst: "192.0.2.9", vni: 7], [9]},
          {"vx0", [self: true], [6, 7, 9, 10, 11, 13]},
          {"vx6", [dst: "2001:db8::a"], [15]},
          {"vx6", [], [14, 15]}
        ] do
      test "a flush of #{link} with #{inspect(opts)} deletes the selected entries", %{
        ns: ns,
        sock: sock
      } do
        assert Fdb.flush(sock, unquote(link), unquote(opts)) == :ok

        left =
          for %{"mac" => <<"02:00:00:00:0", ten, ":0", one>>} <- fdb(ns, ""),
              do: (ten - ?0) * 10 + one - ?0

        assert Enum.to_list(1..15) -- left == unquote(gone)
      end
    end
  end

  describe "with VLANs" do
    @describetag :vm

    setup %{ns: ns} do
      ip!(ns, "link set br0 type bridge vlan_filtering 1")
      bridge!(ns, "vlan add vid 7 dev v0")
      :ok
    end

    test "an entry belongs to one VLAN", %{ns: ns, sock: sock} do
      assert Fdb.add(sock, "v0", @mac, state: :static, vlan: 7) == :ok
      assert Fdb.add(sock, "v0", @mac, state: :static, vlan: 1) == :ok
      assert [1, 7] = Enum.sort(for %{"vlan" => vlan} <- shown(ns, @mac), do: vlan)

      assert {:ok, %Fdb{vlan: 7}} = Fdb.get(sock, "br0", @mac, vlan: 7)
      assert {:error, %Error{errno: :enoent}} = Fdb.get(sock, "br0", @mac, vlan: 8)
      assert {:ok, entries} = Fdb.list(sock, bridge: "br0", vlan: 7, state: :static)
      assert Enum.map(entries, & &1.vlan) == [7]

      assert Fdb.delete(sock, "v0", @mac, vlan: 1) == :ok
      assert [%{"vlan" => 7}] = shown(ns, @mac)
    end

    test "a flush with :vlan deletes the entries of this VLAN only", %{ns: ns, sock: sock} do
      for vlan <- [1, 7], do: bridge!(ns, "fdb add #{@mac} dev v0 master static vlan #{vlan}")
      assert Fdb.flush(sock, "br0", vlan: 7) == :ok
      assert [%{"vlan" => 1}] = shown(ns, @mac)
    end
  end

  defp bridge!(ns, args), do: exec!(ns, "bridge", args)

  defp fdb(ns, args),
    do: ns |> bridge!("-json -details -statistics fdb show #{args}") |> JSON.decode!()

  defp shown(ns, mac), do: for(%{"mac" => ^mac} = entry <- fdb(ns, ""), do: entry)

  defp text(entries) do
    Enum.sort(for e <- entries, do: "#{e.lladdr} #{e.dst} #{e.vni} #{:self in e.flags}")
  end

  defp shown_text(entries) do
    Enum.sort(for e <- entries, do: "#{e["mac"]} #{e["dst"]} #{e["vni"]} #{"self" in e["flags"]}")
  end
end
