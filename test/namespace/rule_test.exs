defmodule Linx.Namespace.RuleTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Batch, Error, Request, Rtnl}
  alias Linx.Netlink.Rtnl.Rule

  setup %{ns: ns, path: path} do
    ip!(ns, "link add v0 type veth peer name v1")
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  defp shown(ns, family), do: ip_json(ns, "-details #{flag(family)} rule show")

  defp flag(:inet), do: "-4"
  defp flag(:inet6), do: "-6"

  # Rules with which a new namespace starts.
  defp made(ns, family),
    do: for(rule <- shown(ns, family), rule["priority"] not in [0, 32_766, 32_767], do: rule)

  describe "adding" do
    for {text, opts, expected} <- [
          {"a table", [table: 100], %{"table" => "100", "protocol" => "unspec"}},
          {"a table beyond 255", [table: 5000], %{"table" => "5000"}},
          {"a priority", [table: 100, priority: 77], %{"priority" => 77}},
          {"a mark", [table: 100, fwmark: 0x2A], %{"fwmark" => "0x2a"}},
          {"a masked mark", [table: 100, fwmark: 0x2A, fwmask: 0xFF],
           %{"fwmark" => "0x2a", "fwmask" => "0xff"}},
          {"the contrary", [table: 100, fwmark: 1, invert: true], %{"not" => nil}},
          {"a TOS byte", [table: 100, tos: 8], %{"tos" => "0x08"}},
          {"links", [table: 100, iif: "v0", oif: "v1"], %{"iif" => "v0", "oif" => "v1"}},
          {"a link that does not exist", [table: 100, iif: "v9"],
           %{"iif" => "v9", "iif_detached" => nil}},
          {"users", [table: 100, uid_range: {5, 10}], %{"uid_start" => 5, "uid_end" => 10}},
          {"a user", [table: 100, uid_range: 5], %{"uid_start" => 5, "uid_end" => 5}},
          {"a protocol of packets", [table: 100, ip_proto: :tcp], %{"ipproto" => "tcp"}},
          {"that by number", [table: 100, ip_proto: 17], %{"ipproto" => "udp"}},
          {"ports", [table: 100, ip_proto: :udp, sport: 5, dport: {80, 90}],
           %{"sport" => 5, "dport_start" => 80, "dport_end" => 90}},
          {"a tunnel", [table: 100, tun_id: 77], %{"tun_id" => 77}},
          {"the table of a VRF", [l3mdev: true], %{"l3mdev" => nil}},
          {"suppression", [table: 254, suppress_prefixlength: 0, suppress_ifgroup: 3],
           %{"suppress_prefixlen" => 0, "suppress_ifgroup" => "3"}},
          {"a jump", [goto: 32_766, priority: 77], %{"goto" => 32_766}},
          {"a jump to nowhere", [goto: 4711, priority: 77],
           %{"goto" => 4711, "unresolved" => nil}},
          {"nothing to do", [action: :nop], %{"nop" => nil}},
          {"a black hole", [action: :blackhole], %{"action" => "blackhole"}},
          {"an unreachable one", [action: :unreachable], %{"action" => "unreachable"}},
          {"a prohibition", [action: 8], %{"action" => "prohibit"}},
          {"that by name", [action: :prohibit], %{"action" => "prohibit"}},
          {"a table outright", [action: :to_tbl, table: 100], %{"table" => "100"}},
          {"a jump outright", [action: :goto, goto: 32_766, priority: 77], %{"goto" => 32_766}},
          {"whose it is", [table: 100, protocol: :bgp], %{"protocol" => "bgp"}},
          {"whose it is by number", [table: 100, protocol: 76], %{"protocol" => "76"}}
        ],
        family <- [:inet, :inet6] do
      test "#{text}, #{family}", %{ns: ns, sock: sock} do
        family = unquote(family)
        opts = [family: family] ++ unquote(Macro.escape(opts))
        before = shown(ns, family)
        assert Rule.add(sock, opts) == :ok
        assert [shown] = shown(ns, family) -- before

        for {key, value} <- unquote(Macro.escape(expected)) do
          assert {key, Map.fetch(shown, key)} == {key, {:ok, value}}
        end

        # From what the kernel said of it, and from what it was made of.
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

    test "a link by index", %{ns: ns, sock: sock} do
      [%{"ifindex" => index}] = ip_json(ns, "link show dev v0")
      assert Rule.add(sock, table: 100, iif: index) == :ok
      assert [%{"iif" => "v0"}] = made(ns, :inet)
      assert {:error, %Error{errno: :enodev}} = Rule.add(sock, table: 100, iif: 999)
    end

    test "with the rule to be given back", %{sock: sock} do
      assert {:ok, %Rule{priority: 32_765} = rule} =
               Rule.add(sock, to: "fd00::/8", table: 5000, echo: true)

      assert {rule.family, Rule.target_table(rule)} == {10, 5000}
    end

    # ip of this machine does not show these, but the kernel says which packets they choose. An
    # older one leaves out what it does not know.
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

      test "#{text} chooses packets, #{family}", %{ns: ns, sock: sock} do
        family = unquote(family)
        ip!(ns, "link set v0 up")
        ip!(ns, "link set v1 up")
        ip!(ns, "route add #{unquote(dst)} dev v0")
        ip!(ns, "route add #{unquote(dst)} dev v1 table 100")

        opts = [family: family, table: 100, priority: 77] ++ unquote(opts)
        assert Rule.add(sock, opts) == :ok

        for packet <- unquote(chosen),
            do: assert({packet, way(ns, unquote(dst), packet)} == {packet, "v1"})

        for packet <- unquote(others),
            do: assert({packet, way(ns, unquote(dst), packet)} == {packet, "v0"})

        # From what the kernel said of it.
        {:ok, rules} = Rule.list(sock, family: family)
        assert Rule.delete(sock, Enum.find(rules, &(&1.priority == 77))) == :ok
        assert made(ns, family) == []
      end
    end

    # ip of Debian 12 shows none of these: they are looked for as the kernel sends them.
    for {since, opts, other, sent} <- [
          {{6, 11, 0}, [dscp: 5], [dscp: 6], [<<25::native-16, 5>>]},
          {{6, 15, 0}, [dscp: 5, dscp_mask: 0xF], [dscp: 5, dscp_mask: 0x1F],
           [<<25::native-16, 5>>, <<30::native-16, 0xF>>]},
          {{6, 14, 0}, [family: :inet6, flowlabel: 5, flowlabel_mask: 0xFF],
           [family: :inet6, flowlabel: 5, flowlabel_mask: 0xF],
           [<<26::native-16, 5::32>>, <<27::native-16, 0xFF::32>>]},
          # Without a mask all of it is meant.
          {{6, 14, 0}, [family: :inet6, flowlabel: 5],
           [family: :inet6, flowlabel: 5, flowlabel_mask: 0xFF],
           [<<26::native-16, 5::32>>, <<27::native-16, 0xFFFFF::32>>]},
          {{6, 15, 0}, [ip_proto: :udp, sport: 6, sport_mask: 0xF],
           [ip_proto: :udp, sport: 6, sport_mask: 7], [<<28::native-16, 0xF::native-16>>]},
          {{6, 15, 0}, [ip_proto: :udp, dport: 6, dport_mask: 0xF],
           [ip_proto: :udp, dport: 6, dport_mask: 7], [<<29::native-16, 0xF::native-16>>]}
        ] do
      test "#{inspect(opts)} on new kernels", %{sock: sock} do
        {opts, other} = {unquote(opts), unquote(other)}
        base = [table: 100, priority: 77]

        if :os.version() >= unquote(Macro.escape(since)) do
          assert Rule.add(sock, base ++ opts) == :ok
          for bytes <- unquote(sent), do: assert(sent(sock) =~ bytes)

          assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, base ++ other)
          assert Rule.delete(sock, base ++ opts) == :ok
          refute sent(sock) =~ hd(unquote(sent))
        else
          # What a kernel does not know it refuses or leaves out.
          case Rule.add(sock, base ++ opts) do
            :ok -> refute sent(sock) =~ List.last(unquote(sent))
            {:error, %Error{errno: errno}} -> assert errno in [:einval, :eopnotsupp]
          end
        end
      end
    end
  end

  test "ports are those that the kernel takes", %{ns: ns, sock: sock} do
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

  # The link by which the kernel would send a packet.
  defp way(ns, dst, packet) do
    [%{"dev" => dev}] = ip_json(ns, "route get #{dst} #{packet}")
    dev
  end

  defp sent(sock) do
    {:ok, messages} = Request.talk(sock, 34, 0x300, <<0::96>>)
    Enum.map_join(messages, & &1.payload)
  end

  test "deleting distinguishes rules by what is given", %{ns: ns, sock: sock} do
    for n <- 1..3, do: assert(Rule.add(sock, table: 100 + n, priority: 900, fwmark: n) == :ok)

    assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, table: 101, fwmark: 2)
    assert Rule.delete(sock, table: 102, priority: 900) == :ok
    assert Enum.map(made(ns, :inet), & &1["table"]) == ["101", "103"]
  end

  # Rules of one priority, written down for ip in the order they are gone through.
  describe "of rules of one priority" do
    @inet ["from 10.0.0.0/8 tos 8", "from 10.0.0.0/8", "", "fwmark 3"]
    @inet6 ["from fd00::/8 tos 8", "from fd00::/8", "", "fwmark 3"]

    # Made with the least special first: the other way round, ip takes them for the same.
    defp made_of(ns, family, lines) do
      for line <- lines,
          do: ip!(ns, "#{flag(family)} rule add priority 900 #{line} table 7")

      made(ns, family)
    end

    for {family, lines} <- [inet: @inet, inet6: @inet6] do
      test "the very one is deleted, or it is said which one is in the way, #{family}",
           %{ns: ns, sock: sock} do
        family = unquote(family)
        [tos, from, all, mark] = unquote(lines)
        in_ip = made_of(ns, family, [all, from, tos, mark])
        {:ok, rules} = Rule.list(sock, family: family)
        [all, from, tos, mark] = for %{priority: 900} = rule <- rules, do: rule

        # Each is the first that has all that it says.
        assert Rule.delete(sock, from) == :ok
        assert made(ns, family) == List.delete_at(in_ip, 1)
        assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, from)
        assert Rule.delete(sock, mark) == :ok
        assert Rule.delete(sock, all) == :ok
        assert made(ns, family) == [Enum.at(in_ip, 2)]

        # Now the one that says less is behind the one that says more.
        opts = [priority: 900, table: 7, family: family]
        assert Rule.add(sock, opts) == :ok
        assert length(made(ns, family)) == 2
        assert Rule.delete(sock, all) == {:error, {:shadowed_by, tos}}
        assert length(made(ns, family)) == 2
        assert Rule.delete(sock, tos) == :ok
        assert Rule.delete(sock, all) == :ok
        assert made(ns, family) == []
      end

      test "one is added although the kernel takes another for it, #{family}",
           %{ns: ns, sock: sock} do
        family = unquote(family)
        [tos, from, _all, _mark] = unquote(lines)
        made_of(ns, family, [tos])
        ip!(ns, "#{flag(family)} rule add priority 901 goto 1000")
        network = from |> String.split() |> List.last()
        opts = [priority: 900, table: 7, family: family]

        for opts <- [
              [from: network] ++ opts,
              opts,
              [invert: true, from: network] ++ opts,
              [priority: 901, goto: 2000, family: family]
            ] do
          before = made(ns, family)
          assert Rule.add(sock, opts) == :ok
          assert [_] = made(ns, family) -- before
          # And not twice.
          assert {:error, %Error{errno: :eexist}} = Rule.add(sock, opts)
          assert {:error, %Error{errno: :eexist}} = Rule.add(sock, [echo: true] ++ opts)
        end

        assert length(made(ns, family)) == 6
      end

      test "what the kernel does not compare is compared, #{family}", %{ns: ns, sock: sock} do
        family = unquote(family)
        [_tos, from, _all, _mark] = unquote(lines)
        ip!(ns, "#{flag(family)} rule add priority 900 not #{from} table 7")
        ip!(ns, "#{flag(family)} rule add priority 901 goto 1000")
        before = made(ns, family)
        network = from |> String.split() |> List.last()
        opts = [priority: 900, table: 7, from: network]

        for opts <- [[invert: false] ++ opts, [priority: 901, goto: 2000, family: family]],
            do: assert({:error, %Error{errno: :enoent}} = Rule.delete(sock, opts))

        # A rule that was listed and is gone: the other is not it.
        {:ok, [rule]} = here(sock, family, 900)
        assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, %{rule | flags: 0})
        assert made(ns, family) == before

        assert Rule.add(sock, [invert: false] ++ opts) == :ok
        assert {:error, {:shadowed_by, ^rule}} = Rule.delete(sock, [invert: false] ++ opts)
        assert length(made(ns, family)) == 3
        assert Rule.delete(sock, [invert: true] ++ opts) == :ok
        assert Rule.delete(sock, [invert: false] ++ opts) == :ok
        assert Rule.delete(sock, priority: 901, goto: 1000, family: family) == :ok
        assert made(ns, family) == []
      end
    end

    test "the kernel takes what it takes in a batch", %{ns: ns, sock: sock} do
      made_of(ns, :inet, ["from 10.0.0.0/8 fwmark 1", "from 10.0.0.0/8"])
      {:ok, [mark, from]} = here(sock, :inet, 900)
      assert Rule.delete(sock, from) == {:error, {:shadowed_by, mark}}

      {:ok, results} =
        Batch.run(sock, fn batch -> for rule <- [from, from], do: Rule.delete(batch, rule) end)

      assert results == [:ok, :ok]
      assert made(ns, :inet) == []
    end

    test "one of no priority is deleted as such", %{ns: ns, sock: sock} do
      ip!(ns, "rule add priority 0 from 10.0.0.0/8 table 7")
      {:ok, [_local, rule]} = here(sock, :inet, nil)
      assert Rule.delete(sock, rule) == :ok

      ip!(ns, "rule add priority 5 from 10.0.0.0/8 table 7")
      assert {:error, %Error{errno: :enoent}} = Rule.delete(sock, rule)
      assert {:ok, results} = Batch.run(sock, fn batch -> [Rule.delete(batch, rule)] end)
      assert [{:error, %Error{errno: :enoent}}] = results
      assert [%{"priority" => 5}] = made(ns, :inet)
    end
  end

  defp here(sock, family, priority) do
    with {:ok, rules} <- Rule.list(sock, family: family),
         do: {:ok, Enum.filter(rules, &(&1.priority == priority))}
  end

  test "reading gives what ip gives", %{ns: ns, sock: sock} do
    ip!(ns, "rule add from 10.0.0.0/24 fwmark 7 table 5000 priority 900")
    ip!(ns, "-6 rule add to fd00::/8 table 77 priority 901")

    for {family, number} <- [inet: 2, inet6: 10] do
      assert {:ok, rules} = Rule.list(sock, family: family)
      assert Enum.all?(rules, &(&1.family == number))

      # With numbers in place of the names of tables.
      shown = ip_json(ns, "-N -details #{flag(family)} rule show")

      assert Enum.map(rules, &{&1.priority || 0, to_string(Rule.target_table(&1))}) ==
               Enum.map(shown, &{&1["priority"], &1["table"]})
    end

    {:ok, all} = Rule.list(sock)
    {:ok, inet} = Rule.list(sock, family: :inet)
    {:ok, inet6} = Rule.list(sock, family: :inet6)
    assert (inet ++ inet6) -- all == []
  end

  for {flag, add, then} <- [
        {:iif_detached, "iif v0 table 100", "link delete v0"},
        {:oif_detached, "oif v0 table 100", "link delete v0"},
        {:unresolved, "goto 78", "rule delete priority 78"}
      ],
      {family, ip} <- [inet: "-4", inet6: "-6"] do
    test "flags say what became of a rule: #{flag}, #{family}", %{ns: ns, sock: sock} do
      ip!(ns, "#{unquote(ip)} rule add priority 78 table 100")
      ip!(ns, "#{unquote(ip)} rule add priority 77 not #{unquote(add)}")

      flags = fn ->
        {:ok, [rule]} = here(sock, unquote(family), 77)
        Rule.flags(rule)
      end

      assert flags.() == [:invert]
      ip!(ns, "#{unquote(ip)} #{unquote(then)}")
      assert flags.() == [:invert, unquote(flag)]
      word = unquote(Atom.to_string(flag))

      assert [%{^word => nil}] =
               for(%{"priority" => 77} = one <- made(ns, unquote(family)), do: one)
    end
  end

  describe "getting" do
    setup %{ns: ns} do
      ip!(ns, "rule add priority 7 from 10.0.0.0/8 fwmark 5 table 100 protocol bgp")
      ip!(ns, "rule add priority 7 not from 10.0.0.0/8 table 100")
      ip!(ns, "-6 rule add priority 8 to fd00::/8 ipproto udp table main")
      :ok
    end

    for {opts, priority, flags} <- [
          {[priority: 7], 7, []},
          {[from: "10.0.0.0/8"], 7, []},
          {[from: {{10, 0, 0, 0}, 8}, invert: true], 7, [:invert]},
          {[fwmark: 5, protocol: :bgp, table: 100], 7, []},
          {[family: :inet6, ip_proto: :udp], 8, []},
          {[to: "fd00::/8", table: :main], 8, []},
          {[table: :local], 0, []}
        ] do
      test "gives the first with #{inspect(opts)}", %{sock: sock} do
        assert {:ok, rule} = Rule.get(sock, unquote(Macro.escape(opts)))
        assert {rule.priority || 0, Rule.flags(rule)} == {unquote(priority), unquote(flags)}
        assert {:ok, rules} = Rule.list(sock)
        assert rule in rules
      end
    end

    for opts <- [[priority: 9], [from: "10.0.0.0/9"], [fwmark: 5, table: 101], [goto: 9]] do
      test "is :enoent where no rule has #{inspect(opts)}", %{sock: sock} do
        assert {:error, %Error{errno: :enoent}} = Rule.get(sock, unquote(Macro.escape(opts)))
      end
    end

    test "refuses wrong options", %{sock: sock} do
      assert Rule.get(sock, odd: 1) == {:error, {:unknown_option, :odd}}
      assert Rule.get(sock, table: :odd) == {:error, {:bad_option, :table, :odd}}
      assert Rule.get(sock, from: "10.0.0.0/33") == {:error, {:bad_cidr, "10.0.0.0/33"}}
    end
  end

  test "tables go by name", %{ns: ns, sock: sock} do
    assert Rule.add(sock, table: :main, priority: 77) == :ok
    assert [%{"table" => "main"}] = ip_json(ns, "rule show priority 77")
    assert Rule.delete(sock, table: :main, priority: 77) == :ok
    assert ip_json(ns, "rule show priority 77") == []
  end

  test "realms have an accessor", %{ns: ns, sock: sock} do
    ip!(ns, "rule add priority 77 realms 3/4 table 7")
    assert {:ok, rule} = Rule.get(sock, priority: 77)
    assert Rule.realms(rule) == {3, 4}
  end

  test "actions and protocols are by name what they are to ip", %{ns: ns, sock: sock} do
    for {family, ip} <- [inet: "-4", inet6: "-6"] do
      for {line, n} <- Enum.with_index(~w(blackhole unreachable prohibit nop)),
          do: ip!(ns, "#{ip} rule add priority #{70 + n} #{line} protocol bgp")

      ip!(ns, "#{ip} rule add priority 74 goto 32766 protocol ra")
      ip!(ns, "#{ip} rule add priority 75 table 7 protocol 76")

      {:ok, rules} = Rule.list(sock, family: family)
      rules = for %{priority: priority} = rule when priority in 70..75 <- rules, do: rule

      assert Enum.map(rules, &Rule.action/1) ==
               ~w(blackhole unreachable prohibit nop goto to_tbl)a

      assert Enum.map(rules, &Rule.protocol/1) == [:bgp, :bgp, :bgp, :bgp, :ra, 76]
    end
  end
end
