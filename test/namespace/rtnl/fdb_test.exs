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
    # A port that does not forward learns nothing.
    for link <- ~w(br0 v0 v1), do: ip!(ns, "link set #{link} up")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, link, opts, expected} <- [
          {"an address of the bridge", "v0", [],
           %{"master" => "br0", "state" => "permanent", "ifname" => "v0"}},
          {"one by ip's name", "v0", [state: :local], %{"state" => "permanent"}},
          {"an address behind a port", "v0", [state: :static], %{"state" => "static"}},
          {"one that may be forgotten", "v0", [state: :dynamic], %{"state" => ""}},
          {"one to the bridge itself", "br0", [], %{"ifname" => "br0", "state" => "permanent"}},
          {"one that stays at its port", "v0", [state: :static, flags: [:sticky]],
           %{"flags" => ["sticky"]}},
          {"one in the port's own table", "v0", [self: true], %{"flags" => ["self"]}},
          {"one in the bridge's table outright", "v0", [master: true], %{"master" => "br0"}},
          {"a far end", "vx0", [dst: "192.0.2.9"],
           %{"dst" => "192.0.2.9", "flags" => ["self"], "ifname" => "vx0"}},
          {"a far end in full", "vx0", [dst: "192.0.2.9", port: 4799, vni: 7, via: "v1"],
           %{"dst" => "192.0.2.9", "port" => 4799, "vni" => 7, "viaIf" => "v1"}},
          {"a router at the far end", "vx0", [dst: "192.0.2.9", flags: [:router]],
           %{"dst" => "192.0.2.9", "flags" => ["self", "router"]}},
          {"a far end of IPv6", "vx6", [dst: "2001:db8::9"], %{"dst" => "2001:db8::9"}},
          {"a far end by what is received", "vx1", [dst: "192.0.2.9", vni: 7, src_vni: 8],
           %{"vni" => 7, "src_vni" => 8}},
          {"a group of far ends", "vx0", [nh_id: 9], %{"nhid" => 9}}
        ] do
      test text, %{ns: ns, sock: sock} do
        {link, opts} = {unquote(link), unquote(opts)}
        ip!(ns, "nexthop add id 8 via 192.0.2.9 fdb")
        ip!(ns, "nexthop add id 9 group 8 fdb")

        assert Fdb.add(sock, link, @mac, opts) == :ok
        # One for each VLAN, where the kernel has them.
        assert [shown | _] = shown(ns, @mac)

        for {key, value} <- unquote(Macro.escape(expected)),
            do: assert({key, shown[key]} == {key, value})

        assert {:error, %Error{errno: :eexist}} = Fdb.add(sock, link, @mac, opts)

        assert Fdb.delete(sock, link, @mac, Keyword.drop(opts, [:state, :flags])) == :ok
        assert shown(ns, @mac) == []
        assert {:error, %Error{}} = Fdb.delete(sock, link, @mac)
      end
    end

    test "one learned elsewhere", %{ns: ns, sock: sock} do
      for flag <- [:ext_learned, :extern_learn] do
        assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [flag]) == :ok
        assert [%{"flags" => ["extern_learn"]} | _] = shown(ns, @mac)
        assert Fdb.delete(sock, "v0", @mac) == :ok
      end
    end

    test "asks to tell of activity", %{sock: sock} do
      for {opts, expected} <- [
            {[activity_notify: true], <<1>>},
            {[activity_notify: :inactive, dont_refresh: true], <<3>>}
          ] do
        assert Fdb.replace(sock, "v0", @mac, [state: :static] ++ opts) == :ok

        # bridge of Debian 12 does not show it: NFEA_ACTIVITY_NOTIFY as the kernel sends it.
        {:ok, messages} = Request.talk(sock, 30, 0x300, <<7, 0::88>>)
        payloads = Enum.map_join(messages, & &1.payload)

        assert payloads =~
                 <<12::native-16, 0x800E::native-16, 5::native-16, 1::native-16>> <> expected
      end
    end

    test "is read with what was asked for", %{sock: sock} do
      for {value, read} <- [{true, [:bit]}, {:inactive, [:bit, :inactive_bit]}] do
        assert {:ok, %Fdb{fdb_ext_attrs: %{activity_notify: ^read}}} =
                 Fdb.replace(sock, "v0", @mac, state: :static, activity_notify: value, echo: true)
      end
    end

    test "does not look like activity if asked to", %{ns: ns, sock: sock} do
      assert Fdb.add(sock, "v0", @mac, state: :static) == :ok
      Process.sleep(1_100)
      opts = [state: :static, activity_notify: true, dont_refresh: true]
      assert Fdb.replace(sock, "v0", @mac, opts) == :ok

      # Seconds, and hundredths of them.
      [%{"updated" => first} | _] = shown(ns, @mac)
      assert {:ok, %Fdb{cacheinfo: %{updated: updated}}} = Fdb.get(sock, "v0", @mac)
      [%{"updated" => last} | _] = shown(ns, @mac)
      assert first >= 1 and updated in (first * 100)..(last * 100 + 99)

      # It is as old as the activity, and so has become younger.
      {[%{"updated" => updated} | _], passed} =
        timed(fn ->
          activity = [state: :static, activity_notify: :inactive]
          assert Fdb.replace(sock, "v0", @mac, activity) == :ok
          shown(ns, @mac)
        end)

      assert updated * 1000 <= passed
    end

    test "as if it had been learned", %{ns: ns, sock: sock} do
      assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [:use]) == :ok
      assert [%{"state" => "", "ifname" => "v0"} | _] = shown(ns, @mac)
      # Used again, it is no other entry.
      assert Fdb.add(sock, "v0", @mac, state: :dynamic, flags: [:use]) == :ok
    end

    test "in the table that is given", %{ns: ns, sock: sock} do
      ip!(ns, "link add vx7 type vxlan id 7 dstport 4791 local 192.0.2.1")
      ip!(ns, "link set vx7 master br0")

      # A port of a bridge with a table of its own.
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

    test "of a VXLAN whose packets go by another namespace", %{ns: ns} do
      other = netns!()
      ip!(ns, "link set vx0 netns #{other}")
      {:ok, sock} = Socket.open(0, {:path, path(other)})
      assert Fdb.add(sock, "vx0", @mac, dst: "192.0.2.9") == :ok

      assert [%{"dst" => "192.0.2.9", "linkNetNsId" => id}] = shown(other, @mac)
      assert {:ok, %Fdb{link_netnsid: ^id}} = Fdb.get(sock, "vx0", @mac)
    end

    test "gives the entry back if asked to", %{sock: sock} do
      assert {:ok, %Fdb{} = entry} = Fdb.add(sock, "v0", @mac, state: :static, echo: true)
      assert {to_string(entry.lladdr), Fdb.state(entry)} == {@mac, :static}

      assert {:ok, %Fdb{vni: 7, src_vni: 8}} =
               Fdb.add(sock, "vx1", @mac, dst: "192.0.2.9", vni: 7, src_vni: 8, echo: true)
    end

    test "to a link that is no port fails", %{sock: sock} do
      assert {:error, %Error{errno: :eopnotsupp}} = Fdb.add(sock, "v1", @mac, master: true)
      assert {:error, %Error{errno: :enodev}} = Fdb.add(sock, "v9", @mac)
      assert {:error, %Error{errno: :enodev}} = Fdb.add(sock, "vx0", @mac, via: "v9")
    end
  end

  test "replacing adds or overwrites", %{ns: ns, sock: sock} do
    assert Fdb.replace(sock, "v0", @mac, state: :static) == :ok
    assert Fdb.replace(sock, "v0", @mac, state: :dynamic) == :ok
    assert [%{"state" => ""} | _] = shown(ns, @mac)

    assert Fdb.replace(sock, "vx0", @mac, dst: "192.0.2.9") == :ok
    assert Fdb.replace(sock, "vx0", @mac, dst: "192.0.2.10") == :ok
    assert ["192.0.2.10"] = for(%{"dst" => dst} <- shown(ns, @mac), do: dst)
  end

  test "appending adds far ends, deleting takes one away", %{ns: ns, sock: sock} do
    for n <- 9..11, do: assert(Fdb.append(sock, "vx0", @zero, dst: "192.0.2.#{n}") == :ok)
    assert Fdb.delete(sock, "vx0", @zero, dst: "192.0.2.10") == :ok

    assert ~w(192.0.2.11 192.0.2.9) ==
             Enum.sort(for %{"dst" => dst} <- shown(ns, @zero), do: dst)
  end

  test "many are added in a batch", %{ns: ns, sock: sock} do
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

    test "gives what bridge gives", %{ns: ns, sock: sock} do
      for {filter, args} <- [
            {[], ""},
            {[bridge: "br0"], "br br0"},
            {[link: "v0"], "brport v0"},
            {"v0", "brport v0"}
          ] do
        # Bridges learn.
        {{:ok, entries}, shown} =
          unchanged(fn -> shown_text(fdb(ns, args)) end, fn -> Fdb.list(sock, filter) end)

        assert text(entries) == shown
        assert entries != []
      end
    end

    test "filters by state", %{sock: sock} do
      assert {:ok, [%Fdb{} | _] = entries} = Fdb.list(sock, link: "v0", state: :static)
      assert Enum.all?(entries, &(&1.state == [:noarp]))

      assert {:ok, entries} = Fdb.list(sock, link: "v0", state: :dynamic)
      # The bridge may have learned a veth's own address by now.
      assert "02:00:00:00:00:02" in Enum.map(entries, &to_string(&1.lladdr))
      assert Enum.all?(entries, &(&1.state in [[:reachable], [:stale]]))
    end

    test "one entry, asked of the port, the bridge or the VXLAN", %{ns: ns, sock: sock} do
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

  test "an unknown sender behind a locked port is noted as such", %{ns: ns, sock: sock} do
    if :os.version() >= {6, 2, 0} do
      :ok = Link.set(sock, "v0", port: [learning: true, locked: true, mab: true])
      [%{"address" => mac}] = ip_json(ns, "link show dev v1")
      bridge!(ns, "fdb flush dev v0 master")
      # Its neighbour solicitation is such a frame, which it sends from a link-local address.
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

      # bridge of Debian 12 does not show it: NDA_FLAGS_EXT as the kernel sends it.
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
      test "#{link} with #{inspect(opts)} takes what was asked for", %{ns: ns, sock: sock} do
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

    test "an entry is of one of them", %{ns: ns, sock: sock} do
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

    test "flushing takes those of one", %{ns: ns, sock: sock} do
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
