defmodule Linx.Netlink.Rtnl.AddressTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.{Address, Link}
  alias Linx.Netlink.Rtnl.Address.Cacheinfo

  doctest Address

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # The address made by `ip address add 10.0.0.5/24 broadcast + dev v0 label v0:1 valid_lft 3600
  # preferred_lft 600`, as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @inet ~X"""
  02 18 00 00  03 00 00 00                # inet /24, universe, index 3
  08 00 01 00  0a 00 00 05                # IFA_ADDRESS
  08 00 02 00  0a 00 00 05                # IFA_LOCAL
  08 00 04 00  0a 00 00 ff                # IFA_BROADCAST
  09 00 03 00  76 30 3a 31  00 00 00 00   # IFA_LABEL, three bytes of padding
  08 00 08 00  00 00 00 00                # IFA_FLAGS
  14 00 06 00  4e 02 00 00  06 0e 00 00   # IFA_CACHEINFO
               84 70 04 00  84 70 04 00
  """

  # The address made by `ip address add fd00::5 peer fd00::9/128 dev v0 metric 77 noprefixroute`.
  @inet6 ~X"""
  0a 80 80 00  03 00 00 00                # inet6 /128, permanent, universe, index 3
  14 00 02 00  fd 00 00 00  00 00 00 00   # IFA_LOCAL
               00 00 00 00  00 00 00 05
  14 00 01 00  fd 00 00 00  00 00 00 00   # IFA_ADDRESS
               00 00 00 00  00 00 00 09
  08 00 09 00  4d 00 00 00                # IFA_RT_PRIORITY
  14 00 06 00  ff ff ff ff  ff ff ff ff   # IFA_CACHEINFO
               84 70 04 00  84 70 04 00
  08 00 08 00  80 02 00 00                # IFA_FLAGS
  """

  # The link-local address that the kernel assigned to the same link.
  @link_local ~X"""
  0a 40 80 fd  03 00 00 00
  14 00 01 00  fe 80 00 00  00 00 00 00   # IFA_ADDRESS
               98 92 74 ff  fe 86 e9 33
  14 00 06 00  ff ff ff ff  ff ff ff ff   # IFA_CACHEINFO
               83 70 04 00  83 70 04 00
  08 00 08 00  80 00 00 00                # IFA_FLAGS
  05 00 0b 00  03 00 00 00                # IFA_PROTO
  """

  describe "on the wire" do
    test "an IPv4 address decodes to the kernel's fields" do
      assert Address.decode(@inet) == %Address{
               family: 2,
               prefixlen: 24,
               index: 3,
               address: ip("10.0.0.5"),
               local: ip("10.0.0.5"),
               broadcast: ip("10.0.0.255"),
               label: "v0:1",
               flags_ext: [],
               cacheinfo: %Cacheinfo{
                 prefered: 590,
                 valid: 3590,
                 cstamp: 0x47084,
                 tstamp: 0x47084
               }
             }
    end

    test "an IPv6 address with a peer has the peer in address, its own value in local" do
      assert %Address{
               family: 10,
               prefixlen: 128,
               flags: 0x80,
               flags_ext: [:permanent, :noprefixroute],
               rt_priority: 77,
               cacheinfo: %Cacheinfo{valid: 0xFFFFFFFF}
             } = address = Address.decode(@inet6)

      assert {address.address, address.local} == {ip("fd00::9"), ip("fd00::5")}
    end

    test "the origin of an address is a name for origins in the kernel, else a number" do
      assert %Address{scope: 253, local: nil, proto: :kernel_ll} = Address.decode(@link_local)
      assert Address.decode(<<0::64>> <> Attr.encode([{11, <<0x52>>}])).proto == 0x52
    end

    test "a decoded address encodes to the same attributes" do
      for bytes <- [@inet, @inet6, @link_local] do
        <<header::binary-8, attributes::binary>> = bytes
        <<again::binary-8, rest::binary>> = bytes |> Address.decode() |> Address.encode()

        assert again == header
        assert Enum.sort(Attr.decode(rest)) == Enum.sort(Attr.decode(attributes))
      end
    end

    test "a truncated address decodes or raises ArgumentError" do
      for bytes <- [@inet, @inet6, @link_local], size <- 0..byte_size(bytes) do
        try do
          assert %Address{} = Address.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "attributes of a wrong size decode to nil" do
      odd = for id <- [1, 2, 4, 5, 7, 8, 9, 11], do: {id, if(id == 11, do: "", else: <<0, 0, 0>>)}
      address = Address.decode(<<0::64>> <> Attr.encode(odd))

      for field <- [:address, :local, :broadcast, :anycast, :multicast, :flags_ext, :rt_priority] do
        assert Map.fetch!(address, field) == nil, "#{field} is not nil"
      end
    end
  end

  describe "flags and scopes:" do
    test "IFA_FLAGS replaces the flags of the header" do
      assert Address.flags(%Address{family: 2, flags: 0x80}) == [:permanent]
      assert Address.flags(%Address{family: 2, flags: 0x80, flags_ext: []}) == []
      assert Address.flags(%Address{flags: nil}) == []
      assert Address.flags(Address.decode(@inet6)) == [:permanent, :noprefixroute]
    end

    test "flag 1 is :secondary for IPv4 and :temporary for IPv6" do
      assert Address.flags(%Address{family: 2, flags: 1}) == [:secondary]
      assert Address.flags(%Address{family: 10, flags: 1}) == [:temporary]

      assert Address.flags(%Address{family: 10, flags_ext: [:secondary, 4096]}) == [
               :temporary,
               4096
             ]
    end

    test "a scope is a name, or a number if it has none" do
      assert Enum.map([0, 200, 253, 254, 255, 7], &Address.scope(%Address{scope: &1})) ==
               [:universe, :site, :link, :host, :nowhere, 7]
    end
  end

  describe "an address built from options has" do
    for {text, ip, prefix, opts, expected} <- [
          {"equal address and local", "10.0.0.5", 24, [], %{prefixlen: 24, scope: 0}},
          {"a peer", "10.0.0.5", 32, [peer: "10.0.0.9"], %{address: "10.0.0.9"}},
          {"an IPv6 peer", "fd00::5", 64, [peer: "fd00::9"], %{address: "fd00::9"}},
          {"a broadcast address", "10.0.0.5", 24, [broadcast: "10.0.0.7"],
           %{broadcast: "10.0.0.7"}},
          {"the broadcast address of its network", "10.0.0.5", 22, [broadcast: :auto],
           %{broadcast: "10.0.3.255"}},
          {"no broadcast address in a network of two", "10.0.0.5", 31, [broadcast: :auto],
           %{broadcast: nil}},
          {"a label", "10.0.0.5", 24, [label: "eth0:1"], %{label: "eth0:1"}},
          {"a scope by name", "10.0.0.5", 24, [scope: :link], %{scope: 253}},
          {"a scope by ip's name", "10.0.0.5", 24, [scope: :global], %{scope: 0}},
          {"a scope by number", "10.0.0.5", 24, [scope: 7], %{scope: 7}},
          {"a metric", "fd00::5", 64, [metric: 7], %{rt_priority: 7}},
          {"a protocol by number", "10.0.0.5", 24, [proto: 0x52], %{proto: 0x52}},
          {"a protocol by name", "10.0.0.5", 24, [proto: :kernel_ra], %{proto: 2}},
          {"flags beyond the first eight", "fd00::5", 64,
           [flags: [:nodad, :home, :mngtmpaddr, :noprefixroute, :autojoin, :optimistic]],
           %{flags: 0, flags_ext: 0x716}},
          {"the kernel's names of flags", "fd00::5", 64,
           [flags: [:homeaddress, :managetempaddr, :mcautojoin]], %{flags_ext: 0x510}}
        ] do
      test text do
        {:ok, address} = Address.Options.address(unquote(ip), unquote(prefix), unquote(opts))

        assert address.local == ip(unquote(ip))

        for {field, value} <- unquote(Macro.escape(expected)) do
          value = if field in [:address, :broadcast] and value, do: ip(value), else: value
          assert Map.fetch!(address, field) == value
        end
      end
    end

    test "lifetimes: preferred defaults to valid, valid to forever" do
      for {opts, prefered, valid} <- [
            {[valid_lft: 60], 60, 60},
            {[valid_lft: 60, preferred_lft: 0], 0, 60},
            {[preferred_lft: 60], 60, 0xFFFFFFFF},
            {[valid_lft: :forever, preferred_lft: :forever], 0xFFFFFFFF, 0xFFFFFFFF}
          ] do
        assert {:ok, %{cacheinfo: %Cacheinfo{prefered: ^prefered, valid: ^valid}}} =
                 Address.Options.address("10.0.0.5", 24, opts)
      end

      assert {:ok, %{cacheinfo: nil}} = Address.Options.address("10.0.0.5", 24, [])
    end
  end

  describe "before the socket is used," do
    test "addresses are checked first, then prefix lengths, then options" do
      for verb <- [&Address.add/5, &Address.replace/5, &Address.delete/5] do
        assert verb.(@no_socket, "eth0", "10.1", 99, odd: 1) == {:error, {:bad_address, "10.1"}}

        for {ip, prefix} <- [{"10.0.0.1", 33}, {"fd00::1", 129}, {"10.0.0.1", -1}, {"::", "64"}] do
          assert verb.(@no_socket, "eth0", ip, prefix, odd: 1) == {:error, {:bad_prefix, prefix}}
        end

        assert verb.(@no_socket, "eth0", "10.0.0.1", 24, odd: 1) ==
                 {:error, {:unknown_option, :odd}}
      end
    end

    test "options of a wrong type or out of range are refused" do
      for {ip, opts, reason} <- [
            {"10.0.0.1", [peer: "10.1"], {:bad_address, "10.1"}},
            {"10.0.0.1", [peer: "fd00::1"], {:family_mismatch, {:inet, :inet6}}},
            {"10.0.0.1", [broadcast: "fd00::1"], {:family_mismatch, {:inet, :inet6}}},
            {"fd00::1", [peer: "10.0.0.1"], {:family_mismatch, {:inet6, :inet}}},
            {"fd00::1", [broadcast: :auto], {:bad_option, :broadcast, :auto}},
            {"fd00::1", [label: "eth0"], {:bad_option, :label, "eth0"}},
            {"fd00::1", [scope: :link], {:bad_option, :scope, :link}},
            {"10.0.0.1", [label: "sixteen bytes it"], {:bad_option, :label, "sixteen bytes it"}},
            {"10.0.0.1", [label: "a\0"], {:bad_option, :label, "a\0"}},
            {"10.0.0.1", [scope: :odd], {:bad_option, :scope, :odd}},
            {"10.0.0.1", [scope: 256], {:bad_option, :scope, 256}},
            {"10.0.0.1", [metric: -1], {:bad_option, :metric, -1}},
            {"10.0.0.1", [proto: :odd], {:bad_option, :proto, :odd}},
            {"10.0.0.1", [flags: [:tentative]], {:bad_option, :flags, [:tentative]}},
            {"10.0.0.1", [valid_lft: 0], {:bad_option, :valid_lft, 0}},
            {"10.0.0.1", [valid_lft: 60, preferred_lft: 61], {:bad_option, :preferred_lft, 61}}
          ] do
        assert Address.add(@no_socket, "eth0", ip, 24, opts) == {:error, reason}
      end
    end

    test "invalid filters and timeouts are refused" do
      assert Address.list(@no_socket, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Address.list(@no_socket, family: 2) == {:error, {:bad_option, :family, 2}}
      assert Address.list(@no_socket, scope: :odd) == {:error, {:bad_option, :scope, :odd}}

      for verb <- [&Address.list/2, &Address.list_anycast/2, &Link.list/2, &Link.get(&1, 7, &2)],
          id <- [-1, 0x80000000, "7"] do
        assert verb.(@no_socket, target_netnsid: id) ==
                 {:error, {:bad_option, :target_netnsid, id}}
      end

      assert Address.flush(@no_socket, target_netnsid: 7) ==
               {:error, {:unknown_option, :target_netnsid}}

      assert Address.flush(@no_socket, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Address.list_anycast(@no_socket, scope: 0) == {:error, {:unknown_option, :scope}}
      assert Address.await(@no_socket, "eth0", "10.1") == {:error, {:bad_address, "10.1"}}
      assert Address.await(@no_socket, "eth0", "::1", -1) == {:error, {:bad_timeout, -1}}
    end
  end

  test "options out of range or of another type are errors before anything is sent" do
    Linx.Test.Options.assert_refuses(Address, &Address.add(@no_socket, "v0", "10.0.0.1", 24, &1))
  end

  test "inspect shows the address and its link" do
    assert inspect(Address.decode(@inet)) == "#Linx.Netlink.Rtnl.Address<10.0.0.5/24 ifindex=3>"
    assert inspect(%Address{}) == "#Linx.Netlink.Rtnl.Address<?/0 ifindex=0>"
  end

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  test "a listed address is written with the remainder of its lifetimes" do
    alias Linx.Netlink.Rtnl.Address.{Cacheinfo, Requests}

    forever = 0xFFFFFFFF

    for {family, flags, {valid, preferred}, written} <- [
          {10, [], {500, 100}, {500, 100}},
          {10, [:deprecated], {500, 0}, {500, 0}},
          # Expired, but not yet removed by the kernel: written with one second.
          {10, [:deprecated], {0, 0}, {1, 0}},
          {2, [], {0, 0}, {1, 0}},
          {10, [:permanent], {forever, forever}, {forever, forever}},
          {10, [:permanent, :deprecated], {forever, 0}, {forever, 0}},
          # IPv4 reports by the flag alone that an address is deprecated.
          {2, [:permanent], {forever, forever}, {forever, forever}},
          {2, [:permanent, :deprecated], {forever, forever}, {forever, 0}}
        ] do
      address = %Address{
        family: family,
        flags: 0x80,
        flags_ext: flags ++ [:noprefixroute],
        cacheinfo: %Cacheinfo{valid: valid, prefered: preferred, cstamp: 7, tstamp: 8}
      }

      again = Requests.create(address)
      assert {again.cacheinfo.valid, again.cacheinfo.prefered} == written
      assert {again.flags, again.flags_ext} == {0, [:noprefixroute]}
    end
  end
end
