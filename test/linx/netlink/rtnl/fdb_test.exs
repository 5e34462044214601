defmodule Linx.Netlink.Rtnl.FdbTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.{IP, LinkAddress, MAC}
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Fdb
  alias Linx.Netlink.Rtnl.NdaCacheinfo
  alias Linx.Netlink.Rtnl.FdbExtAttrs

  doctest Fdb

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  @mac "02:00:00:00:00:09"

  # An entry similar to the one made by `bridge fdb add 02:00:00:00:00:09 dev v0 master static
  # sticky activity_notify inactive`, as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @static ~X"""
  07 00 00 00  03 00 00 00  40 00 40 00   # bridge, index 3, noarp, sticky
  0a 00 02 00  02 00 00 00  00 09 00 00   # NDA_LLADDR, two bytes of padding
  08 00 09 00  04 00 00 00                # NDA_MASTER
  08 00 0f 00  00 00 00 00                # NDA_FLAGS_EXT
  14 00 03 00  00 00 00 00  40 00 00 00   # NDA_CACHEINFO
               40 00 00 00  00 00 00 00
  0c 00 0e 80  05 00 01 00  03 00 00 00   # NDA_FDB_EXT_ATTRS: NFEA_ACTIVITY_NOTIFY
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

  describe "on the wire" do
    test "an entry of a bridge decodes to the kernel's fields" do
      assert Fdb.decode(@static) == %Fdb{
               family: 7,
               ifindex: 3,
               state: [:noarp],
               flags: [:sticky],
               lladdr: mac(@mac),
               master: 4,
               flags_ext: [],
               cacheinfo: %NdaCacheinfo{confirmed: 0, used: 64, updated: 64, refcnt: 0},
               fdb_ext_attrs: %FdbExtAttrs{activity_notify: [:bit, :inactive_bit]}
             }
    end

    test "an entry of a VXLAN device has a remote address, port and VNI" do
      assert Fdb.decode(@remote) == %Fdb{
               family: 7,
               ifindex: 5,
               state: [:noarp, :permanent],
               flags: [:self],
               type: 1,
               lladdr: mac(@mac),
               dst: ip("192.0.2.9"),
               port: 4790,
               vni: 7,
               via: 2,
               cacheinfo: %NdaCacheinfo{confirmed: 0, used: 82, updated: 82, refcnt: 0}
             }
    end

    test "further attributes have the kernel's numbers and widths" do
      entry = %Fdb{
        vlan: 5,
        link_netnsid: -1,
        src_vni: 11,
        protocol: 12,
        nh_id: 13,
        fdb_ext_attrs: %FdbExtAttrs{dont_refresh: true},
        flags_ext: [:locked],
        ndm_state_mask: [:permanent],
        ndm_flags_mask: [:sticky]
      }

      <<_header::binary-12, attributes::binary>> = Fdb.encode(entry)

      assert Enum.sort(Attr.decode(attributes)) == [
               {5, <<5::native-16>>},
               {10, <<-1::native-32>>},
               {11, <<11::native-32>>},
               {12, <<12>>},
               {13, <<13::native-32>>},
               {15, <<2::native-32>>},
               {16, <<0x80::native-16>>},
               {17, <<0x40>>},
               {0x800E, Attr.encode([{2, ""}])}
             ]
    end

    test "a decoded entry encodes to the same attributes" do
      for bytes <- [@static, @remote] do
        <<header::binary-12, attributes::binary>> = bytes
        <<again::binary-12, rest::binary>> = bytes |> Fdb.decode() |> Fdb.encode()

        assert again == header
        assert Enum.sort(Attr.decode(rest)) == Enum.sort(Attr.decode(attributes))
      end
    end

    test "a truncated entry decodes or raises ArgumentError" do
      for bytes <- [@static, @remote], size <- 0..byte_size(bytes) do
        try do
          entry = Fdb.decode(binary_part(bytes, 0, size))
          assert Fdb.state(entry) in [:permanent, :static, :dynamic]
          assert is_binary(inspect(entry))
        rescue
          ArgumentError -> :ok
        end
      end
    end
  end

  test "the state of an entry has a name" do
    assert Fdb.state(%Fdb{state: [:reachable]}) == :dynamic
    assert Fdb.state(%Fdb{state: [:noarp, :permanent]}) == :permanent
    assert Fdb.state(%Fdb{state: nil}) == :dynamic
  end

  test "invalid addresses, then options, are errors before the socket is used" do
    for verb <- [&Fdb.add/4, &Fdb.replace/4, &Fdb.append/4, &Fdb.delete/4, &Fdb.get/4] do
      for bad <- ["02", "", "192.0.2.9", "02:00:00:00:00:00:09", %LinkAddress{bytes: <<1>>}],
          do: assert(verb.(@no_socket, "v0", bad, odd: 1) == {:error, {:bad_mac, bad}})

      assert verb.(@no_socket, "v0", @mac, odd: 1) == {:error, {:unknown_option, :odd}}
      assert verb.(@no_socket, "v0", @mac, vlan: 4095) == {:error, {:bad_option, :vlan, 4095}}
      assert verb.(@no_socket, "v0", @mac, self: 1) == {:error, {:bad_option, :self, 1}}
    end

    for {option, reason} <- [
          {{:state, :stale}, {:bad_option, :state, :stale}},
          {{:flags, [:self]}, {:bad_option, :flags, [:self]}},
          {{:dst, "10.1"}, {:bad_address, "10.1"}},
          {{:port, 0}, {:bad_option, :port, 0}},
          {{:vni, 0x1000000}, {:bad_option, :vni, 0x1000000}},
          {{:via, :v1}, {:bad_option, :via, :v1}},
          {{:activity_notify, 1.5}, {:bad_option, :activity_notify, 1.5}}
        ] do
      assert Fdb.add(@no_socket, "v0", @mac, [option]) == {:error, reason}
    end

    assert Fdb.delete(@no_socket, "v0", @mac, state: :static) ==
             {:error, {:unknown_option, :state}}

    assert Fdb.list(@no_socket, odd: 1) == {:error, {:unknown_option, :odd}}
    assert Fdb.list(@no_socket, state: :odd) == {:error, {:bad_option, :state, :odd}}
    assert Fdb.flush(@no_socket, "br0", odd: 1) == {:error, {:unknown_option, :odd}}
  end

  test "options out of range or of another type are errors before anything is sent" do
    Linx.Test.Options.assert_refuses(Fdb, &Fdb.add(@no_socket, "v0", @mac, &1))
  end

  test "inspect shows the address, its location and its state" do
    assert inspect(%{Fdb.decode(@static) | vlan: 7}) ==
             "#Linx.Netlink.Rtnl.Fdb<02:00:00:00:00:09 vlan=7 ifindex=3 static>"

    assert inspect(Fdb.decode(@remote)) ==
             "#Linx.Netlink.Rtnl.Fdb<02:00:00:00:00:09 dst=192.0.2.9 ifindex=5 permanent>"
  end

  defp ip(text), do: text |> IP.parse() |> elem(1)
  defp mac(text), do: text |> MAC.parse() |> elem(1)
end
