defmodule Linx.Netlink.Rtnl.NexthopTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Nexthop
  alias Linx.Netlink.Rtnl.Nexthop.{Group, ResBucket, ResGroup, Stats}

  doctest Nexthop
  doctest Group

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # The object made by `ip nexthop add id 11 group 1,3/2 type resilient buckets 4 idle_timer 1`,
  # as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @group ~X"""
  00 00 00 00  00 00 00 00                # unspec, universe, unspec
  08 00 01 00  0b 00 00 00                # NHA_ID
  06 00 03 00  01 00 00 00                # NHA_GROUP_TYPE, two bytes of padding
  14 00 02 00  01 00 00 00  02 00 00 00   # NHA_GROUP: id 1 with weight 3, id 2 with weight 1
               02 00 00 00  00 00 00 00
  28 00 0c 80                             # NHA_RES_GROUP
  06 00 01 00  04 00 00 00                #   NHA_RES_GROUP_BUCKETS
  08 00 02 00  64 00 00 00                #   NHA_RES_GROUP_IDLE_TIMER
  08 00 03 00  00 00 00 00                #   NHA_RES_GROUP_UNBALANCED_TIMER
  0c 00 04 00  00 00 00 00  00 00 00 00   #   NHA_RES_GROUP_UNBALANCED_TIME
  08 00 0e 00  00 00 00 80                # NHA_OP_FLAGS
  """

  # The object made by `ip nexthop add id 3 via fe80::9 dev v0 onlink proto bgp`.
  @gateway ~X"""
  0a fd ba 00  04 00 00 00                # inet6, link, bgp, onlink
  08 00 01 00  03 00 00 00                # NHA_ID
  08 00 05 00  03 00 00 00                # NHA_OIF
  14 00 06 00  fe 80 00 00  00 00 00 00   # NHA_GATEWAY
               00 00 00 00  00 00 00 09
  """

  # The object made by `ip nexthop add id 5 via 10.0.0.7 fdb`.
  @fdb ~X"""
  02 fd 00 00  00 00 00 00                # inet, link, unspec
  08 00 01 00  05 00 00 00                # NHA_ID
  04 00 0b 00                             # NHA_FDB
  08 00 06 00  0a 00 00 07                # NHA_GATEWAY
  """

  # The reply to `ip nexthop bucket get id 10 index 1`.
  @bucket ~X"""
  00 00 00 00  00 00 00 00
  08 00 01 00  0a 00 00 00                # NHA_ID
  20 00 0d 80                             # NHA_RES_BUCKET
  06 00 01 00  01 00 00 00                #   NHA_RES_BUCKET_INDEX, two bytes of padding
  08 00 03 00  01 00 00 00                #   NHA_RES_BUCKET_NH_ID
  0c 00 02 00  03 00 00 00  00 00 00 00   #   NHA_RES_BUCKET_IDLE_TIME
  """

  # The reply to `ip -statistics nexthop get id 20`, a group of 1 and 2 made with `hw_stats on`.
  @stats ~X"""
  00 00 00 00  00 00 00 00
  08 00 01 00  14 00 00 00                # NHA_ID
  06 00 03 00  00 00 00 00                # NHA_GROUP_TYPE
  14 00 02 00  01 00 00 00  00 00 00 00   # NHA_GROUP
               02 00 00 00  00 00 00 00
  08 00 10 00  01 00 00 00                # NHA_HW_STATS_ENABLE
  08 00 11 00  00 00 00 00                # NHA_HW_STATS_USED
  3c 00 0f 80                             # NHA_GROUP_STATS
  1c 00 01 80                             #   NHA_GROUP_STATS_ENTRY
  08 00 01 00  01 00 00 00                #     NHA_GROUP_STATS_ENTRY_ID
  08 00 02 00  00 00 00 00                #     NHA_GROUP_STATS_ENTRY_PACKETS
  08 00 03 00  00 00 00 00                #     NHA_GROUP_STATS_ENTRY_PACKETS_HW
  1c 00 01 80                             #   NHA_GROUP_STATS_ENTRY
  08 00 01 00  02 00 00 00                #     NHA_GROUP_STATS_ENTRY_ID
  08 00 02 00  00 00 00 00                #     NHA_GROUP_STATS_ENTRY_PACKETS
  08 00 03 00  00 00 00 00                #     NHA_GROUP_STATS_ENTRY_PACKETS_HW
  08 00 0e 00  00 00 00 80                # NHA_OP_FLAGS
  """

  @captured [@group, @gateway, @fdb, @bucket, @stats]

  describe "on the wire" do
    test "groups and gateways decode to the kernel's fields" do
      assert Nexthop.decode(@group) == %Nexthop{
               family: :unspec,
               scope: :universe,
               protocol: :unspec,
               flags: [],
               id: 11,
               group: [%Group{id: 1, weight: 2}, %Group{id: 2, weight: 0}],
               group_type: :res,
               res_group: %ResGroup{
                 buckets: 4,
                 idle_timer: 100,
                 unbalanced_timer: 0,
                 unbalanced_time: 0
               },
               op_flags: [:resp_grp_resvd_0]
             }

      assert Nexthop.decode(@gateway) == %Nexthop{
               family: :inet6,
               scope: :link,
               protocol: :bgp,
               flags: [:onlink],
               id: 3,
               oif: 3,
               gateway: %IP{family: :inet6, bytes: <<0xFE80::16, 0::104, 9>>}
             }
    end

    test "FDB nexthops, buckets and statistics decode to the kernel's fields" do
      assert %Nexthop{id: 5, fdb: true, gateway: %IP{bytes: <<10, 0, 0, 7>>}} =
               Nexthop.decode(@fdb)

      assert %Nexthop{id: 10, res_bucket: bucket} = Nexthop.decode(@bucket)
      assert bucket == %ResBucket{index: 1, nh_id: 1, idle_time: 3}

      assert %Nexthop{id: 20, hw_stats_enable: true, hw_stats_used: false} =
               nexthop = Nexthop.decode(@stats)

      assert nexthop.group_stats == %Stats{
               entry: for(id <- [1, 2], do: %Stats.Entry{id: id, packets: 0, packets_hw: 0})
             }
    end

    test "a decoded object encodes to the same attributes" do
      for <<header::binary-8, attributes::binary>> = bytes <- @captured do
        assert <<^header::binary-8, written::binary>> = Nexthop.encode(Nexthop.decode(bytes))
        assert sorted(written) == sorted(attributes)
      end
    end

    test "a truncated object decodes or raises ArgumentError" do
      for bytes <- @captured, size <- 0..byte_size(bytes) do
        try do
          assert %Nexthop{} = Nexthop.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "a weight is one more than the value of its two bytes" do
      for {weight, low, high} <- [{1, 0, 0}, {256, 255, 0}, {257, 0, 1}, {65_535, 254, 255}] do
        {:ok, {%Nexthop{group: [member]}, []}} = Nexthop.Options.cast(group: [{7, weight}])
        assert member == %Group{id: 7, weight: low, weight_high: high}
        assert Group.weight(member) == weight
      end
    end
  end

  test "an object built from options has its gateway's family, a group has none" do
    for {opts, family} <- [
          {[gateway: "10.0.0.1"], :inet},
          {[gateway: "fe80::1"], :inet6},
          {[dev: 3], :inet},
          {[dev: 3, family: :inet6], :inet6},
          {[group: [1, 2]], :unspec}
        ] do
      assert {:ok, {%Nexthop{family: ^family, protocol: :unspec}, _links}} =
               Nexthop.Options.cast(opts)
    end
  end

  test "invalid options are errors before anything is sent" do
    for {opts, reason} <- [
          {[bogus: 1], {:unknown_option, :bogus}},
          {[id: 0], {:bad_option, :id, 0}},
          {[gateway: "10.0.0"], {:bad_address, "10.0.0"}},
          {[gateway: 7], {:bad_option, :gateway, 7}},
          {[gateway: "10.0.0.1", family: :inet6], {:family_mismatch, {:inet6, :inet}}},
          {[family: :ipx], {:bad_option, :family, :ipx}},
          {[protocol: :unknown], {:bad_option, :protocol, :unknown}},
          {[protocol: 256], {:bad_option, :protocol, 256}},
          {[dev: 0], {:bad_option, :dev, 0}},
          {[blackhole: 1], {:bad_option, :blackhole, 1}},
          {[group: []], {:bad_option, :group, []}},
          {[group: 1], {:bad_option, :group, 1}},
          {[group: [{1, 0}]], {:bad_option, :group, [{1, 0}]}},
          {[group: [{1, 65_536}]], {:bad_option, :group, [{1, 65_536}]}},
          {[group: [0]], {:bad_option, :group, [0]}},
          {[group: [1], type: :other], {:bad_option, :type, :other}},
          {[group: [1], buckets: 0], {:bad_option, :buckets, 0}},
          {[encap: :mpls], {:bad_option, :encap, :mpls}}
        ] do
      assert {opts, Nexthop.add(@no_socket, opts)} == {opts, {:error, reason}}
      assert {opts, Nexthop.replace(@no_socket, opts)} == {opts, {:error, reason}}
    end
  end

  test "invalid filters are errors before anything is sent" do
    for {opts, reason} <- [
          {[bogus: 1], {:unknown_option, :bogus}},
          {[groups: 1], {:bad_option, :groups, 1}},
          {[fdb: :yes], {:bad_option, :fdb, :yes}},
          {[family: 2], {:bad_option, :family, 2}}
        ] do
      assert Nexthop.list(@no_socket, opts) == {:error, reason}
      assert Nexthop.flush(@no_socket, opts) == {:error, reason}
    end

    assert Nexthop.flush(@no_socket, protocol: :unknown) ==
             {:error, {:bad_option, :protocol, :unknown}}

    assert Nexthop.get(@no_socket, 7, groups: true) == {:error, {:unknown_option, :groups}}
    assert Nexthop.buckets(@no_socket, nh_id: 0) == {:error, {:bad_option, :nh_id, 0}}
    assert Nexthop.buckets(@no_socket, groups: true) == {:error, {:unknown_option, :groups}}
    assert Nexthop.buckets(@no_socket, index: 1) == {:error, {:unknown_option, :index}}

    for {id, index, opts, reason} <- [
          {0, 0, [], {:bad_option, :id, 0}},
          {1, -1, [], {:bad_option, :index, -1}},
          {1, 0x10000, [], {:bad_option, :index, 0x10000}},
          {1, 0, [nh_id: 1], {:unknown_option, :nh_id}}
        ] do
      assert Nexthop.bucket(@no_socket, id, index, opts) == {:error, reason}
    end
  end

  test "options out of range or of another type are errors before anything is sent" do
    Linx.Test.Options.assert_refuses(Nexthop, &Nexthop.add(@no_socket, &1))
  end

  test "inspect shows the fields that distinguish objects" do
    for {nexthop, text} <- [
          {Nexthop.decode(@group), "id=11 group=1*3,2 type=res"},
          {Nexthop.decode(@gateway), "id=3 via fe80::9 oif=3"},
          {%Nexthop{id: 5, blackhole: true}, "id=5 blackhole"},
          {%Nexthop{id: 6, fdb: true}, "id=6 fdb"},
          {%Nexthop{}, ""}
        ] do
      assert inspect(nexthop) == "#Linx.Netlink.Rtnl.Nexthop<#{text}>"
    end
  end

  # The attributes of a bucket are encoded in the order of the codec's rows, so they are sorted.
  defp sorted(attributes) do
    attributes
    |> Attr.decode()
    |> Enum.map(fn
      {0x800D, nest} -> {0x800D, Enum.sort(Attr.decode(nest))}
      other -> other
    end)
    |> Enum.sort()
  end
end
