defmodule Linx.Namespace.Rtnl.RuleTest do
  # Rules that are added and deleted, judged by `ip`.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Rule

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  describe "a rule is added with" do
    for {text, opts, expected} <- [
          {"a table", [table: 100], %{"table" => "100", "protocol" => "unspec"}},
          {"a table beyond 255", [table: 5000], %{"table" => "5000"}},
          {"a priority", [table: 100, priority: 77], %{"priority" => 77}},
          {"a mark", [table: 100, fwmark: 0x2A], %{"fwmark" => "0x2a"}},
          {"a masked mark", [table: 100, fwmark: 0x2A, fwmask: 0xFF],
           %{"fwmark" => "0x2a", "fwmask" => "0xff"}},
          {"inverted selectors", [table: 100, fwmark: 1, invert: true], %{"not" => nil}},
          {"a TOS byte", [table: 100, tos: 8], %{"tos" => "0x08"}},
          {"incoming and outgoing links", [table: 100, iif: "v0", oif: "v1"],
           %{"iif" => "v0", "oif" => "v1"}},
          {"a link that does not exist", [table: 100, iif: "v9"],
           %{"iif" => "v9", "iif_detached" => nil}},
          {"a range of UIDs", [table: 100, uid_range: {5, 10}],
           %{"uid_start" => 5, "uid_end" => 10}},
          {"a UID", [table: 100, uid_range: 5], %{"uid_start" => 5, "uid_end" => 5}},
          {"the name of an IP protocol", [table: 100, ip_proto: :tcp], %{"ipproto" => "tcp"}},
          {"the number of an IP protocol", [table: 100, ip_proto: 17], %{"ipproto" => "udp"}},
          {"ports", [table: 100, ip_proto: :udp, sport: 5, dport: {80, 90}],
           %{"sport" => 5, "dport_start" => 80, "dport_end" => 90}},
          {"a tunnel id", [table: 100, tun_id: 77], %{"tun_id" => 77}},
          {"l3mdev", [l3mdev: true], %{"l3mdev" => nil}},
          {"suppression", [table: 254, suppress_prefixlength: 0, suppress_ifgroup: 3],
           %{"suppress_prefixlen" => 0, "suppress_ifgroup" => "3"}},
          {"a goto target", [goto: 32_766, priority: 77], %{"goto" => 32_766}},
          {"a goto target that does not exist", [goto: 4711, priority: 77],
           %{"goto" => 4711, "unresolved" => nil}},
          {"action nop", [action: :nop], %{"nop" => nil}},
          {"action blackhole", [action: :blackhole], %{"action" => "blackhole"}},
          {"action unreachable", [action: :unreachable], %{"action" => "unreachable"}},
          {"the number of an action", [action: 8], %{"action" => "prohibit"}},
          {"action prohibit", [action: :prohibit], %{"action" => "prohibit"}},
          {"action to_tbl", [action: :to_tbl, table: 100], %{"table" => "100"}},
          {"action goto", [action: :goto, goto: 32_766, priority: 77], %{"goto" => 32_766}},
          {"the name of a protocol", [table: 100, protocol: :bgp], %{"protocol" => "bgp"}},
          {"the number of a protocol", [table: 100, protocol: 76], %{"protocol" => "76"}}
        ],
        family <- [:inet, :inet6] do
      if text =~ "UID", do: @tag(:initial_users)

      test "#{text}, #{family}", %{ns: ns, sock: sock} do
        family = unquote(family)
        opts = [family: family] ++ unquote(Macro.escape(opts))
        before = shown(ns, family)
        assert Rule.add(sock, opts) == :ok
        assert [shown] = shown(ns, family) -- before

        for {key, value} <- unquote(Macro.escape(expected)) do
          assert {key, Map.fetch(shown, key)} == {key, {:ok, value}}
        end

        # The listed rule is deleted, and then a rule by its options.
        {:ok, rules} = Rule.list(sock, family: family)
        assert rule = Enum.find(rules, &(&1.priority == shown["priority"]))
        assert Rule.delete(sock, rule) == :ok
        assert shown(ns, family) == before

        assert Rule.add(sock, opts) == :ok
        assert Rule.delete(sock, opts) == :ok
        assert shown(ns, family) == before
        assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, opts)
      end
    end

    for {family, from, to, source, destination} <- [
          {:inet, "10.0.0.0/24", "10.1.0.1", {"10.0.0.0", 24}, {"10.1.0.1", nil}},
          {:inet6, "fd00::/8", "fe80::1", {"fd00::", 8}, {"fe80::1", nil}}
        ] do
      test "source and destination, #{family}", %{ns: ns, sock: sock} do
        opts = [from: unquote(from), to: unquote(to), table: 100, priority: 900]
        assert Rule.add(sock, opts) == :ok
        assert [shown] = made(ns, unquote(family))
        assert {shown["src"], shown["srclen"]} == unquote(source)
        assert {shown["dst"], shown["dstlen"]} == unquote(destination)
        assert {:error, %Error{errno: :eexist}} = Rule.add(sock, opts)
        assert Rule.delete(sock, opts) == :ok
        assert made(ns, unquote(family)) == []
      end
    end

    test "realms", %{ns: ns, sock: sock} do
      assert Rule.add(sock, table: 100, realms: {3, 4}) == :ok
      assert [%{"flow_from" => "3", "flow_to" => "4"}] = made(ns, :inet)
      assert Rule.delete(sock, table: 100, realms: {3, 4}) == :ok
    end

    test "the index of a link", %{ns: ns, sock: sock} do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
      assert Rule.add(sock, table: 100, iif: index) == :ok
      assert [%{"iif" => "v0"}] = made(ns, :inet)
      assert {:error, %Error{errno: :enodev}} = Rule.add(sock, table: 100, iif: 999)
    end

    test "echo: true, which returns the rule", %{sock: sock} do
      assert {:ok, %Rule{priority: 32_765} = rule} =
               Rule.add(sock, to: "fd00::/8", table: 5000, echo: true)

      assert {rule.family, Rule.target_table(rule)} == {10, 5000}
    end

    # The installed `ip` does not show these, but the kernel reports the route of the packets that
    # they select. An older kernel ignores attributes that it does not have.
    for {since, text, opts, chosen, others} <- [
          {{6, 11, 0}, "a DSCP", [dscp: 5], ["tos 0x14"], ["tos 0x10", ""]},
          {{6, 15, 0}, "a masked DSCP", [dscp: 4, dscp_mask: 0x3C], ["tos 0x14", "tos 0x1c"],
           ["tos 0x20", ""]},
          {{6, 15, 0}, "a masked source port", [ip_proto: :udp, sport: 6, sport_mask: 0xF],
           ["ipproto udp sport 6", "ipproto udp sport 22"],
           ["ipproto udp sport 7", "ipproto tcp sport 6"]},
          {{6, 15, 0}, "a masked destination port", [ip_proto: :udp, dport: 6, dport_mask: 0xF],
           ["ipproto udp dport 6", "ipproto udp dport 22"], ["ipproto udp dport 7", ""]}
        ],
        {family, dst} <- [inet: "10.9.0.1", inet6: "fd09::1"] do
      if :os.version() < since, do: @tag(skip: "this kernel has no rules for #{text}")

      test "#{text} that selects packets, #{family}", %{ns: ns, sock: sock} do
        family = unquote(family)
        ip!(ns, "link set v0 up")
        ip!(ns, "link set v1 up")
        ip!(ns, "route add #{unquote(dst)} dev v0")
        ip!(ns, "route add #{unquote(dst)} dev v1 table 100")

        opts = [family: family, table: 100, priority: 77] ++ unquote(opts)
        assert Rule.add(sock, opts) == :ok

        for packet <- unquote(chosen),
            do: assert({packet, output_link(ns, unquote(dst), packet)} == {packet, "v1"})

        for packet <- unquote(others),
            do: assert({packet, output_link(ns, unquote(dst), packet)} == {packet, "v0"})

        # The listed rule is deleted.
        {:ok, rules} = Rule.list(sock, family: family)
        assert Rule.delete(sock, Enum.find(rules, &(&1.priority == 77))) == :ok
        assert made(ns, family) == []
      end
    end

    # `ip` of Debian 12 shows none of these: the bytes of the kernel's reply are searched.
    for {since, opts, other, sent} <- [
          {{6, 11, 0}, [dscp: 5], [dscp: 6], [<<25::native-16, 5>>]},
          {{6, 15, 0}, [dscp: 5, dscp_mask: 0xF], [dscp: 5, dscp_mask: 0x1F],
           [<<25::native-16, 5>>, <<30::native-16, 0xF>>]},
          {{6, 14, 0}, [family: :inet6, flowlabel: 5, flowlabel_mask: 0xFF],
           [family: :inet6, flowlabel: 5, flowlabel_mask: 0xF],
           [<<26::native-16, 5::32>>, <<27::native-16, 0xFF::32>>]},
          # The default mask covers the whole label.
          {{6, 14, 0}, [family: :inet6, flowlabel: 5],
           [family: :inet6, flowlabel: 5, flowlabel_mask: 0xFF],
           [<<26::native-16, 5::32>>, <<27::native-16, 0xFFFFF::32>>]},
          {{6, 15, 0}, [ip_proto: :udp, sport: 6, sport_mask: 0xF],
           [ip_proto: :udp, sport: 6, sport_mask: 7], [<<28::native-16, 0xF::native-16>>]},
          {{6, 15, 0}, [ip_proto: :udp, dport: 6, dport_mask: 0xF],
           [ip_proto: :udp, dport: 6, dport_mask: 7], [<<29::native-16, 0xF::native-16>>]}
        ] do
      test "#{inspect(opts)} if the kernel has it", %{sock: sock} do
        {opts, other} = {unquote(opts), unquote(other)}
        base = [table: 100, priority: 77]

        if :os.version() >= unquote(Macro.escape(since)) do
          assert Rule.add(sock, base ++ opts) == :ok
          for bytes <- unquote(sent), do: assert(sent(sock) =~ bytes)

          assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, base ++ other)
          assert Rule.delete(sock, base ++ opts) == :ok
          refute sent(sock) =~ hd(unquote(sent))
        else
          # A kernel without the attribute refuses or ignores it.
          case Rule.add(sock, base ++ opts) do
            :ok -> refute sent(sock) =~ List.last(unquote(sent))
            {:error, %Error{errno: errno}} -> assert errno in [:einval, :eopnotsupp]
          end
        end
      end
    end
  end

  test "the ports that are refused are those that the kernel refuses", %{ns: ns, sock: sock} do
    for port <- [1, 65_534], key <- [:sport, :dport] do
      assert Rule.add(sock, [{key, port}, table: 100, priority: port]) == :ok
      assert Enum.any?(ip_json(ns, "rule show"), &(&1["#{key}"] == port))
    end

    for {first, last} <- [{0, 1}, {0, 65_535}, {65_535, 65_535}, {1, 65_535}] do
      range = %Rule.PortRange{start: first, end: last}
      rule = %Rule{family: 2, action: 1, table: 100, priority: 9, dport_range: range}
      assert {:error, %Error{errno: :einval}} = Request.run(sock, 32, 0x600, rule)
      opts = [dport: {first, last}, table: 100, priority: 9]
      assert Rule.add(sock, opts) == {:error, {:bad_option, :dport, {first, last}}}
    end
  end

  test "a table is given by its name", %{ns: ns, sock: sock} do
    assert Rule.add(sock, table: :main, priority: 77) == :ok
    assert [%{"table" => "main"}] = ip_json(ns, "rule show priority 77")
    assert Rule.delete(sock, table: :main, priority: 77) == :ok
    assert ip_json(ns, "rule show priority 77") == []
  end

  defp shown(ns, family), do: ip_json(ns, "-details #{flag(family)} rule show")

  defp flag(:inet), do: "-4"
  defp flag(:inet6), do: "-6"

  # The rules, without those of a new namespace.
  defp made(ns, family),
    do: for(rule <- shown(ns, family), rule["priority"] not in [0, 32_766, 32_767], do: rule)

  # The link by which the kernel would send a packet.
  defp output_link(ns, dst, packet) do
    [%{"dev" => dev}] = ip_json(ns, "route get #{dst} #{packet}")
    dev
  end

  defp sent(sock) do
    {:ok, messages} = Request.talk(sock, 34, 0x300, <<0::96>>)
    Enum.map_join(messages, & &1.payload)
  end
end
