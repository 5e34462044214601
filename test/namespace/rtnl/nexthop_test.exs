defmodule Linx.Namespace.Rtnl.NexthopTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.{Link, Nexthop}
  alias Linx.Netlink.Rtnl.Nexthop.Group

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    ip!(ns, "link add br0 type bridge")
    for link <- ~w(lo v0 v1 br0), do: ip!(ns, "link set #{link} up")
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    addresses_ready(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp shown(ns, id),
    do: Enum.find(ip_json(ns, "-details nexthop show"), &(&1["id"] == id))

  describe "adding" do
    for {text, opts, expected} <- [
          {"a nexthop with a gateway", [gateway: "10.0.0.2", dev: "v0"],
           %{"gateway" => "10.0.0.2", "dev" => "v0", "scope" => "link", "protocol" => "unspec"}},
          {"a nexthop with an IPv6 gateway", [gateway: "fe80::2", oif: "v0"],
           %{"gateway" => "fe80::2", "dev" => "v0"}},
          {"a nexthop with a link", [dev: "v0"], %{"dev" => "v0"}},
          {"an IPv6 nexthop with a link by index", [oif: 1, family: :inet6], %{"dev" => "lo"}},
          {"a blackhole nexthop", [blackhole: true], %{"blackhole" => nil}},
          {"an IPv6 blackhole nexthop", [blackhole: true, family: :inet6], %{"blackhole" => nil}},
          {"a nexthop with an onlink gateway", [gateway: "10.99.0.1", dev: "v0", onlink: true],
           %{"gateway" => "10.99.0.1", "flags" => ["onlink"]}},
          {"a nexthop for a forwarding table", [gateway: "10.0.0.7", fdb: true],
           %{"gateway" => "10.0.0.7", "fdb" => nil}},
          {"a nexthop with a protocol", [dev: "v0", protocol: :bgp], %{"protocol" => "bgp"}},
          {"a nexthop with a protocol as a number", [dev: "v0", protocol: 76],
           %{"protocol" => "76"}}
        ] do
      test "#{text} is added once, then refused with :eexist, and deleted", %{ns: ns, sock: sock} do
        opts = [id: 7] ++ unquote(opts)
        assert Nexthop.add(sock, opts) == :ok
        shown = shown(ns, 7)

        for {key, value} <- unquote(Macro.escape(expected)) do
          assert {key, Map.fetch(shown, key)} == {key, {:ok, value}}
        end

        assert {:error, %Error{errno: :eexist}} = Nexthop.add(sock, opts)
        assert {:ok, %Nexthop{id: 7}} = Nexthop.get(sock, 7)
        assert Nexthop.delete(sock, 7) == :ok
        assert shown(ns, 7) == nil
        assert {:error, %Error{errno: :enoent}} = Nexthop.delete(sock, 7)
        assert {:error, %Error{errno: :enoent}} = Nexthop.get(sock, 7)
      end
    end

    test "a nexthop without an ID gets one from the kernel", %{ns: ns, sock: sock} do
      assert {:ok, %Nexthop{id: id}} =
               Nexthop.add(sock, gateway: "10.0.0.2", dev: "v0", echo: true)

      assert %{"gateway" => "10.0.0.2"} = shown(ns, id)
    end

    test "a link that does not exist is refused with :enodev", %{sock: sock} do
      assert {:error, %Error{errno: :enodev}} = Nexthop.add(sock, dev: "v9")
    end
  end

  test "nexthops of a link without carrier are deleted, with their routes", %{ns: ns, sock: sock} do
    for {id, family} <- [{1, :inet}, {2, :inet6}],
        do: assert(Nexthop.add(sock, id: id, dev: "v0", family: family) == :ok)

    ip!(ns, "route add 10.9.0.0/16 nhid 1")
    assert {:ok, [_, _]} = Nexthop.list(sock)
    ip!(ns, "link set v1 down")
    # The kernel processes the loss of the carrier of v0 with a delay.
    assert becomes(fn -> Nexthop.list(sock) end, {:ok, []}) == {:ok, []}
    assert ip_json(ns, "route show 10.9.0.0/16") == []
  end

  test "replace changes the routes that use the object", %{ns: ns, sock: sock} do
    assert Nexthop.replace(sock, id: 7, gateway: "10.0.0.2", dev: "v0") == :ok
    ip!(ns, "route add 10.9.0.0/16 nhid 7")
    assert Nexthop.replace(sock, id: 7, gateway: "10.0.0.3", dev: "v0") == :ok
    assert [%{"gateway" => "10.0.0.3"}] = ip_json(ns, "route show 10.9.0.0/16")
  end

  describe "groups" do
    setup %{sock: sock} do
      for n <- 1..3, do: :ok = Nexthop.add(sock, id: n, gateway: "10.0.0.#{n + 1}", dev: "v0")
      :ok
    end

    test "a group has members with weights", %{ns: ns, sock: sock} do
      assert Nexthop.add(sock, id: 10, group: [{1, 3}, 2, {3, 256}]) == :ok

      assert %{
               "group" => [
                 %{"id" => 1, "weight" => 3},
                 %{"id" => 2} = second,
                 %{"id" => 3, "weight" => 256}
               ]
             } = shown(ns, 10)

      refute second["weight"]

      assert {:ok, %Nexthop{group: members, group_type: :mpath}} = Nexthop.get(sock, 10)
      assert Enum.map(members, &{&1.id, Group.weight(&1)}) == [{1, 3}, {2, 1}, {3, 256}]
    end

    test "weights above 256 are accepted since Linux 6.12", %{sock: sock} do
      for {weight, low, high} <- [{257, 0, 1}, {65_535, 254, 255}, {40_000, 63, 156}] do
        if :os.version() >= {6, 12, 0} do
          assert Nexthop.replace(sock, id: 10, group: [{1, weight}, 2]) == :ok

          # The ip of Debian 12 does not show these weights: the bytes of NHA_GROUP are compared.
          query = Nexthop.encode(%Nexthop{id: 10})
          {:ok, [message]} = Request.talk(sock, 106, 0, query)
          entry = <<20::native-16, 2::native-16, 1::native-32, low, high, 0::16>>
          assert message.payload =~ entry

          assert {:ok, %Nexthop{group: [member, _]}} = Nexthop.get(sock, 10)
          assert Group.weight(member) == weight
        else
          assert {:error, %Error{errno: :einval}} =
                   Nexthop.replace(sock, id: 10, group: [{1, weight}, 2])
        end
      end
    end

    for type <- [:resilient, :res, 1] do
      test "a resilient group has buckets, type #{inspect(type)}", %{ns: ns, sock: sock} do
        opts = [buckets: 4, idle_timer: 200, unbalanced_timer: 300]
        assert Nexthop.add(sock, [id: 10, group: [1, 2], type: unquote(type)] ++ opts) == :ok

        assert %{
                 "type" => "resilient",
                 "resilient_args" => %{
                   "buckets" => 4,
                   "idle_timer" => 2,
                   "unbalanced_timer" => 3
                 }
               } = shown(ns, 10)

        assert {:ok, buckets} = Nexthop.buckets(sock, id: 10)

        shown = for bucket <- ip_json(ns, "nexthop bucket"), do: bucket["bucket"]
        assert length(shown) == 4

        assert Enum.map(buckets, &{&1.res_bucket.index, &1.res_bucket.nh_id}) ==
                 Enum.map(shown, &{&1["index"], &1["nhid"]})

        # `idle_time` is in hundredths of a second, ip shows seconds.
        Process.sleep(1_100)

        seconds = fn ->
          [%{"bucket" => %{"idle_time" => seconds}} | _] = ip_json(ns, "nexthop bucket")
          seconds
        end

        first = seconds.()
        {:ok, [%{res_bucket: %{idle_time: idle}} | _]} = Nexthop.buckets(sock, id: 10)
        assert idle >= 100
        assert idle in floor(first * 100)..(ceil(seconds.() * 100) + 99)

        assert {:ok, [_, _]} = Nexthop.buckets(sock, nh_id: 1)
        assert {:ok, [_, _, _, _]} = Nexthop.buckets(sock, dev: "v0")
        assert {:ok, []} = Nexthop.buckets(sock, dev: "v1")

        assert {:ok, bucket} = Nexthop.bucket(sock, 10, 3)
        assert [%{"nhid" => id}] = for(%{"index" => 3} = bucket <- shown, do: bucket)
        assert {bucket.id, bucket.res_bucket.index, bucket.res_bucket.nh_id} == {10, 3, id}
        assert {:error, %Error{errno: :enoent}} = Nexthop.bucket(sock, 10, 4)
        assert {:error, %Error{errno: :enoent}} = Nexthop.bucket(sock, 11, 0)

        ip!(ns, "link set v0 master br0")
        assert {:ok, [_, _, _, _]} = Nexthop.buckets(sock, master: "br0")
        assert {:ok, []} = Nexthop.buckets(sock, master: "v1")
      end
    end

    for {family, network, ids} <- [
          {:inet, "10.9.0.0/16", "10.9.0."},
          {:inet6, "fd09::/64", "fd09::"}
        ] do
      test "packets of each member are counted since Linux 6.9, #{family}", %{ns: ns, sock: sock} do
        for n <- 4..5, do: :ok = Nexthop.add(sock, id: n, gateway: "fd00::#{n}", dev: "v0")
        members = unquote(if(family == :inet, do: [1, 2], else: [4, 5]))
        assert Nexthop.add(sock, id: 10, group: members) == :ok

        if :os.version() >= {6, 9, 0} do
          counts = fn ->
            {:ok, %Nexthop{group_stats: %{entry: entries}}} = Nexthop.get(sock, 10, stats: true)
            assert Enum.map(entries, & &1.id) == members
            Enum.map(entries, & &1.packets)
          end

          assert counts.() == [0, 0]
          ip!(ns, "route add #{unquote(network)} nhid 10")

          # Each packet has another destination, so that both members forward some.
          for n <- 1..64,
              do: exec!(ns, "bash", ["-c", "echo > /dev/udp/#{unquote(ids)}#{n}/9"])

          assert [one, two] = counts.()
          assert one > 0 and two > 0 and (one + two) in 64..256

          # A list has the counters with the option `:stats` only.
          assert {:ok, [%{group_stats: %{entry: [_, _]}}]} =
                   Nexthop.list(sock, groups: true, stats: true)

          assert {:ok, [%{group_stats: nil}]} = Nexthop.list(sock, groups: true)
        else
          assert {:error, %Error{errno: :einval}} = Nexthop.get(sock, 10, stats: true)
        end
      end
    end

    test "a group of IPv6 members is returned with :echo, and replaced", %{ns: ns, sock: sock} do
      for n <- 4..5, do: :ok = Nexthop.add(sock, id: n, gateway: "fd00::#{n}", dev: "v0")

      assert {:ok, %Nexthop{id: 10, group: [_, second]}} =
               Nexthop.add(sock, id: 10, group: [4, {5, 7}], echo: true)

      assert Group.weight(second) == 7
      assert %{"group" => [%{"id" => 4}, %{"id" => 5, "weight" => 7}]} = shown(ns, 10)

      assert Nexthop.replace(sock, id: 10, group: [{5, 2}]) == :ok
      assert %{"group" => [%{"id" => 5, "weight" => 2}]} = shown(ns, 10)
    end

    test "counting by hardware is switched on and off since Linux 6.9", %{sock: sock} do
      for on <- [true, false] do
        opts = [id: 10, group: [1, 2], hw_stats: on]

        if :os.version() >= {6, 9, 0} do
          assert Nexthop.replace(sock, opts) == :ok

          # The ip of Debian 12 does not show NHA_HW_STATS_ENABLE: its bytes are compared.
          query = %Nexthop{id: 10, op_flags: [:dump_stats, :dump_hw_stats]}
          {:ok, [message]} = Request.talk(sock, 106, 0, Nexthop.encode(query))
          enabled = if on, do: 1, else: 0
          assert message.payload =~ <<8::native-16, 16::native-16, enabled::native-32>>

          assert {:ok, %Nexthop{hw_stats_enable: ^on}} = Nexthop.get(sock, 10, stats: true)
        else
          assert {:error, %Error{errno: :einval}} = Nexthop.add(sock, opts)
        end
      end
    end

    test "a deleted member leaves its group, the last one deletes the group and its routes", %{
      ns: ns,
      sock: sock
    } do
      assert Nexthop.add(sock, id: 10, group: [1, 2]) == :ok
      ip!(ns, "route add 10.9.0.0/16 nhid 10")
      assert Nexthop.delete(sock, 2) == :ok
      assert %{"group" => [%{"id" => 1}]} = shown(ns, 10)
      assert Nexthop.delete(sock, 1) == :ok
      assert shown(ns, 10) == nil
      assert ip_json(ns, "route show 10.9.0.0/16") == []
    end

    test "a replace by another type is refused, and changes nothing", %{ns: ns, sock: sock} do
      assert Nexthop.add(sock, id: 10, group: [1, 2]) == :ok
      before = shown(ns, 10)

      for opts <- [[group: [1], type: :resilient, buckets: 4], [gateway: "10.0.0.9", dev: "v0"]] do
        assert {:error, %Error{errno: :einval}} = Nexthop.replace(sock, [id: 10] ++ opts)
        assert shown(ns, 10) == before
      end
    end
  end

  describe "reading" do
    setup %{ns: ns} do
      ip!(ns, "link set v1 master br0")

      for line <- [
            "id 1 via 10.0.0.2 dev v0 proto static",
            "id 2 via fd00::2 dev v0 proto bgp",
            "id 3 dev v1 proto bgp",
            "id 4 blackhole",
            "id 5 via 10.0.0.7 fdb",
            "id 6 group 5 fdb",
            "id 7 group 1/2 proto bgp"
          ],
          do: ip!(ns, "nexthop add #{line}")

      :ok
    end

    for {opts, ids} <- [
          {[], 1..7},
          {[dev: "v0"], [1, 2]},
          {[dev: "v1"], [3]},
          {[master: "br0"], [3]},
          {[groups: true], [6, 7]},
          {[groups: true, fdb: true], [6]},
          {[fdb: true], [5, 6]},
          {[family: :inet6], [2]},
          {[family: :inet, dev: "v0"], [1]}
        ] do
      test "a list is filtered by #{inspect(opts)}", %{sock: sock} do
        assert {:ok, nexthops} = Nexthop.list(sock, unquote(opts))
        assert Enum.map(nexthops, & &1.id) == Enum.to_list(unquote(Macro.escape(ids)))
      end
    end

    test "a list equals that of ip", %{ns: ns, sock: sock} do
      {:ok, links} = Link.list(sock)
      names = Map.new(links, &{&1.index, &1.name})
      {:ok, nexthops} = Nexthop.list(sock)
      shown = ip_json(ns, "-details nexthop show")

      assert Enum.map(shown, &{&1["id"], &1["gateway"], &1["dev"], &1["protocol"]}) ==
               Enum.map(nexthops, fn nexthop ->
                 {nexthop.id, nexthop.gateway && to_string(nexthop.gateway), names[nexthop.oif],
                  to_string(nexthop.protocol)}
               end)
    end

    test "a flush deletes the objects that the filter selects", %{ns: ns, sock: sock} do
      left = fn -> Enum.map(ip_json(ns, "nexthop show"), & &1["id"]) end

      assert Nexthop.flush(sock, protocol: :bgp, dev: "v1") == {:ok, 1}
      assert left.() == [1, 2, 4, 5, 6, 7]
      assert Nexthop.flush(sock, protocol: 186) == {:ok, 2}
      assert left.() == [1, 4, 5, 6]
      # The kernel deletes the group with its only member.
      assert Nexthop.flush(sock) == {:ok, 3}
      assert left.() == []
    end
  end
end
