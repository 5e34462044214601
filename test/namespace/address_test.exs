defmodule Linx.Namespace.AddressTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, ip, prefix, opts, expected} <- [
          {"an IPv4 address", "10.0.0.5", 24, [], %{"scope" => "global", "prefixlen" => 24}},
          {"an IPv6 address", "fd00::5", 64, [], %{"scope" => "global", "family" => "inet6"}},
          {"one with a far end", "10.0.0.5", 32, [peer: "10.0.0.9"], %{"address" => "10.0.0.9"}},
          {"one of IPv6 with a far end", "fd00::5", 64, [peer: "fd00::9"],
           %{"address" => "fd00::9"}},
          {"one with a broadcast address", "10.0.0.5", 24, [broadcast: "10.0.0.7"],
           %{"broadcast" => "10.0.0.7"}},
          {"one with the network's broadcast address", "10.0.0.5", 20, [broadcast: :auto],
           %{"broadcast" => "10.0.15.255"}},
          {"one with a label", "10.0.0.5", 24, [label: "v0:1"], %{"label" => "v0:1"}},
          {"one of a scope", "10.0.0.5", 24, [scope: :link], %{"scope" => "link"}},
          {"one with a metric", "10.0.0.5", 24, [metric: 77], %{"metric" => 77}},
          {"one of IPv6 with a metric", "fd00::5", 64, [metric: 78], %{"metric" => 78}},
          {"one with lifetimes", "10.0.0.5", 24, [valid_lft: 7200, preferred_lft: 3600],
           %{"valid_life_time" => 7200, "preferred_life_time" => 3600, "dynamic" => true}},
          {"one of IPv6 with lifetimes", "fd00::5", 64, [valid_lft: 7200, preferred_lft: 3600],
           %{"valid_life_time" => 7200, "preferred_life_time" => 3600}},
          {"one that is not to be preferred", "fd00::5", 64, [preferred_lft: 0],
           %{"deprecated" => true, "preferred_life_time" => 0}},
          {"one for ever", "fd00::5", 64, [valid_lft: :forever],
           %{"valid_life_time" => 4_294_967_295}},
          {"flags of IPv6", "fd00::5", 64, [flags: [:nodad, :home, :mngtmpaddr, :noprefixroute]],
           %{
             "nodad" => true,
             "home" => true,
             "mngtmpaddr" => true,
             "noprefixroute" => true
           }},
          {"those in the kernel's words", "fd00::5", 64, [flags: [:homeaddress, :managetempaddr]],
           %{"home" => true, "mngtmpaddr" => true}},
          {"one of a site", "10.0.0.5", 24, [scope: :site], %{"scope" => "site"}},
          {"one of the host", "10.0.0.5", 24, [scope: :host], %{"scope" => "host"}},
          {"one of nowhere", "10.0.0.5", 24, [scope: :nowhere], %{"scope" => "nowhere"}},
          {"one of a scope by number", "10.0.0.5", 24, [scope: 77], %{"scope" => "77"}},
          {"a flag of IPv4", "10.0.0.5", 24, [flags: [:noprefixroute]],
           %{"noprefixroute" => true}},
          {"a group to join", "ff05::77", 128, [flags: [:autojoin]], %{"autojoin" => true}},
          {"that in the kernel's word", "ff05::77", 128, [flags: [:mcautojoin]],
           %{"autojoin" => true}}
        ] do
      test text, %{ns: ns, sock: sock} do
        {ip, prefix, opts} = {unquote(ip), unquote(prefix), unquote(opts)}
        assert Address.add(sock, "v0", ip, prefix, opts) == :ok
        assert_same(unquote(Macro.escape(expected)), shown(ns, "v0", ip))

        assert {:error, %Error{errno: :eexist}} = Address.add(sock, "v0", ip, prefix, opts)

        assert Address.delete(sock, "v0", ip, prefix, Keyword.take(opts, [:peer, :label])) == :ok
        assert shown(ns, "v0", ip) == nil
      end
    end

    test "says who did it", %{sock: sock} do
      assert Address.add(sock, "v0", "10.0.0.5", 24, proto: 0x52) == :ok
      assert Address.add(sock, "v0", "fd00::5", 64, proto: 0x53) == :ok

      # ip of Debian 12 does not show it: IFA_PROTO as the kernel sends it.
      {:ok, messages} = Request.talk(sock, 22, 0x300, <<0::64>>)
      payloads = Enum.map_join(messages, & &1.payload)
      assert payloads =~ <<5::native-16, 11::native-16, 0x52>>
      assert payloads =~ <<5::native-16, 11::native-16, 0x53>>

      {:ok, addresses} = Address.list(sock, "v0")
      assert Enum.map(addresses, & &1.proto) == [0x52, 0x53]

      for {name, number} <- [kernel_lo: 1, kernel_ra: 2, kernel_ll: 3] do
        assert Address.replace(sock, "v1", "10.0.0.#{number}", 32, proto: name) == :ok
        {:ok, messages} = Request.talk(sock, 22, 0x300, <<0::64>>)
        assert Enum.map_join(messages, & &1.payload) =~ <<5::native-16, 11::native-16, number>>
      end
    end

    test "gives the address back if asked to", %{ns: ns, sock: sock} do
      index = ip_json(ns, "link show dev v0") |> hd() |> Map.fetch!("ifindex")

      for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
        assert {:ok, %Address{index: ^index, prefixlen: ^prefix} = address} =
                 Address.add(sock, index, ip, prefix, echo: true)

        assert IP.to_string(address.address) == ip

        assert {:ok, %Address{}} = Address.replace(sock, index, ip, prefix, echo: true)
      end
    end

    test "to a link that does not exist fails", %{sock: sock} do
      assert {:error, %Error{errno: :enodev}} = Address.add(sock, "v9", "10.0.0.5", 24)
      assert {:error, %Error{errno: :enodev}} = Address.add(sock, 999, "10.0.0.5", 24)
      assert {:error, %Error{errno: :enodev}} = Address.list(sock, "v9")
    end
  end

  test "replacing adds, or changes lifetimes, flags and metric", %{ns: ns, sock: sock} do
    for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
      assert Address.replace(sock, "v0", ip, prefix) == :ok
      assert %{"valid_life_time" => 4_294_967_295} = shown(ns, "v0", ip)

      assert Address.replace(sock, "v0", ip, prefix, valid_lft: 9000, metric: 5) == :ok

      assert_same(
        %{"valid_life_time" => 9000, "preferred_life_time" => 9000, "metric" => 5},
        shown(ns, "v0", ip)
      )
    end
  end

  test "many are added and deleted in a batch", %{ns: ns, sock: sock} do
    for {verb, expected} <- [{&Address.add/4, 200}, {&Address.delete/4, 0}] do
      {:ok, results} =
        Batch.run(sock, fn batch -> for n <- 1..200, do: verb.(batch, "v0", "10.0.0.#{n}", 32) end)

      assert results == List.duplicate(:ok, 200)
      assert ns |> ip_json("address show dev v0") |> shown_text() |> length() == expected
    end
  end

  describe "listing" do
    setup %{ns: ns} do
      ip!(ns, "link set lo up")
      ip!(ns, "address add 10.0.0.1/24 dev v0")
      ip!(ns, "address add 10.0.0.2/24 dev v0 label v0:2")
      ip!(ns, "address add 10.1.0.1/24 dev v1 scope link")
      ip!(ns, "address add fd00::1/64 dev v0")
      :ok
    end

    test "gives what ip gives", %{ns: ns, sock: sock} do
      {:ok, all} = Address.list(sock)
      assert text(all) == ns |> ip_json("address show") |> shown_text()

      for name <- ~w(lo v0 v1) do
        {:ok, some} = Address.list(sock, name)
        assert text(some) == ns |> ip_json("address show dev #{name}") |> shown_text()
        assert {:ok, ^some} = Address.list(sock, link: name)
      end
    end

    test "filters by link, family and scope", %{sock: sock} do
      for {opts, expected} <- [
            {[family: :inet6], ~w(::1/128 fd00::1/64)},
            {[family: :inet, link: "v0"], ~w(10.0.0.1/24 10.0.0.2/24)},
            {[scope: :link], ~w(10.1.0.1/24)},
            {[scope: :host], ~w(127.0.0.1/8 ::1/128)},
            {[scope: 0, link: "v0", family: :inet6], ~w(fd00::1/64)}
          ] do
        assert {:ok, addresses} = Address.list(sock, opts)
        assert text(addresses) == Enum.sort(expected)
      end
    end

    test "has the kernel filter", %{ns: ns, sock: sock} do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")

      assert {:ok, [_]} = Request.dump(sock, 22, %Address{family: 10, index: index})
    end

    test "flags and labels are those of ip", %{ns: ns, sock: sock} do
      {:ok, [first, second]} = Address.list(sock, link: "v0", family: :inet)
      assert Address.flags(first) == [:permanent]
      assert Address.flags(second) == [:secondary, :permanent]
      assert %{"secondary" => true, "label" => "v0:2"} = shown(ns, "v0", "10.0.0.2")
      assert second.label == "v0:2"
    end

    # By ip's words.
    @words %{
      homeaddress: "home",
      managetempaddr: "mngtmpaddr",
      mcautojoin: "autojoin",
      stable_privacy: "stable-privacy"
    }

    for {flag, family, lines} <- [
          {:secondary, :inet, ["address add 10.0.0.9/24 dev v0"]},
          {:noprefixroute, :inet, ["address add 10.3.0.1/24 dev v0 noprefixroute"]},
          {:noprefixroute, :inet6, ["address add fd03::1/64 dev v0 noprefixroute"]},
          {:mcautojoin, :inet, ["address add 239.1.2.3/32 dev v0 autojoin"]},
          {:mcautojoin, :inet6, ["address add ff05::77/128 dev v0 autojoin"]},
          {:nodad, :inet6, ["address add fd03::1/64 dev v0 nodad"]},
          {:homeaddress, :inet6, ["address add fd03::1/64 dev v0 home"]},
          {:managetempaddr, :inet6, ["address add fd03::1/64 dev v0 mngtmpaddr"]},
          {:tentative, :inet6, ["address add fd03::1/64 dev v0"]},
          {:deprecated, :inet6, ["address add fd03::1/64 dev v0 preferred_lft 0"]},
          {:deprecated, :inet,
           ["address add 10.3.0.1/24 dev v0 valid_lft 500 preferred_lft 0", "link set v0 up"]},
          {:stable_privacy, :inet6, ["link set v0 addrgenmode random", "link set v0 up"]},
          {:temporary, :inet6,
           ["link set v0 up", "address add fd03::1/64 dev v0 nodad mngtmpaddr"]}
        ] do
      test "#{flag} of #{family} is where ip has it", %{ns: ns, sock: sock} do
        {flag, family} = {unquote(flag), unquote(family)}
        ip!(ns, "link set v1 up")
        sysctl!(ns, "net/ipv6/conf/v0/use_tempaddr": 2, "net/ipv6/conf/v0/accept_dad": 1)
        for line <- unquote(lines), do: ip!(ns, line)

        word = @words[flag] || Atom.to_string(flag)

        shown = fn ->
          shown = ip_json(ns, "#{%{inet: "-4", inet6: "-6"}[family]} -details address show")
          infos = Enum.flat_map(shown, & &1["addr_info"])
          {for(%{^word => true} = info <- infos, do: info["local"]), length(infos)}
        end

        # The kernel makes addresses of its own in the background.
        eventually(fn -> match?({[_ | _] = some, all} when length(some) < all, shown.()) end)

        {{:ok, addresses}, {theirs, _all}} =
          unchanged(shown, fn -> Address.list(sock, family: family) end)

        # The other flags may come and go meanwhile.
        ours = for a <- addresses, flag in Address.flags(a), do: "#{a.local || a.address}"

        assert Enum.sort(ours) == Enum.sort(theirs)
      end
    end

    test "lifetimes run down", %{ns: ns, sock: sock} do
      # In seconds since the start.
      up = fn ->
        [up | _] = ns |> exec!("cat", "/proc/uptime") |> String.split()
        String.to_float(up)
      end

      made = up.()

      for ip <- ["10.3.0.1/24", "fd03::1/64"],
          do: ip!(ns, "address add #{ip} dev v0 valid_lft 90000 preferred_lft 2")

      made = {made, up.()}

      # Each is what ip shows, which asks before and behind.
      left = fn ->
        shown = fn -> for ip <- ~w(10.3.0.1 fd03::1), do: shown(ns, "v0", ip) end
        before = shown.()
        {:ok, addresses} = Address.list(sock, "v0")
        addresses = Enum.filter(addresses, &(&1.cacheinfo.valid <= 90_000))
        behind = shown.()

        for {%{cacheinfo: info}, first, last} <- Enum.zip([addresses, before, behind]) do
          assert info.valid in last["valid_life_time"]..first["valid_life_time"]
          assert info.prefered in last["preferred_life_time"]..first["preferred_life_time"]
          {info.valid, info.prefered, info.cstamp}
        end
      end

      assert [{four, _, _}, {six, _, _}] = left.()
      assert four <= 90_000 and six <= 90_000
      Process.sleep(2_500)
      assert [{later, 0, cstamp}, {later6, 0, _}] = left.()
      assert later < four and later6 < six

      # In hundredths of a second, by another of the kernel's clocks.
      {first, last} = made
      assert cstamp / 100 > first - 2 and cstamp / 100 < last + 2
    end

    test "multicast groups are those of /proc", %{ns: ns, sock: sock} do
      ip!(ns, "link set v0 up")
      {:ok, groups} = Address.list_multicast(sock, :inet6, link: "v0")

      assert Enum.sort(Enum.map(groups, & &1.multicast.bytes)) == in_proc(ns, "igmp6", "v0")
      assert groups != []
    end
  end

  test "another namespace is read by its id", %{ns: ns, sock: sock} do
    other = netns!()
    ip!(ns, "netns set #{other} 7")

    # Another order, so that a name and an index mean another link.
    for line <- ["link add w0 type bridge", "link add v0 type bridge", "link set v0 up"],
        do: ip!(other, line)

    for line <- ["10.7.0.1/24 dev v0", "10.7.0.2/24 dev w0 scope link", "fd07::1/64 dev v0 nodad"],
        do: ip!(other, "address add #{line}")

    addresses_ready(other)
    ip!(ns, "address add 10.0.0.1/24 dev v0")
    assert {:ok, all} = Address.list(sock, target_netnsid: 7)
    assert text(all) == other |> ip_json("address show") |> shown_text()
    assert Enum.all?(all, &(&1.target_netnsid == 7))

    for {opts, args} <- [
          {[link: "v0"], "address show dev v0"},
          {[link: "w0"], "address show dev w0"},
          {[family: :inet6], "-6 address show"},
          {[scope: :link, family: :inet, link: "w0"], "-4 address show dev w0 scope link"},
          {[link: "v0", family: :inet], "-4 address show dev v0"}
        ] do
      {:ok, some} = Address.list(sock, [target_netnsid: 7] ++ opts)
      assert text(some) == other |> ip_json(args) |> shown_text()
      assert some != []
    end

    assert {:ok, groups} = Address.list_multicast(sock, :inet6, link: "v0", target_netnsid: 7)
    assert Enum.sort(Enum.map(groups, & &1.multicast.bytes)) == in_proc(other, "igmp6", "v0")
    assert groups != []

    exec!(other, "sysctl", "-q net.ipv6.conf.v0.forwarding=1")
    ip!(other, "address add fd08::1/64 dev v0 nodad")
    eventually(fn -> length(in_proc(other, "anycast6", "v0")) == 2 end)
    assert {:ok, anycast} = Address.list_anycast(sock, target_netnsid: 7)
    assert Enum.sort(Enum.map(anycast, & &1.anycast.bytes)) == in_proc(other, "anycast6", "v0")

    # Links as well.
    assert {:ok, links} = Link.list(sock, target_netnsid: 7)
    shown = ip_json(other, "link show")

    assert Enum.map(links, &{&1.index, &1.name}) ==
             Enum.map(shown, &{&1["ifindex"], &1["ifname"]})

    assert {:ok, %Link{name: "w0"}} = Link.get(sock, "w0", target_netnsid: 7)

    for id <- [8, 0] do
      assert {:error, %Error{errno: :einval}} = Address.list(sock, target_netnsid: id)
      assert {:error, %Error{errno: :einval}} = Address.list(sock, target_netnsid: id, link: "v0")
    end
  end

  test "anycast addresses are those of /proc", %{ns: ns, sock: sock} do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    exec!(ns, "sysctl", "-q net.ipv6.conf.v0.forwarding=1 net.ipv6.conf.v1.forwarding=1")
    # Routers answer to the lowest address of their networks (RFC 4291).
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    ip!(ns, "address add fd01::1/64 dev v1 nodad")

    eventually(fn -> in_proc(ns, "anycast6", "v0") != [] end)
    {:ok, addresses} = Address.list_anycast(sock, link: "v0")
    anycast = for %{anycast: ip} <- addresses, do: ip.bytes
    assert Enum.sort(anycast) == in_proc(ns, "anycast6", "v0")
    assert <<0xFD00::16, 0::112>> in anycast
  end

  test "multicast groups of IPv4 are those of /proc, on new kernels", %{ns: ns, sock: sock} do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")

    if :os.version() >= {6, 15, 0} do
      ip!(ns, "address add 239.1.2.3/32 dev v0 autojoin")
      assert {:ok, groups} = Address.list_multicast(sock, :inet, link: "v0")
      assert Enum.sort(Enum.map(groups, &to_string(&1.multicast))) == ["224.0.0.1", "239.1.2.3"]
      assert {:ok, [%{multicast: group}]} = Address.list_multicast(sock, :inet, link: "v1")
      assert to_string(group) == "224.0.0.1"

      # Little endian.
      shown = exec!(ns, "cat", "/proc/net/igmp")
      for group <- ~w(010000E0 030201EF), do: assert(shown =~ group)
    else
      assert {:error, %Error{errno: :eopnotsupp}} = Address.list_multicast(sock, :inet)
    end
  end

  describe "getting" do
    setup %{ns: ns} do
      ip!(ns, "address add 10.0.0.5/24 dev v0")
      ip!(ns, "address add 10.0.0.5/32 peer 10.0.0.9 dev v0")
      ip!(ns, "address add fd00::5/64 dev v0 nodad")
      :ok
    end

    for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
      test "#{ip} of a link gives the one that ip shows", %{ns: ns, sock: sock} do
        assert {:ok, address} = Address.get(sock, "v0", unquote(ip))
        assert {address.prefixlen, to_string(address.address)} == {unquote(prefix), unquote(ip)}
        [%{"ifindex" => index, "addr_info" => listed}] = ip_json(ns, "address show dev v0")
        assert Enum.any?(listed, &(&1["local"] == unquote(ip)))
        assert address.index == index
        assert Address.get(sock, index, unquote(ip), timeout: 1000) == {:ok, address}
      end

      test "#{ip} of a link without it is :eaddrnotavail", %{sock: sock} do
        assert {:error, %Error{errno: :eaddrnotavail, code: 99}} =
                 Address.get(sock, "v1", unquote(ip))
      end
    end

    test "of an unknown link is :enodev, of a bad address or option an error", %{sock: sock} do
      assert {:error, %Error{errno: :enodev}} = Address.get(sock, "absent", "10.0.0.5")
      assert Address.get(sock, "v0", "10.1") == {:error, {:bad_address, "10.1"}}
      assert Address.get(sock, "v0", "::1", echo: true) == {:error, {:unknown_option, :echo}}
    end
  end

  test "an address and its prefix length are taken as one value", %{ns: ns, sock: sock} do
    subnet = %Subnet{address: %IP{family: :inet, bytes: <<10, 0, 0, 6>>}, prefix: 20}
    assert Address.add(sock, "v0", "10.0.0.5/24") == :ok
    assert Address.add(sock, "v0", subnet, label: "v0:1") == :ok
    assert Address.replace(sock, "v0", "fd00::5/64", preferred_lft: 0) == :ok
    assert Address.replace(sock, "v0", "fd00::6/64") == :ok

    assert %{"prefixlen" => 24} = shown(ns, "v0", "10.0.0.5")
    assert %{"prefixlen" => 20, "label" => "v0:1"} = shown(ns, "v0", "10.0.0.6")
    assert %{"prefixlen" => 64, "deprecated" => true} = shown(ns, "v0", "fd00::5")
    assert %{"prefixlen" => 64} = shown(ns, "v0", "fd00::6")

    assert Address.delete(sock, "v0", "10.0.0.5/24") == :ok
    assert Address.delete(sock, "v0", subnet, label: "v0:1") == :ok
    assert Address.delete(sock, "v0", "fd00::5/64", timeout: 1000) == :ok
    for ip <- ["10.0.0.5", "10.0.0.6", "fd00::5"], do: assert(shown(ns, "v0", ip) == nil)

    for bad <- ["10.0.0.5/33", "10.0.0.5"],
        do: assert(Address.add(sock, "v0", bad) == {:error, {:bad_address, bad}})

    assert Address.add(sock, "v0", "10.0.0.5/24", 24) == {:error, {:bad_address, "10.0.0.5/24"}}
  end

  describe "flushing" do
    setup %{ns: ns} do
      # The second and third are secondaries of the first, and go with it.
      for a <- ~w(10.0.0.1/24 10.0.0.2/24 10.0.0.3/24 10.9.0.1/16 fd00::1/64 fd00::2/64),
          do: ip!(ns, "address add #{a} dev v0" <> if(a =~ "0.3", do: " label v0:3", else: ""))

      ip!(ns, "address add 10.1.0.1/24 dev v1 scope link")
      :ok
    end

    for {opts, count, left} <- [
          {[link: "v0"], 6, ~w(10.1.0.1/24)},
          {[family: :inet6], 2, ~w(10.0.0.1/24 10.0.0.2/24 10.0.0.3/24 10.1.0.1/24 10.9.0.1/16)},
          {[link: "v0", family: :inet], 4, ~w(10.1.0.1/24 fd00::1/64 fd00::2/64)},
          {[scope: :link], 1,
           ~w(10.0.0.1/24 10.0.0.2/24 10.0.0.3/24 10.9.0.1/16 fd00::1/64 fd00::2/64)},
          {[label: "v0:3"], 1,
           ~w(10.0.0.1/24 10.0.0.2/24 10.1.0.1/24 10.9.0.1/16 fd00::1/64 fd00::2/64)},
          {[], 7, []}
        ] do
      test "with #{inspect(opts)} leaves the others", %{ns: ns, sock: sock} do
        assert Address.flush(sock, unquote(opts)) == {:ok, unquote(count)}
        assert ns |> ip_json("address show") |> shown_text() == Enum.sort(unquote(left))
        assert Address.flush(sock, unquote(opts)) == {:ok, 0}
      end
    end
  end

  describe "waiting" do
    test "ends when the address is not tentative any more", %{ns: ns, sock: sock} do
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      # Detection begins when the link is up.
      :ok = Address.add(sock, "v0", "fd00::5", 64)
      assert %{"tentative" => true} = shown(ns, "v0", "fd00::5")
      assert Address.await(sock, "v0", "fd00::5", 0) == {:error, :timeout}

      for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
      assert Address.await(sock, "v0", "fd00::5", :infinity) == :ok
      refute Map.has_key?(shown(ns, "v0", "fd00::5"), "tentative")
    end

    test "fails when somebody else has the address", %{ns: ns, sock: sock} do
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
      ip!(ns, "address add fd00::5/64 dev v1 nodad")

      :ok = Address.add(sock, "v0", "fd00::5", 64)
      assert Address.await(sock, "v0", "fd00::5", :infinity) == {:error, :dadfailed}
      assert %{"dadfailed" => true} = shown(ns, "v0", "fd00::5")
    end

    test "is over at once for what needs no detection", %{ns: ns, sock: sock} do
      :ok = Address.add(sock, "v0", "10.0.0.5", 24)
      :ok = Address.add(sock, "v0", "fd00::6", 64, flags: [:nodad])
      for ip <- ~w(10.0.0.5 fd00::6), do: assert(Address.await(sock, "v0", ip, 0) == :ok)

      # Not every kernel has it.
      if exec!(ns, "ls", "/proc/sys/net/ipv6/conf/v0") =~ "optimistic_dad" do
        sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1, "net/ipv6/conf/v0/optimistic_dad": 1)
        :ok = Address.add(sock, "v0", "fd00::7", 64, flags: [:optimistic])
        assert %{"optimistic" => true, "tentative" => true} = shown(ns, "v0", "fd00::7")
        assert Address.await(sock, "v0", "fd00::7", 0) == :ok
      end
    end

    test "fails when the address is not there, or goes", %{ns: ns, sock: sock} do
      assert Address.await(sock, "v0", "10.0.0.5") == {:error, :not_found}
      assert Address.await(sock, "v0", "fd00::5") == {:error, :not_found}

      # The link is down: tentative as long as it lasts.
      sysctl!(ns, "net/ipv6/conf/v0/accept_dad": 1)
      :ok = Address.add(sock, "v0", "fd00::5", 64)
      waiting = Task.async(fn -> Address.await(sock, "v0", "fd00::5", :infinity) end)
      assert Task.yield(waiting, 100) == nil
      ip!(ns, "address delete fd00::5/64 dev v0")
      assert Task.await(waiting, :infinity) == {:error, :not_found}
    end
  end

  # The addresses of a link that a file of /proc/net lists.
  defp in_proc(ns, file, link) do
    Enum.sort(
      for line <- ns |> exec!("cat", "/proc/net/#{file}") |> String.split("\n", trim: true),
          [_, ^link, address | _] <- [String.split(line)],
          do: Base.decode16!(address, case: :mixed)
    )
  end

  # As `ip -json` shows one address of a link; `nil` if it does not.
  defp shown(ns, link, ip) do
    [%{"addr_info" => addresses}] = ip_json(ns, "-details address show dev #{link}")
    Enum.find(addresses, &(&1["local"] == ip))
  end

  defp assert_same(expected, shown) do
    for {key, value} <- expected do
      # Lifetimes run.
      if key =~ "life_time" and value in 1..100_000,
        do: assert(shown[key] in (value - 600)..value),
        else: assert({key, shown[key]} == {key, value})
    end
  end

  defp text(addresses),
    do: addresses |> Enum.map(&"#{&1.local || &1.address}/#{&1.prefixlen}") |> Enum.sort()

  defp shown_text(links) do
    Enum.sort(
      for %{"addr_info" => addresses} <- links,
          a <- addresses,
          do: "#{a["local"]}/#{a["prefixlen"]}"
    )
  end
end
