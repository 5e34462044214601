defmodule Linx.Namespace.Rtnl.Address.QueryTest do
  # Lists and lookups of addresses, judged by `ip` and /proc.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Request, Socket}
  alias Linx.Netlink.Rtnl.{Address, Link}

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
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

    test "a list equals that of ip, for all links and for one", %{ns: ns, sock: sock} do
      {:ok, all} = Address.list(sock)
      assert text(all) == ns |> ip_json("address show") |> shown_text()

      for name <- ~w(lo v0 v1) do
        {:ok, some} = Address.list(sock, name)
        assert text(some) == ns |> ip_json("address show dev #{name}") |> shown_text()
        assert {:ok, ^some} = Address.list(sock, link: name)
      end
    end

    test "a list is filtered by link, family and scope", %{sock: sock} do
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

    test "a dump with a family and an index is filtered by the kernel", %{ns: ns, sock: sock} do
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

    # The names that ip has for these flags.
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
      test "#{flag} of #{family} is set where ip shows it", %{ns: ns, sock: sock} do
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

        # The kernel adds addresses of its own asynchronously.
        eventually(fn -> match?({[_ | _] = some, all} when length(some) < all, shown.()) end)

        {{:ok, addresses}, {by_ip, _all}} =
          unchanged(shown, fn -> Address.list(sock, family: family) end)

        # Other flags may change between the two reads.
        listed = for a <- addresses, flag in Address.flags(a), do: "#{a.local || a.address}"

        assert Enum.sort(listed) == Enum.sort(by_ip)
      end
    end

    test "lifetimes agree with ip and decrease, cstamp agrees with uptime", %{ns: ns, sock: sock} do
      # Seconds since boot.
      up = fn ->
        [up | _] = ns |> exec!("cat", "/proc/uptime") |> String.split()
        String.to_float(up)
      end

      added = up.()

      for ip <- ["10.3.0.1/24", "fd03::1/64"],
          do: ip!(ns, "address add #{ip} dev v0 valid_lft 90000 preferred_lft 2")

      added = {added, up.()}

      # Each value lies between the values that ip shows before and after the list.
      left = fn ->
        shown = fn -> for ip <- ~w(10.3.0.1 fd03::1), do: shown(ns, "v0", ip) end
        before = shown.()
        {:ok, addresses} = Address.list(sock, "v0")
        addresses = Enum.filter(addresses, &(&1.cacheinfo.valid <= 90_000))
        later_shown = shown.()

        for {%{cacheinfo: info}, first, last} <- Enum.zip([addresses, before, later_shown]) do
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

      # `cstamp` is in hundredths of a second, by another clock of the kernel than uptime.
      {first, last} = added
      assert cstamp / 100 > first - 2 and cstamp / 100 < last + 2
    end

    test "multicast groups equal those of /proc/net/igmp6", %{ns: ns, sock: sock} do
      ip!(ns, "link set v0 up")
      {:ok, groups} = Address.list_multicast(sock, :inet6, link: "v0")

      assert Enum.sort(Enum.map(groups, & &1.multicast.bytes)) == in_proc(ns, "igmp6", "v0")
      assert groups != []
    end
  end

  test "addresses and links of another namespace are read by its id", %{ns: ns, sock: sock} do
    other = netns!()
    ip!(ns, "netns set #{other} 7")

    # The order differs, so that a name and an index refer to other links than in `ns`.
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

  test "anycast addresses equal those of /proc/net/anycast6", %{ns: ns, sock: sock} do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")
    exec!(ns, "sysctl", "-q net.ipv6.conf.v0.forwarding=1 net.ipv6.conf.v1.forwarding=1")
    # Routers have the lowest address of each of their networks as an anycast address (RFC 4291).
    ip!(ns, "address add fd00::1/64 dev v0 nodad")
    ip!(ns, "address add fd01::1/64 dev v1 nodad")

    eventually(fn -> in_proc(ns, "anycast6", "v0") != [] end)
    {:ok, addresses} = Address.list_anycast(sock, link: "v0")
    anycast = for %{anycast: ip} <- addresses, do: ip.bytes
    assert Enum.sort(anycast) == in_proc(ns, "anycast6", "v0")
    assert <<0xFD00::16, 0::112>> in anycast
  end

  test "IPv4 multicast groups equal those of /proc since Linux 6.15", %{ns: ns, sock: sock} do
    for link <- ~w(v0 v1), do: ip!(ns, "link set #{link} up")

    if :os.version() >= {6, 15, 0} do
      ip!(ns, "address add 239.1.2.3/32 dev v0 autojoin")
      assert {:ok, groups} = Address.list_multicast(sock, :inet, link: "v0")
      assert Enum.sort(Enum.map(groups, &to_string(&1.multicast))) == ["224.0.0.1", "239.1.2.3"]
      assert {:ok, [%{multicast: group}]} = Address.list_multicast(sock, :inet, link: "v1")
      assert to_string(group) == "224.0.0.1"

      # The file shows addresses as integers in host byte order: here little endian.
      shown = exec!(ns, "cat", "/proc/net/igmp")
      for group <- ~w(010000E0 030201EF), do: assert(shown =~ group)
    else
      assert {:error, %Error{errno: :eopnotsupp}} = Address.list_multicast(sock, :inet)
    end
  end

  describe "getting" do
    setup %{ns: ns} do
      # The first address of the link is another one.
      ip!(ns, "address add 10.9.0.4/16 dev v0")
      ip!(ns, "address add 10.0.0.5/24 dev v0")
      ip!(ns, "address add 10.0.0.5/32 peer 10.0.0.9 dev v0")
      ip!(ns, "address add fd00::5/64 dev v0 nodad")
      :ok
    end

    for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
      test "#{ip} of a link is the address that ip shows", %{ns: ns, sock: sock} do
        assert {:ok, address} = Address.get(sock, "v0", unquote(ip))
        assert {address.prefixlen, to_string(address.address)} == {unquote(prefix), unquote(ip)}
        [%{"ifindex" => index, "addr_info" => listed}] = ip_json(ns, "address show dev v0")
        assert Enum.any?(listed, &(&1["local"] == unquote(ip)))
        assert address.index == index
        assert Address.get(sock, index, unquote(ip), timeout: 1000) == {:ok, address}
      end

      test "#{ip} of a link without this address is refused with :eaddrnotavail", %{sock: sock} do
        assert {:error, %Error{errno: :eaddrnotavail, code: 99}} =
                 Address.get(sock, "v1", unquote(ip))
      end
    end

    test "an unknown link is :enodev, a wrong address or option is refused", %{sock: sock} do
      assert {:error, %Error{errno: :enodev}} = Address.get(sock, "absent", "10.0.0.5")
      assert Address.get(sock, "v0", "10.1") == {:error, {:bad_address, "10.1"}}
      assert Address.get(sock, "v0", "::1", echo: true) == {:error, {:unknown_option, :echo}}
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

  # The entry of `ip -json` for one address of a link; `nil` if there is none.
  defp shown(ns, link, ip) do
    [%{"addr_info" => addresses}] = ip_json(ns, "-details address show dev #{link}")
    Enum.find(addresses, &(&1["local"] == ip))
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
