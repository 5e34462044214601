defmodule Linx.Netlink.Rtnl.RuleTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.IP
  alias Linx.Netlink.Attr
  alias Linx.Netlink.Rtnl.Rule
  alias Linx.Netlink.Rtnl.Rule.{Masks, Match, PortRange, UidRange}

  doctest Rule

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # The rule made by `ip rule add not from 10.0.0.0/24 to 10.1.0.0/16 tos 8 fwmark 0x2a/0xff
  # iif v0 oif v1 uidrange 5-10 ipproto tcp sport 5 dport 80-90 tun_id 77 table 5000
  # suppress_prefixlength 0 suppress_ifgroup 3 realms 3/4 priority 900 proto static`, as Linux
  # 6.18 dumps it, without `struct nlmsghdr`.
  @everything ~X"""
  02 10 18 08  fc 00 00 01  02 00 00 00   # inet to /16 from /24, tos 8, compat, to table, invert
  08 00 0f 00  88 13 00 00                # FRA_TABLE
  08 00 0e 00  00 00 00 00                # FRA_SUPPRESS_PREFIXLEN
  05 00 15 00  04 00 00 00                # FRA_PROTOCOL, three bytes of padding
  07 00 03 00  76 30 00 00                # FRA_IIFNAME
  07 00 11 00  76 31 00 00                # FRA_OIFNAME
  08 00 06 00  84 03 00 00                # FRA_PRIORITY
  08 00 0a 00  2a 00 00 00                # FRA_FWMARK
  08 00 10 00  ff 00 00 00                # FRA_FWMASK
  0c 00 0c 00  00 00 00 00  00 00 00 4d   # FRA_TUN_ID
  0c 00 14 00  05 00 00 00  0a 00 00 00   # FRA_UID_RANGE
  08 00 17 00  05 00 05 00                # FRA_SPORT_RANGE
  06 00 1c 00  ff ff 00 00                # FRA_SPORT_MASK
  08 00 18 00  50 00 5a 00                # FRA_DPORT_RANGE
  05 00 16 00  06 00 00 00                # FRA_IP_PROTO
  08 00 0d 00  03 00 00 00                # FRA_SUPPRESS_IFGROUP
  08 00 01 00  0a 01 00 00                # FRA_DST
  08 00 02 00  0a 00 00 00                # FRA_SRC
  08 00 0b 00  04 00 03 00                # FRA_FLOW
  """

  # The rule made by `ip rule add goto 32766 priority 77`.
  @goto ~X"""
  02 00 00 00  00 00 00 02  00 00 00 00   # inet, goto
  08 00 0f 00  00 00 00 00                # FRA_TABLE
  08 00 0e 00  ff ff ff ff                # FRA_SUPPRESS_PREFIXLEN
  05 00 15 00  00 00 00 00                # FRA_PROTOCOL
  08 00 06 00  4d 00 00 00                # FRA_PRIORITY
  08 00 04 00  fe 7f 00 00                # FRA_GOTO
  """

  # Rules with `table: 100` and `ip_proto: :udp, sport: 6, sport_mask: 0xF`, with `dscp: 5,
  # dscp_mask: 0xF` and, of IPv6, with `flowlabel: 5, flowlabel_mask: 0xFF`. They were made with
  # `Rule.add/2`, since ip of Debian 12 lacks these options, and dumped by Linux 6.18.
  @sport ~X"""
  02 00 00 00  64 00 00 01  00 00 00 00
  08 00 0f 00  64 00 00 00                # FRA_TABLE
  08 00 0e 00  ff ff ff ff                # FRA_SUPPRESS_PREFIXLEN
  05 00 15 00  00 00 00 00                # FRA_PROTOCOL
  08 00 06 00  fb 7f 00 00                # FRA_PRIORITY
  08 00 17 00  06 00 06 00                # FRA_SPORT_RANGE
  06 00 1c 00  0f 00 00 00                # FRA_SPORT_MASK
  05 00 16 00  11 00 00 00                # FRA_IP_PROTO
  """

  @dscp ~X"""
  02 00 00 00  64 00 00 01  00 00 00 00
  08 00 0f 00  64 00 00 00                # FRA_TABLE
  08 00 0e 00  ff ff ff ff                # FRA_SUPPRESS_PREFIXLEN
  05 00 15 00  00 00 00 00                # FRA_PROTOCOL
  08 00 06 00  fc 7f 00 00                # FRA_PRIORITY
  05 00 19 00  05 00 00 00                # FRA_DSCP
  05 00 1e 00  0f 00 00 00                # FRA_DSCP_MASK
  """

  @flowlabel ~X"""
  0a 00 00 00  64 00 00 01  00 00 00 00
  08 00 0f 00  64 00 00 00                # FRA_TABLE
  08 00 0e 00  ff ff ff ff                # FRA_SUPPRESS_PREFIXLEN
  05 00 15 00  00 00 00 00                # FRA_PROTOCOL
  08 00 06 00  fd 7f 00 00                # FRA_PRIORITY
  08 00 1a 00  00 00 00 05                # FRA_FLOWLABEL, big endian
  08 00 1b 00  00 00 00 ff                # FRA_FLOWLABEL_MASK
  """

  @captured [@everything, @goto, @sport, @dscp, @flowlabel]

  defp ip(text) do
    {:ok, ip} = IP.parse(text)
    ip
  end

  describe "on the wire" do
    test "rules decode to the kernel's fields" do
      assert Rule.decode(@everything) == %Rule{
               family: 2,
               dst_len: 16,
               src_len: 24,
               tos: 8,
               table: 252,
               action: 1,
               flags: 2,
               dst: ip("10.1.0.0"),
               src: ip("10.0.0.0"),
               priority: 900,
               fwmark: 0x2A,
               table_ext: 5000,
               iifname: "v0",
               oifname: "v1",
               flow: 0x30004,
               tun_id: 77,
               suppress_ifgroup: 3,
               suppress_prefixlen: 0,
               fwmask: 0xFF,
               uid_range: %UidRange{start: 5, end: 10},
               protocol: :static,
               ip_proto: :tcp,
               sport_range: %PortRange{start: 5, end: 5},
               dport_range: %PortRange{start: 80, end: 90},
               masks: %Masks{sport_mask: 0xFFFF}
             }

      assert %Rule{action: 2, goto: 32_766, suppress_prefixlen: -1} = rule = Rule.decode(@goto)
      assert Rule.action(rule) == :goto
    end

    test "masks of ports and DSCP, and flow labels, decode to the kernel's fields" do
      for {bytes, expected} <- [
            {@sport, %Masks{sport_mask: 0xF}},
            {@dscp, %Masks{dscp_mask: 0xF}},
            {@flowlabel, %Masks{flowlabel_mask: 0xFF}}
          ],
          do: assert(Rule.decode(bytes).masks == expected)

      assert Rule.decode(@flowlabel).flowlabel == 5

      assert %Rule{dscp: 5} = Rule.decode(@dscp)
      assert %Rule{sport_range: %PortRange{start: 6, end: 6}} = Rule.decode(@sport)
    end

    test "a decoded rule encodes to the same attributes" do
      for <<header::binary-12, attributes::binary>> = bytes <- @captured do
        assert <<^header::binary-12, written::binary>> = Rule.encode(Rule.decode(bytes))
        assert Enum.sort(Attr.decode(written)) == Enum.sort(Attr.decode(attributes))
      end
    end

    test "a truncated rule decodes or raises ArgumentError" do
      for bytes <- @captured, size <- 0..byte_size(bytes) do
        try do
          assert %Rule{} = Rule.decode(binary_part(bytes, 0, size))
        rescue
          ArgumentError -> :ok
        end
      end
    end

    test "attributes of newer kernels have the kernel's numbers and widths" do
      rule = %Rule{
        dscp: 5,
        l3mdev: true,
        flowlabel: 1,
        masks: %Masks{
          flowlabel_mask: 2,
          sport_mask: 3,
          dport_mask: 4,
          dscp_mask: 5
        }
      }

      assert <<_header::binary-12, attributes::binary>> = Rule.encode(rule)

      assert attributes |> Attr.decode() |> Enum.sort() == [
               {19, <<1>>},
               {25, <<5>>},
               {26, <<1::32>>},
               {27, <<2::32>>},
               {28, <<3::native-16>>},
               {29, <<4::native-16>>},
               {30, <<5>>}
             ]

      assert map_size(rule) <= 32
    end
  end

  describe "a rule to be written" do
    test "has the action :to_tbl, and the family IPv4, by default" do
      for {opts, family} <- [
            {[], 2},
            {[family: :inet6], 10},
            {[from: "10.0.0.0/24"], 2},
            {[to: "fd00::/8"], 10},
            {[from: "fd00::1", family: :inet6], 10}
          ] do
        {:ok, {rule, []}} = Rule.Options.cast([table: 100] ++ opts)
        assert {rule.family, rule.action, rule.table} == {family, 1, 100}
      end
    end

    test "has the full prefix length for an address without a slash" do
      {:ok, {rule, []}} = Rule.Options.cast(table: 100, from: "10.0.0.1", to: ip("10.1.0.1"))

      assert {rule.src, rule.src_len} == {ip("10.0.0.1"), 32}
      assert {rule.dst, rule.dst_len} == {ip("10.1.0.1"), 32}
    end

    test "has a table above 255 in FRA_TABLE alone" do
      for {table, byte, extended} <- [{255, 255, nil}, {256, 0, 256}] do
        {:ok, {rule, []}} = Rule.Options.cast(table: table)
        assert {rule.table, rule.table_ext, Rule.target_table(rule)} == {byte, extended, table}
      end
    end

    test "needs no table with another action or with l3mdev" do
      for {opts, action} <- [
            {[goto: 7], 2},
            {[l3mdev: true], 1},
            {[action: :nop], 3},
            {[action: :blackhole], 6},
            {[action: :unreachable], 7},
            {[action: 8], 8}
          ] do
        assert {:ok, {%Rule{action: ^action, table: 0}, []}} = Rule.Options.cast(opts)
      end
    end

    test "is refused for the first invalid option" do
      for {opts, reason} <- [
            {[from: "x"], {:missing_option, :table}},
            {[action: :to_tbl], {:missing_option, :table}},
            {[l3mdev: false], {:missing_option, :table}},
            {[table: 0, from: "x"], {:bad_option, :table, 0}},
            {[table: :mian], {:bad_option, :table, :mian}},
            {[table: 0x100000000], {:bad_option, :table, 0x100000000}},
            {[table: 1, from: "10.0.0.0/33", to: "y"], {:bad_cidr, "10.0.0.0/33"}},
            {[table: 1, from: "x", to: "y"], {:bad_address, "x"}},
            {[table: 1, to: "y/8"], {:bad_cidr, "y/8"}},
            {[table: 1, from: "10.0.0.1", to: "fd00::1"], {:family_mismatch, {:inet, :inet6}}},
            {[table: 1, from: "10.0.0.1", family: :inet6], {:bad_option, :family, :inet6}},
            {[table: 1, family: :ipx], {:bad_option, :family, :ipx}},
            {[table: 1, from: 7], {:bad_option, :from, 7}},
            {[table: 1, bogus: 1], {:unknown_option, :bogus}},
            {[table: 1, fwmark: -1], {:bad_option, :fwmark, -1}},
            {[table: 1, priority: -1], {:bad_option, :priority, -1}},
            {[table: 1, action: :accept], {:bad_option, :action, :accept}},
            {[table: 1, ip_proto: :nonsense], {:bad_option, :ip_proto, :nonsense}},
            {[table: 1, protocol: :unknown], {:bad_option, :protocol, :unknown}},
            {[table: 1, dport: 0], {:bad_option, :dport, 0}},
            {[table: 1, dport: {9, 8}], {:bad_option, :dport, {9, 8}}},
            {[table: 1, uid_range: :root], {:bad_option, :uid_range, :root}},
            {[table: 1, realms: -1], {:bad_option, :realms, -1}},
            {[table: 1, iif: "a b"], {:bad_name, "a b"}},
            {[table: 1, oif: :lo], {:bad_option, :oif, :lo}}
          ] do
        assert {opts, Rule.add(@no_socket, opts)} == {opts, {:error, reason}}
        assert {opts, Rule.delete(@no_socket, opts)} == {opts, {:error, reason}}
      end
    end
  end

  test "invalid filters are errors before anything is sent" do
    assert Rule.list(@no_socket, family: :ipx) == {:error, {:bad_option, :family, :ipx}}
    assert Rule.list(@no_socket, table: 1) == {:error, {:unknown_option, :table}}
  end

  test "a listed rule is deleted without its read-only fields" do
    rule = %{Rule.decode(@goto) | flags: 0x1F}
    assert %Rule{flags: 2, suppress_prefixlen: nil} = Match.request(rule)
    assert %Rule{suppress_prefixlen: 0} = Match.request(Rule.decode(@everything))
  end

  test "options out of range or of another type are errors before anything is sent" do
    Linx.Test.Options.assert_refuses(Rule, &Rule.add(@no_socket, [{:table, 1} | &1]))
  end

  test "inspect shows the fields that distinguish rules" do
    for {rule, text} <- [
          {%Rule{
             priority: 200,
             src: ip("10.0.0.0"),
             src_len: 24,
             dst: ip("10.1.0.0"),
             dst_len: 16,
             fwmark: 255,
             table: 100
           }, "priority=200 from=10.0.0.0/24 to=10.1.0.0/16 fwmark=0xFF table=100"},
          {%Rule{table: 0, table_ext: 5000}, "table=5000"},
          {Rule.decode(@goto), "priority=77 table=0 goto=32766"},
          {Rule.decode(@everything),
           "priority=900 from=10.0.0.0/24 to=10.1.0.0/16 fwmark=0x2A table=5000 " <>
             "not iif=v0 oif=v1 ip_proto=tcp sport=5 dport=80-90 uid=5-10"},
          {%Rule{action: 6}, "table=0 action=blackhole"}
        ] do
      assert inspect(rule) == "#Linx.Netlink.Rtnl.Rule<#{text}>"
    end
  end
end
