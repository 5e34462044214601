defmodule Linx.Namespace.Rtnl.AddressTest do
  # Addresses are added, replaced, deleted and flushed, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.IP.Subnet
  alias Linx.Netlink.{Batch, Error, Request, Socket}
  alias Linx.Netlink.Rtnl.Address

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Socket.open(0, {:path, path})
    %{sock: sock}
  end

  describe "adding" do
    for {text, ip, prefix, opts, expected} <- [
          {"an IPv4 address", "10.0.0.5", 24, [], %{"scope" => "global", "prefixlen" => 24}},
          {"an IPv6 address", "fd00::5", 64, [], %{"scope" => "global", "family" => "inet6"}},
          {"an IPv4 address with a peer", "10.0.0.5", 32, [peer: "10.0.0.9"],
           %{"address" => "10.0.0.9"}},
          {"an IPv6 address with a peer", "fd00::5", 64, [peer: "fd00::9"],
           %{"address" => "fd00::9"}},
          {"an address with a broadcast address", "10.0.0.5", 24, [broadcast: "10.0.0.7"],
           %{"broadcast" => "10.0.0.7"}},
          {"an address with its network's broadcast address", "10.0.0.5", 20, [broadcast: :auto],
           %{"broadcast" => "10.0.15.255"}},
          {"an address with a label", "10.0.0.5", 24, [label: "v0:1"], %{"label" => "v0:1"}},
          {"an address of scope link", "10.0.0.5", 24, [scope: :link], %{"scope" => "link"}},
          {"an IPv4 address with a metric", "10.0.0.5", 24, [metric: 77], %{"metric" => 77}},
          {"an IPv6 address with a metric", "fd00::5", 64, [metric: 78], %{"metric" => 78}},
          {"an IPv4 address with lifetimes", "10.0.0.5", 24,
           [valid_lft: 7200, preferred_lft: 3600],
           %{"valid_life_time" => 7200, "preferred_life_time" => 3600, "dynamic" => true}},
          {"an IPv6 address with lifetimes", "fd00::5", 64,
           [valid_lft: 7200, preferred_lft: 3600],
           %{"valid_life_time" => 7200, "preferred_life_time" => 3600}},
          {"a deprecated address", "fd00::5", 64, [preferred_lft: 0],
           %{"deprecated" => true, "preferred_life_time" => 0}},
          {"an address with an infinite lifetime", "fd00::5", 64, [valid_lft: :forever],
           %{"valid_life_time" => 4_294_967_295}},
          {"an IPv6 address with flags under ip's names", "fd00::5", 64,
           [flags: [:nodad, :home, :mngtmpaddr, :noprefixroute]],
           %{
             "nodad" => true,
             "home" => true,
             "mngtmpaddr" => true,
             "noprefixroute" => true
           }},
          {"an IPv6 address with flags under the kernel's names", "fd00::5", 64,
           [flags: [:homeaddress, :managetempaddr]], %{"home" => true, "mngtmpaddr" => true}},
          {"an address of scope site", "10.0.0.5", 24, [scope: :site], %{"scope" => "site"}},
          {"an address of scope host", "10.0.0.5", 24, [scope: :host], %{"scope" => "host"}},
          {"an address of scope nowhere", "10.0.0.5", 24, [scope: :nowhere],
           %{"scope" => "nowhere"}},
          {"an address with a scope as a number", "10.0.0.5", 24, [scope: 77],
           %{"scope" => "77"}},
          {"an IPv4 address with a flag", "10.0.0.5", 24, [flags: [:noprefixroute]],
           %{"noprefixroute" => true}},
          {"a multicast group to join, flag under ip's name", "ff05::77", 128,
           [flags: [:autojoin]], %{"autojoin" => true}},
          {"a multicast group to join, flag under the kernel's name", "ff05::77", 128,
           [flags: [:mcautojoin]], %{"autojoin" => true}}
        ] do
      test "#{text} is added once, then refused with :eexist, and deleted", %{ns: ns, sock: sock} do
        {ip, prefix, opts} = {unquote(ip), unquote(prefix), unquote(opts)}
        assert Address.add(sock, "v0", ip, prefix, opts) == :ok
        assert_same(unquote(Macro.escape(expected)), shown(ns, "v0", ip))

        assert {:error, %Error{errno: :eexist}} = Address.add(sock, "v0", ip, prefix, opts)

        assert Address.delete(sock, "v0", ip, prefix, Keyword.take(opts, [:peer, :label])) == :ok
        assert shown(ns, "v0", ip) == nil
      end
    end

    test "an address has the protocol that it was added with", %{sock: sock} do
      assert Address.add(sock, "v0", "10.0.0.5", 24, proto: 0x52) == :ok
      assert Address.add(sock, "v0", "fd00::5", 64, proto: 0x53) == :ok

      # The ip of Debian 12 does not show IFA_PROTO: the bytes of the kernel are compared.
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

    test "an added or replaced address is returned with :echo", %{ns: ns, sock: sock} do
      index = ip_json(ns, "link show dev v0") |> hd() |> Map.fetch!("ifindex")

      for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
        assert {:ok, %Address{index: ^index, prefixlen: ^prefix} = address} =
                 Address.add(sock, index, ip, prefix, echo: true)

        assert IP.to_string(address.address) == ip

        assert {:ok, %Address{}} = Address.replace(sock, index, ip, prefix, echo: true)
      end
    end

    test "a link that does not exist is refused with :enodev", %{sock: sock} do
      assert {:error, %Error{errno: :enodev}} = Address.add(sock, "v9", "10.0.0.5", 24)
      assert {:error, %Error{errno: :enodev}} = Address.add(sock, 999, "10.0.0.5", 24)
      assert {:error, %Error{errno: :enodev}} = Address.list(sock, "v9")
    end
  end

  test "replace adds an address, or changes lifetimes, metric and flags", %{ns: ns, sock: sock} do
    for {ip, prefix} <- [{"10.0.0.5", 24}, {"fd00::5", 64}] do
      assert Address.replace(sock, "v0", ip, prefix) == :ok
      assert %{"valid_life_time" => 4_294_967_295} = shown(ns, "v0", ip)

      assert Address.replace(sock, "v0", ip, prefix, valid_lft: 9000, metric: 5) == :ok

      assert_same(
        %{"valid_life_time" => 9000, "preferred_life_time" => 9000, "metric" => 5},
        shown(ns, "v0", ip)
      )
    end

    # The flags of IPv4 addresses do not change (inet_rtm_newaddr of net/ipv4/devinet.c).
    assert Address.replace(sock, "v0", "fd00::5", 64, flags: [:home, :noprefixroute]) == :ok
    assert_same(%{"home" => true, "noprefixroute" => true}, shown(ns, "v0", "fd00::5"))
  end

  test "many addresses are added and deleted in a batch", %{ns: ns, sock: sock} do
    for {verb, expected} <- [{&Address.add/4, 200}, {&Address.delete/4, 0}] do
      {:ok, results} =
        Batch.run(sock, fn batch -> for n <- 1..200, do: verb.(batch, "v0", "10.0.0.#{n}", 32) end)

      assert results == List.duplicate(:ok, 200)
      assert ns |> ip_json("address show dev v0") |> shown_text() |> length() == expected
    end
  end

  test "an address with its prefix length is accepted as one value", %{ns: ns, sock: sock} do
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

    # The prefix length of an address alone is that of a single host, as for `ip address add`.
    assert Address.add(sock, "v0", {10, 0, 0, 7}) == :ok
    assert %{"prefixlen" => 32} = shown(ns, "v0", "10.0.0.7")
    assert Address.add(sock, "v0", {10, 0, 0, 8}, 24, []) == :ok
    assert %{"prefixlen" => 24} = shown(ns, "v0", "10.0.0.8")

    for bad <- ["10.0.0.5/33", "10.0.5"],
        do: assert(Address.add(sock, "v0", bad) == {:error, {:bad_subnet, bad}})

    assert Address.add(sock, "v0", "10.0.0.5/24", 24) == {:error, {:bad_address, "10.0.0.5/24"}}
  end

  describe "flushing" do
    setup %{ns: ns} do
      # The second and third address are secondary: the kernel deletes them with the first.
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
      test "a flush with #{inspect(opts)} keeps other addresses", %{ns: ns, sock: sock} do
        assert Address.flush(sock, unquote(opts)) == {:ok, unquote(count)}
        assert ns |> ip_json("address show") |> shown_text() == Enum.sort(unquote(left))
        assert Address.flush(sock, unquote(opts)) == {:ok, 0}
      end
    end
  end

  # The entry of `ip -json` for one address of a link; `nil` if there is none.
  defp shown(ns, link, ip) do
    [%{"addr_info" => addresses}] = ip_json(ns, "-details address show dev #{link}")
    Enum.find(addresses, &(&1["local"] == ip))
  end

  defp assert_same(expected, shown) do
    for {key, value} <- expected do
      # Lifetimes decrease.
      if key =~ "life_time" and value in 1..100_000,
        do: assert(shown[key] in (value - 600)..value),
        else: assert({key, shown[key]} == {key, value})
    end
  end

  defp shown_text(links) do
    Enum.sort(
      for %{"addr_info" => addresses} <- links,
          a <- addresses,
          do: "#{a["local"]}/#{a["prefixlen"]}"
    )
  end
end
