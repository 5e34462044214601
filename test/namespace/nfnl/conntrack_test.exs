defmodule Linx.Namespace.Nfnl.ConntrackTest do
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Firewall

  alias Linx.Netlink.{Batch, Error, Socket}
  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.{Counters, Protoinfo, Tuple}

  setup :with_nfnl

  setup %{ns: ns} do
    ip!(ns, "link set lo up")
    :ok
  end

  # Entries are created by the test, so that neither traffic nor tables of nf_tables are needed.
  defp udp(source, port, more \\ []) do
    {:ok, orig} = Tuple.new(source, destination(source), 17, port, 53)
    {:ok, reply} = Tuple.new(destination(source), source, 17, 53, port)

    struct(
      %Conntrack{tuple_orig: orig, tuple_reply: reply, timeout: 300, status: [:confirmed]},
      more
    )
  end

  defp destination(source), do: if(source =~ ":", do: "fd00::99", else: "10.0.0.99")

  # Runs a test if the kernel tracks connections with the fields of `needed`.
  defp tracking(sock, needed \\ [], test) do
    probe = udp("10.9.9.9", 9, Enum.map(needed, &{&1, 1}))

    with :ok <- Conntrack.create(sock, probe),
         :ok <- Conntrack.delete(sock, probe) do
      test.()
    else
      {:error, %Error{errno: :eopnotsupp}} ->
        IO.puts(:stderr, "\nNot tested: connections of this kernel have no #{inspect(needed)}.")
    end
  end

  # The lines of /proc/net/nf_conntrack as maps. Of two equal keys the first, of the original
  # direction, is kept.
  defp shown(ns) do
    for line <- ns |> exec!("cat", ["/proc/net/nf_conntrack"]) |> String.split("\n", trim: true) do
      [l3, _, l4, number, timeout | rest] = String.split(line)

      rest
      |> Enum.flat_map(fn word ->
        case String.split(word, "=", parts: 2) do
          [key, value] -> [{key, value}]
          [word] -> [{word, true}]
        end
      end)
      |> Enum.reverse()
      |> Map.new()
      |> Map.merge(%{l3: l3, l4: l4, number: number, timeout: String.to_integer(timeout)})
    end
  end

  defp ports(entries), do: entries |> Enum.map(& &1.tuple_orig.proto.src_port) |> Enum.sort()

  test "entries are listed as /proc has them", %{ns: ns, sock: sock} do
    tracking(sock, [:mark, :zone], fn ->
      :ok = Conntrack.create(sock, udp("10.0.0.1", 1001, mark: 7))
      :ok = Conntrack.create(sock, udp("fd00::1", 1002, zone: 5))
      assert {:ok, entries} = Conntrack.list(sock)
      lines = shown(ns)
      assert length(lines) == 2

      for entry <- entries do
        tuple = entry.tuple_orig
        line = Enum.find(lines, &(&1["sport"] == "#{tuple.proto.src_port}"))
        assert line.l3 == to_string(entry.family)
        assert {line.l4, line.number} == {"udp", "17"}
        assert {:ok, Tuple.source(tuple)} == Linx.IP.parse(line["src"])
        assert {:ok, Tuple.destination(tuple)} == Linx.IP.parse(line["dst"])
        assert "#{tuple.proto.dst_port}" == line["dport"]
        assert "#{entry.mark}" == line["mark"]
        assert "#{entry.zone || 0}" == Map.get(line, "zone", "0")
        assert line.timeout in (entry.timeout - 90)..entry.timeout
        assert :confirmed in entry.status
        assert entry.tuple_reply.proto.src_port == 53
        assert is_integer(entry.id)
      end
    end)
  end

  test "an entry is read in a batch, at its place among changes", %{sock: sock} do
    tracking(sock, fn ->
      entry = udp("10.0.0.1", 1001)
      get = &Conntrack.get(&1, entry.tuple_orig)
      steps = [get, &Conntrack.create(&1, entry), get, &Conntrack.delete(&1, entry), get]

      assert {:ok, [{:error, %Error{errno: :enoent}}, :ok, {:ok, read}, :ok, {:error, absent}]} =
               Batch.run(sock, fn batch -> for step <- steps, do: step.(batch) end)

      assert {read.tuple_orig, read.tuple_reply} == {entry.tuple_orig, entry.tuple_reply}
      assert absent.errno == :enoent

      # An acknowledgement does not fit behind the entry.
      :ok = Socket.set_rcvbuf(sock, 1)
      :ok = Conntrack.create(sock, entry)
      assert {:ok, alone} = get.(sock)
      assert {:ok, [{:ok, in_batch}]} = Batch.run(sock, &[get.(&1)])
      assert %{in_batch | timeout: nil} == %{alone | timeout: nil}
    end)
  end

  test "lists are filtered by family, mark and zone", %{sock: sock} do
    tracking(sock, [:mark, :zone], fn ->
      for {entry, n} <-
            Enum.with_index([
              [mark: 0x11],
              [mark: 0x12, zone: 3],
              [mark: 0x21, zone: 3],
              [zone: 4],
              []
            ]) do
        assert Conntrack.create(sock, udp("10.0.0.1", 1000 + n, entry)) == :ok
      end

      :ok = Conntrack.create(sock, udp("fd00::1", 2000, mark: 0x11))

      for {opts, expected} <- [
            {[], [1000, 1001, 1002, 1003, 1004, 2000]},
            {[family: :ipv4], [1000, 1001, 1002, 1003, 1004]},
            {[family: :ipv6], [2000]},
            {[mark: 0x11], [1000, 2000]},
            {[mark: 0], [1003, 1004]},
            {[mark: {0x10, 0xF0}], [1000, 1001, 2000]},
            {[mark: {0x1, 0xF}], [1000, 1002, 2000]},
            {[mark: 0x11, family: :ipv4], [1000]},
            {[zone: 3], [1001, 1002]},
            {[zone: 0], [1000, 1004, 2000]},
            {[zone: 3, mark: 0x21], [1002]},
            {[zone: 9], []}
          ] do
        assert {:ok, entries} = Conntrack.list(sock, opts)
        assert {opts, ports(entries)} == {opts, expected}
      end
    end)
  end

  test "the kernel filters lists", %{sock: sock} do
    tracking(sock, [:mark], fn ->
      for n <- 1..200, do: :ok = Conntrack.create(sock, udp("10.0.0.1", n, mark: rem(n, 2)))

      query = Conntrack.encode(%Conntrack{family: :ipv4, mark: 1, mark_mask: 0xFFFFFFFF})
      assert {:ok, messages} = Linx.Netlink.Request.talk(sock, 0x0101, 0x300, query)
      assert length(messages) == 100
    end)
  end

  test "an entry is found by the tuple of either direction", %{sock: sock} do
    tracking(sock, [:mark, :zone], fn ->
      entry = udp("10.0.0.1", 1001, mark: 7)
      :ok = Conntrack.create(sock, entry)
      :ok = Conntrack.create(sock, udp("10.0.0.1", 1001, mark: 8, zone: 2))

      assert {:ok, %Conntrack{mark: 7} = got} = Conntrack.get(sock, entry.tuple_orig)
      assert got.tuple_reply == entry.tuple_reply
      assert {:ok, again} = Conntrack.get(sock, entry.tuple_reply)
      # A second may have passed.
      assert %{again | timeout: got.timeout, use: got.use} == got
      assert {:ok, %Conntrack{mark: 8, zone: 2}} = Conntrack.get(sock, entry.tuple_orig, zone: 2)

      {:ok, absent} = Tuple.new("10.0.0.1", "10.0.0.2", 17, 1, 2)
      assert {:error, %Error{errno: :enoent}} = Conntrack.get(sock, absent)
    end)
  end

  test "an entry is changed", %{ns: ns, sock: sock} do
    tracking(sock, [:mark], fn ->
      entry = udp("10.0.0.1", 1001)
      :ok = Conntrack.create(sock, entry)
      assert {:error, %Error{errno: :eexist}} = Conntrack.create(sock, entry)

      change = %Conntrack{tuple_orig: entry.tuple_orig, mark: 0xABC, timeout: 7000}
      assert Conntrack.update(sock, change) == :ok
      assert [%{"mark" => "2748", timeout: timeout}] = shown(ns)
      assert timeout in 6900..7000
    end)
  end

  test "one entry is deleted, and no other", %{ns: ns, sock: sock} do
    tracking(sock, [:zone], fn ->
      for n <- 1..3, do: :ok = Conntrack.create(sock, udp("10.0.0.1", 1000 + n))
      :ok = Conntrack.create(sock, udp("10.0.0.1", 1002, zone: 1))
      {:ok, listed} = Conntrack.list(sock)
      two = Enum.find(listed, &(&1.tuple_orig.proto.src_port == 1002 and &1.zone == nil))

      assert Conntrack.delete(sock, two) == :ok
      assert {:error, %Error{errno: :enoent}} = Conntrack.delete(sock, two)
      assert ~w(1001 1002 1003) = ns |> shown() |> Enum.map(& &1["sport"]) |> Enum.sort()

      # A new entry with the same tuple is another entry, with another ID.
      :ok = Conntrack.create(sock, udp("10.0.0.1", 1002))
      assert {:error, %Error{errno: :enoent}} = Conntrack.delete(sock, %{two | id: two.id + 1})
      assert length(shown(ns)) == 4
      assert Conntrack.delete(sock, %{two | id: nil}) == :ok
      assert Conntrack.delete(sock, %{udp("10.0.0.1", 1003) | tuple_orig: nil}) == :ok
      assert length(shown(ns)) == 2
    end)
  end

  # Entries of UDP datagrams to ports 1 to 4 of the namespace: with zone 9 for the original
  # direction, for the reply, for both, and without.
  defp zoned(ns, sock, test) do
    zones = [original: 1, reply: 2]
    rules = for {direction, port} <- zones, do: "udp dport #{port} ct #{direction} zone set 9; "

    rule =
      "add table ip t { chain c { type filter hook output priority -300; " <>
        "#{rules} udp dport 3 ct zone set 9; }; chain d { type filter hook output " <>
        "priority 10; ct state new; }; }"

    where(ns, [:ip], [rule], fn ->
      exec!(ns, "nft", [rule])
      for port <- 1..4, do: send_udp(ns, "127.0.0.1", port)
      {:ok, entries} = Conntrack.list(sock)
      by_port = Map.new(entries, &{&1.tuple_orig.proto.dst_port, &1})
      assert map_size(by_port) == 4

      # The zones are those of /proc, where the zone for both directions may be shown as 0.
      lines = Map.new(shown(ns), &{String.to_integer(&1["dport"]), &1})

      for {port, entry} <- by_port do
        zones = [entry.tuple_orig.zone, entry.tuple_reply.zone, entry.zone]
        shown = for key <- ~w(zone-orig zone-reply zone), do: lines[port][key] || "0"
        assert Enum.map(zones, &"#{&1 || 0}") == shown
      end

      test.(by_port)
    end)
  end

  # The ways to identify an entry in a call.
  defp references(entry) do
    [
      %Conntrack{tuple_orig: entry.tuple_orig, zone: entry.zone},
      %Conntrack{tuple_reply: entry.tuple_reply, zone: entry.zone},
      # The tuple of the reply in the place of the original.
      %Conntrack{tuple_orig: entry.tuple_reply, zone: entry.zone},
      # Without the ID, which differs after the entry is created again.
      %{entry | id: nil}
    ]
  end

  test "an entry with a zone for one direction is found by either tuple", %{ns: ns, sock: sock} do
    zoned(ns, sock, fn entries ->
      for {port, entry} <- entries, tuple <- [entry.tuple_orig, entry.tuple_reply] do
        zone = if entry.zone, do: [zone: entry.zone], else: []
        assert {:ok, got} = Conntrack.get(sock, tuple, zone)
        assert {port, got.id} == {port, entry.id}

        # The zone of the tuple may be given apart from it.
        if tuple.zone do
          assert {:ok, got} = Conntrack.get(sock, %{tuple | zone: nil}, zone: tuple.zone)
          assert got.id == entry.id
          assert {:ok, _} = Conntrack.get(sock, tuple, zone: tuple.zone)
          assert {:error, %Error{errno: :einval}} = Conntrack.get(sock, tuple, zone: 8)
          assert {:error, %Error{errno: :enoent}} = Conntrack.get(sock, %{tuple | zone: nil})
          assert {:error, %Error{errno: :enoent}} = Conntrack.get(sock, %{tuple | zone: 8})
        end
      end
    end)
  end

  test "an entry with a zone for one direction is changed by either tuple",
       %{ns: ns, sock: sock} do
    zoned(ns, sock, fn entries ->
      for {port, entry} <- entries, {reference, at} <- Enum.with_index(references(entry)) do
        timeout = 1000 * port + 100 * at
        change = %{reference | timeout: timeout, status: nil, counters_orig: nil}
        assert {port, at, Conntrack.update(sock, change)} == {port, at, :ok}
        [line] = Enum.filter(shown(ns), &(&1["dport"] == "#{port}"))
        assert line.timeout in (timeout - 90)..timeout
      end
    end)
  end

  test "an entry with a zone for one direction is deleted by either tuple",
       %{ns: ns, sock: sock} do
    zoned(ns, sock, fn entries ->
      for {port, entry} <- entries, {reference, at} <- Enum.with_index(references(entry)) do
        assert {port, at, Conntrack.delete(sock, reference)} == {port, at, :ok}
        left = Enum.map(shown(ns), &String.to_integer(&1["dport"]))
        assert Enum.sort(left) == Enum.to_list(1..4) -- [port]
        assert {:error, %Error{errno: :enoent}} = Conntrack.delete(sock, reference)

        made = %{entry | id: nil, use: nil, timeout: 100, counters_orig: nil, timestamp: nil}
        assert Conntrack.create(sock, made) == :ok
        assert {:ok, again} = Conntrack.get(sock, entry.tuple_orig, zone: entry.zone || 0)

        assert {again.zone, again.tuple_orig, again.tuple_reply} ==
                 {entry.zone, entry.tuple_orig, entry.tuple_reply}
      end
    end)
  end

  test "entries with a zone for one direction are listed and flushed with it",
       %{ns: ns, sock: sock} do
    zoned(ns, sock, fn _entries ->
      destinations = fn opts ->
        {:ok, listed} = Conntrack.list(sock, opts)
        listed |> Enum.map(& &1.tuple_orig.proto.dst_port) |> Enum.sort()
      end

      assert destinations.(zone: 9) == [1, 2, 3]
      assert destinations.(zone: 0) == [4]
      assert destinations.(zone: 8) == []

      assert Conntrack.flush(sock, zone: 8) == :ok
      assert length(shown(ns)) == 4
      assert Conntrack.flush(sock, zone: 9) == :ok
      assert ["4"] = Enum.map(shown(ns), & &1["dport"])
      assert Conntrack.flush(sock, zone: 0) == :ok
      assert shown(ns) == []
    end)
  end

  test "matching entries are flushed, and no others", %{ns: ns, sock: sock} do
    tracking(sock, [:mark, :zone], fn ->
      left = fn -> ns |> shown() |> Enum.map(&String.to_integer(&1["sport"])) |> Enum.sort() end

      :ok = Conntrack.create(sock, udp("10.0.0.1", 1, mark: 1))
      :ok = Conntrack.create(sock, udp("10.0.0.1", 2, mark: 2))
      :ok = Conntrack.create(sock, udp("10.0.0.1", 3, mark: 1, zone: 6))
      :ok = Conntrack.create(sock, udp("10.0.0.1", 4, zone: 6))
      :ok = Conntrack.create(sock, udp("fd00::1", 5, mark: 2))
      :ok = Conntrack.create(sock, udp("fd00::1", 6))
      :ok = Conntrack.create(sock, udp("10.0.0.1", 7, mark: 0x101))

      assert Conntrack.flush(sock, zone: 6, mark: 1) == :ok
      assert left.() == [1, 2, 4, 5, 6, 7]
      assert Conntrack.flush(sock, mark: {2, 2}, family: :ipv6) == :ok
      assert left.() == [1, 2, 4, 6, 7]
      assert Conntrack.flush(sock, mark: 1) == :ok
      assert left.() == [2, 4, 6, 7]
      assert Conntrack.flush(sock, zone: 6) == :ok
      assert left.() == [2, 6, 7]
      assert Conntrack.flush(sock, family: :ipv6) == :ok
      assert left.() == [2, 7]
      assert Conntrack.flush(sock) == :ok
      assert left.() == []
      assert Conntrack.flush(sock) == :ok
    end)
  end

  test "entries are counted", %{sock: sock} do
    tracking(sock, fn ->
      assert {:ok, %Conntrack.Count{entries: 0, max_entries: max}} = Conntrack.count(sock)
      assert "#{max}\n" == File.read!("/proc/sys/net/netfilter/nf_conntrack_max")
      for n <- 1..3, do: :ok = Conntrack.create(sock, udp("10.0.0.1", n))
      assert {:ok, %Conntrack.Count{entries: 3}} = Conntrack.count(sock)

      assert {:ok, [%Conntrack.Stats{cpu: 0, insert_failed: 0} | _] = stats} =
               Conntrack.stats(sock)

      assert length(stats) == :erlang.system_info(:logical_processors)
    end)
  end

  test "packets are counted, and counters are reset", %{ns: ns, sock: sock} do
    rule = "add table ip t { chain c { type filter hook output priority 0; ct state new; }; }"

    where(ns, [:ip], [rule], fn ->
      sysctl!(ns, [{"net/netfilter/nf_conntrack_acct", 1}])
      exec!(ns, "nft", rule)
      exec!(ns, "nft", "add rule ip t c ct state new counter")
      send_udp(ns, "127.0.0.1", 4242)

      assert [%{"packets" => packets, "bytes" => bytes}] = shown(ns)
      assert {:ok, [%Conntrack{counters_orig: orig} = entry]} = Conntrack.list(sock)
      assert orig == %Counters{packets: 1, bytes: 31}
      assert {packets, bytes} == {"1", "31"}
      refute :seen_reply in entry.status

      assert {:ok, [%Conntrack{counters_orig: ^orig}]} = Conntrack.list(sock, zero: true)
      assert {:ok, [%Conntrack{counters_orig: zero}]} = Conntrack.list(sock)
      assert zero == %Counters{packets: 0, bytes: 0}
    end)
  end

  test "a TCP connection has its state", %{ns: ns, sock: sock} do
    tracking(sock, fn ->
      {:ok, orig} = Tuple.new("10.0.0.1", "10.0.0.2", 6, 40_000, 443)
      {:ok, reply} = Tuple.new("10.0.0.2", "10.0.0.1", 6, 443, 40_000)

      entry = %Conntrack{
        tuple_orig: orig,
        tuple_reply: reply,
        timeout: 100,
        protoinfo: %Protoinfo{tcp: %Protoinfo.Tcp{state: :established}}
      }

      assert Conntrack.create(sock, entry) == :ok
      assert [%{"ESTABLISHED" => true, l4: "tcp"}] = shown(ns)
      assert {:ok, %Conntrack{protoinfo: %{tcp: tcp}}} = Conntrack.get(sock, orig)
      assert tcp.state == :established
    end)
  end
end
