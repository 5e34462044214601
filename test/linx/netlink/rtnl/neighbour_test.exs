defmodule Linx.Netlink.Rtnl.NeighbourTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.FdbExtAttrs
  alias Linx.Netlink.Rtnl.Neighbour
  alias Linx.Netlink.Rtnl.NdaCacheinfo

  doctest Neighbour

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  @mac "02:00:00:00:00:09"

  # The entry made by `ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0 protocol zebra
  # router`, as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @permanent ~X"""
  02 00 00 00  03 00 00 00  80 00 80 03   # inet, index 3, permanent, router, broadcast
  08 00 01 00  0a 00 00 09                # NDA_DST
  0a 00 02 00  02 00 00 00  00 09 00 00   # NDA_LLADDR, two bytes of padding
  08 00 04 00  00 00 00 00                # NDA_PROBES
  14 00 03 00  5b 05 00 00  5b 05 00 00   # NDA_CACHEINFO
               5b 05 00 00  00 00 00 00
  05 00 0c 00  0b 00 00 00                # NDA_PROTOCOL
  """

  # The entry made by `ip neigh add fd00::9 dev v0 managed`, before its resolution ends.
  @managed ~X"""
  0a 00 00 00  03 00 00 00  01 00 00 01   # inet6, index 3, incomplete, unicast
  14 00 01 00  fd 00 00 00  00 00 00 00   # NDA_DST
               00 00 00 00  00 00 00 09
  08 00 04 00  05 00 00 00                # NDA_PROBES
  14 00 03 00  ca 1c 00 00  92 00 00 00   # NDA_CACHEINFO
               92 00 00 00  01 00 00 00
  08 00 0f 00  01 00 00 00                # NDA_FLAGS_EXT
  """

  # The entry made by `ip neigh add proxy 10.0.0.7 dev v0 protocol static`.
  @proxy ~X"""
  02 00 00 00  03 00 00 00  00 00 08 01   # inet, index 3, proxy
  08 00 01 00  0a 00 00 07                # NDA_DST
  05 00 0c 00  04 00 00 00                # NDA_PROTOCOL
  """

  # The entry made by `bridge fdb add 02:00:00:00:00:09 dev vx0 dst 192.0.2.9 port 4790 vni 7
  # via v1`.
  @remote ~X"""
  07 00 00 00  05 00 00 00  c0 00 02 01   # bridge, index 5, noarp and permanent, self
  0a 00 02 00  02 00 00 00  00 09 00 00   # NDA_LLADDR
  08 00 01 00  c0 00 02 09                # NDA_DST
  06 00 06 00  12 b6 00 00                # NDA_PORT, big endian
  08 00 07 00  07 00 00 00                # NDA_VNI
  08 00 08 00  02 00 00 00                # NDA_IFINDEX
  14 00 03 00  00 00 00 00  52 00 00 00   # NDA_CACHEINFO
               52 00 00 00  00 00 00 00
  """

  @captured [@permanent, @managed, @proxy, @remote]

  describe "on the wire" do
    test "an entry decodes to the kernel's fields" do
      assert Neighbour.decode(@permanent) == %Neighbour{
               family: 2,
               ifindex: 3,
               state: 0x80,
               flags: 0x80,
               type: 3,
               dst: ip("10.0.0.9"),
               lladdr: mac(@mac),
               probes: 0,
               protocol: :zebra,
               cacheinfo: %NdaCacheinfo{confirmed: 1371, used: 1371, updated: 1371, refcnt: 0}
             }
    end

    test "an unresolved entry has no link-layer address" do
      assert %Neighbour{lladdr: nil, probes: 5, flags_ext: [:managed]} =
               neighbour = Neighbour.decode(@managed)

      assert Neighbour.states(neighbour) == [:incomplete]
    end

    test "a proxy entry has the flag :proxy and no state" do
      assert %Neighbour{protocol: :static, state: 0} = neighbour = Neighbour.decode(@proxy)
      assert {Neighbour.flags(neighbour), Neighbour.states(neighbour)} == {[:proxy], []}
    end

    test "an entry of a forwarding table decodes to a neighbour too" do
      assert %Neighbour{family: 7, port: 4790, vni: 7, via: 2, ifindex: 5} =
               Neighbour.decode(@remote)
    end

    test "further attributes have the kernel's numbers and widths" do
      neighbour = %Neighbour{
        vlan: 5,
        master: 9,
        link_netnsid: -1,
        src_vni: 11,
        nh_id: 13,
        fdb_ext_attrs: %FdbExtAttrs{activity_notify: [:bit], dont_refresh: true},
        ndm_state_mask: [:probe],
        ndm_flags_mask: [:use, :ext_learned]
      }

      <<_header::binary-12, attributes::binary>> = bytes = Neighbour.encode(neighbour)

      assert Enum.sort(Attr.decode(attributes)) == [
               {5, <<5::native-16>>},
               {9, <<9::native-32>>},
               {10, <<-1::native-32>>},
               {11, <<11::native-32>>},
               {13, <<13::native-32>>},
               {16, <<16::native-16>>},
               {17, <<17>>},
               {0x800E, Attr.encode([{1, <<1>>}, {2, ""}])}
             ]

      assert Neighbour.decode(bytes) == neighbour
    end

    test "a decoded entry encodes to the same attributes" do
      for bytes <- @captured do
        <<header::binary-12, attributes::binary>> = bytes
        <<again::binary-12, rest::binary>> = bytes |> Neighbour.decode() |> Neighbour.encode()

        assert again == header
        assert Enum.sort(Attr.decode(rest)) == Enum.sort(Attr.decode(attributes))
      end
    end

    test "a truncated entry decodes or raises ArgumentError" do
      for bytes <- @captured, size <- 0..byte_size(bytes) do
        try do
          assert %Neighbour{} = Neighbour.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "a link-layer address of 1 to 32 bytes is decoded and encoded" do
      for size <- [1, 4, 5, 7, 16, 20, 32] do
        bytes = <<0::96>> <> Attr.encode([{2, :binary.copy(<<1>>, size)}])
        neighbour = Neighbour.decode(bytes)
        assert neighbour.lladdr == %LinkAddress{bytes: :binary.copy(<<1>>, size)}
        assert Neighbour.encode(neighbour) == bytes
      end

      for size <- [0, 33] do
        bytes = <<0::96>> <> Attr.encode([{2, :binary.copy(<<1>>, size)}])
        assert Neighbour.decode(bytes).lladdr == nil
      end
    end
  end

  describe "accessors return" do
    test "states by name" do
      for {name, bit} <- [incomplete: 1, reachable: 2, stale: 4, delay: 8, probe: 16] do
        assert Neighbour.states(%Neighbour{state: bit}) == [name]
      end

      assert Neighbour.states(%Neighbour{state: 0xE0}) == [:failed, :noarp, :permanent]
      assert Neighbour.states(%Neighbour{state: nil}) == []
    end

    test "flags of the header, then those of NDA_FLAGS_EXT" do
      assert Neighbour.flags(%Neighbour{flags: 0xFF, flags_ext: [:managed, 8]}) == [
               :use,
               :self,
               :master,
               :proxy,
               :ext_learned,
               :offloaded,
               :sticky,
               :router,
               :managed,
               8
             ]

      assert Neighbour.flags(%Neighbour{flags: nil}) == []
    end
  end

  describe "before the socket is used," do
    test "addresses are checked first, then link-layer addresses, then options" do
      for verb <- [&Neighbour.add/5, &Neighbour.replace/5, &Neighbour.change/5] do
        assert verb.(@no_socket, "v0", "10.1", "02", odd: 1) == {:error, {:bad_address, "10.1"}}
        assert verb.(@no_socket, "v0", "10.0.0.1", "02:", odd: 1) == {:error, {:bad_mac, "02:"}}

        for {option, reason} <- [
              {{:odd, 1}, {:unknown_option, :odd}},
              {{:state, :odd}, {:bad_option, :state, :odd}},
              {{:state, [:stale]}, {:bad_option, :state, [:stale]}},
              {{:flags, [:proxy]}, {:bad_option, :flags, [:proxy]}},
              {{:flags, :router}, {:bad_option, :flags, :router}},
              {{:protocol, 256}, {:bad_option, :protocol, 256}},
              {{:protocol, :odd}, {:bad_option, :protocol, :odd}}
            ] do
          assert verb.(@no_socket, "v0", "10.0.0.1", @mac, [option]) == {:error, reason}
        end
      end

      for verb <- [&Neighbour.delete/4, &Neighbour.get/4, &Neighbour.delete_proxy/4] do
        assert verb.(@no_socket, "v0", "10.1", odd: 1) == {:error, {:bad_address, "10.1"}}
        assert verb.(@no_socket, "v0", "10.0.0.1", odd: 1) == {:error, {:unknown_option, :odd}}
      end

      assert Neighbour.add_proxy(@no_socket, "v0", "10.0.0.1", state: :stale) ==
               {:error, {:unknown_option, :state}}
    end

    test "invalid filters are refused" do
      for {opts, reason} <- [
            {[odd: 1], {:unknown_option, :odd}},
            {[family: 2], {:bad_option, :family, 2}},
            {[state: [:stale, :odd]], {:bad_option, :state, [:stale, :odd]}},
            {[proxy: 1], {:bad_option, :proxy, 1}}
          ] do
        assert Neighbour.list(@no_socket, opts) == {:error, reason}
        assert Neighbour.flush(@no_socket, opts) == {:error, reason}
      end
    end
  end

  test "options out of range or of another type are errors before anything is sent" do
    Linx.Test.Options.assert_refuses(
      Neighbour,
      &Neighbour.add(@no_socket, "v0", "10.0.0.1", @mac, &1)
    )
  end

  test "inspect shows both addresses and the link" do
    assert inspect(Neighbour.decode(@permanent)) ==
             "#Linx.Netlink.Rtnl.Neighbour<10.0.0.9 -> 02:00:00:00:00:09 ifindex=3>"

    assert inspect(Neighbour.decode(@managed)) ==
             "#Linx.Netlink.Rtnl.Neighbour<fd00::9 ifindex=3>"

    assert inspect(%Neighbour{}) == "#Linx.Netlink.Rtnl.Neighbour<? ifindex=0>"
  end

  defp ip(text), do: text |> IP.parse() |> elem(1)
  defp mac(text), do: text |> MAC.parse() |> elem(1)
end
