defmodule Linx.Namespace.Nfnl.ConntrackCliTest do
  # Agreement with the program `conntrack`, in both directions.
  use Linx.Test.NamespaceCase, async: true

  alias Linx.Netlink.{Error, Nfnl}
  alias Linx.Netlink.Nfnl.Conntrack
  alias Linx.Netlink.Nfnl.Conntrack.{Counters, Protoinfo, Tuple}

  @flows [
    "-s 10.0.0.1 -d 10.0.0.2 -p udp --sport 1001 --dport 53 -t 300 -u SEEN_REPLY -m 7 -w 5",
    "-s 10.0.0.1 -d 10.0.0.2 -p tcp --state ESTABLISHED --sport 1002 --dport 443 -t 400",
    "-s fd00::1 -d fd00::2 -p udp --sport 1003 --dport 53 -t 500 -m 0x17"
  ]

  @protocols %{tcp: 6, udp: 17}

  setup :with_nfnl

  setup %{ns: ns} do
    ip!(ns, "link set lo up")
    :ok
  end

  # Runs a test if the program exists and the kernel accepts its entries.
  defp judged(ns, test) do
    cond do
      System.find_executable("conntrack") == nil ->
        IO.puts(:stderr, "\nNot tested: conntrack is not installed.")

      Enum.all?(@flows, &(run(ns, "-I " <> &1) == :ok)) ->
        test.()

      true ->
        IO.puts(:stderr, "\nNot tested: this kernel refuses entries that conntrack creates.")
    end
  end

  defp run(ns, line) do
    args = ["netns", "exec", ns, "conntrack" | OptionParser.split(line)]

    case System.cmd("ip", args, stderr_to_stdout: true) do
      {_, 0} -> :ok
      {_, _} -> :error
    end
  end

  # The entries of `conntrack -o xml`, by the source port of the original direction.
  defp shown(ns, filter \\ "") do
    text = exec!(ns, "sh", ["-c", "conntrack -L -o xml,id #{filter} 2>/dev/null"])

    for [flow] <- Regex.scan(~r{<flow>.*?</flow>}s, text), into: %{} do
      [original, reply, rest] = String.split(flow, ~r{<meta direction="\w+">}, trim: true) |> tl()
      {word(original, "sport"), %{orig: original, reply: reply, rest: rest}}
    end
  end

  defp word(xml, tag) do
    case Regex.run(~r{<#{tag}>([^<]*)</#{tag}>}, xml) do
      [_, text] -> text
      nil -> nil
    end
  end

  defp port(entry), do: entry.tuple_orig.proto.src_port |> to_string()

  defp assert_tuple(%Tuple{} = tuple, xml) do
    assert {:ok, Tuple.source(tuple)} == Linx.IP.parse(word(xml, "src"))
    assert {:ok, Tuple.destination(tuple)} == Linx.IP.parse(word(xml, "dst"))
    assert to_string(tuple.proto.src_port) == word(xml, "sport")
    assert to_string(tuple.proto.dst_port) == word(xml, "dport")
    assert xml =~ ~s(<layer4 protonum="#{@protocols[tuple.proto.num]}")
  end

  test "entries that conntrack created are listed as it lists them", %{ns: ns, sock: sock} do
    sysctl!(ns, [{"net/netfilter/nf_conntrack_acct", 1}])

    judged(ns, fn ->
      flows = shown(ns)
      assert {:ok, entries} = Conntrack.list(sock)
      assert entries |> Enum.map(&port/1) |> Enum.sort() == flows |> Map.keys() |> Enum.sort()
      assert map_size(flows) == 3

      for entry <- entries, %{orig: orig, reply: reply, rest: rest} = flows[port(entry)] do
        assert_tuple(entry.tuple_orig, orig)
        assert_tuple(entry.tuple_reply, reply)
        assert orig =~ ~s(protoname="#{entry.family}")
        assert to_string(entry.mark) == word(rest, "mark")
        assert to_string(entry.zone || 0) == (word(rest, "zone") || "0")
        assert to_string(entry.use) == word(rest, "use")
        # conntrack may print the ID without converting it from network byte order.
        assert <<entry.id::32>> == <<String.to_integer(word(rest, "id"))::native-32>> or
                 to_string(entry.id) == word(rest, "id")

        assert (String.to_integer(word(rest, "timeout")) - entry.timeout) in 0..90
        assert :seen_reply in entry.status == not (rest =~ "<unreplied/>")
        state = entry.protoinfo && entry.protoinfo.tcp && entry.protoinfo.tcp.state
        assert (state && String.upcase(to_string(state))) == word(rest, "state")
        assert entry.counters_orig == %Counters{packets: 0, bytes: 0}
        assert {word(orig, "packets"), word(orig, "bytes")} == {"0", "0"}
      end
    end)
  end

  test "lists are filtered as conntrack filters them", %{ns: ns, sock: sock} do
    judged(ns, fn ->
      for {opts, filter} <- [
            {[family: :ipv4], "-f ipv4"},
            {[family: :ipv6], "-f ipv6"},
            {[mark: 7], "-m 7"},
            {[mark: {0x7, 0xF}], "-m 7/15"},
            {[zone: 5], "-w 5"},
            {[zone: 9], "-w 9"}
          ] do
        assert {:ok, entries} = Conntrack.list(sock, opts)

        assert {opts, entries |> Enum.map(&port/1) |> Enum.sort()} ==
                 {opts, ns |> shown(filter) |> Map.keys() |> Enum.sort()}
      end
    end)
  end

  test "conntrack lists entries that are created, changed, deleted and flushed", %{
    ns: ns,
    sock: sock
  } do
    judged(ns, fn ->
      {:ok, orig} = Tuple.new("192.0.2.1", "192.0.2.2", 6, 1004, 80)
      {:ok, reply} = Tuple.new("192.0.2.2", "192.0.2.1", 6, 80, 1004)
      tcp = %Protoinfo{tcp: %Protoinfo.Tcp{state: :time_wait}}

      entry = %Conntrack{
        tuple_orig: orig,
        tuple_reply: reply,
        timeout: 900,
        mark: 0x2A,
        zone: 3,
        protoinfo: tcp
      }

      assert Conntrack.create(sock, entry) == :ok
      assert %{"1004" => flow} = shown(ns)
      assert_tuple(orig, flow.orig)
      assert_tuple(reply, flow.reply)

      assert {word(flow.rest, "state"), word(flow.rest, "mark"), word(flow.rest, "zone")} ==
               {"TIME_WAIT", "42", "3"}

      assert Conntrack.update(sock, %Conntrack{tuple_orig: orig, zone: 3, mark: 43}) == :ok
      assert word(shown(ns)["1004"].rest, "mark") == "43"

      assert Conntrack.delete(sock, entry) == :ok
      assert Map.keys(shown(ns)) == ~w(1001 1002 1003)
      assert Conntrack.flush(sock, family: :ipv6) == :ok
      assert Map.keys(shown(ns)) == ~w(1001 1002)
      assert Conntrack.flush(sock, mark: 7) == :ok
      assert Map.keys(shown(ns)) == ~w(1002)
      assert Conntrack.flush(sock) == :ok
      assert shown(ns) == %{}
    end)
  end

  test "entries that conntrack creates, changes and deletes are events", %{ns: ns, path: path} do
    judged(ns, fn ->
      groups = [:conntrack_new, :conntrack_update, :conntrack_destroy]
      {:ok, _monitor} = Nfnl.Monitor.start_link(netns: {:path, path}, groups: groups)

      flow = "-s 10.0.0.7 -d 10.0.0.8 -p udp --sport 1007 --dport 53"
      assert run(ns, "-I #{flow} -t 300 -u SEEN_REPLY -m 7") == :ok
      assert run(ns, "-U #{flow} -m 0x80") == :ok
      assert run(ns, "-D #{flow}") == :ok

      for {op, mark} <- [new_conntrack: 7, update_conntrack: 0x80, destroy_conntrack: 0x80] do
        assert_receive {:linx_nfnl, :event, %Nfnl.Event{op: ^op, resource: entry}}
        assert {op, entry.mark, entry.tuple_orig.proto.src_port} == {op, mark, 1007}
        assert to_string(Tuple.destination(entry.tuple_orig)) == "10.0.0.8"
      end
    end)
  end

  test "invalid entries are refused, and change nothing", %{ns: ns, sock: sock} do
    judged(ns, fn ->
      before = ns |> shown() |> Map.keys()
      {:ok, tuple} = Tuple.new("192.0.2.1", "192.0.2.2", 17, 5, 6)
      {:ok, portless} = Tuple.new("192.0.2.1", "192.0.2.2", 17)

      for entry <- [
            %Conntrack{},
            %Conntrack{tuple_orig: tuple},
            %Conntrack{tuple_orig: portless, tuple_reply: portless, timeout: 9},
            %Conntrack{tuple_orig: %Tuple{}, tuple_reply: tuple, timeout: 9},
            %Conntrack{family: 99, tuple_orig: tuple, tuple_reply: tuple, timeout: 9}
          ] do
        assert {:error, %Error{errno: errno}} = Conntrack.create(sock, entry)
        assert is_atom(errno)
      end

      assert {:error, %Error{}} = Conntrack.get(sock, %Tuple{})
      assert {:error, %Error{}} = Conntrack.delete(sock, %Conntrack{tuple_orig: %Tuple{}})

      assert {:error, %Error{errno: :enoent}} =
               Conntrack.update(sock, %Conntrack{tuple_orig: tuple, mark: 1})

      assert_raise ArgumentError, fn ->
        Conntrack.update(sock, %Conntrack{tuple_orig: tuple, mark: -1})
      end

      assert ns |> shown() |> Map.keys() == before
    end)
  end

  @sctp_states ~w(closed cookie_wait cookie_echoed established shutdown_sent shutdown_recd
                  shutdown_ack_sent)a

  test "states of SCTP have the names of conntrack", %{ns: ns, sock: sock} do
    judged(ns, fn ->
      assert Conntrack.flush(sock) == :ok

      made =
        for {state, n} <- Enum.with_index(@sctp_states, 2000),
            name = state |> to_string() |> String.upcase(),
            flow = "-s 10.0.0.1 -d 10.0.0.2 -p sctp --sport #{n} --dport 9 -t 300",
            run(ns, "-I #{flow} --state #{name} --orig-vtag 5 --reply-vtag 6") == :ok,
            do: {n, {:sctp, state}}

      if made == [], do: IO.puts(:stderr, "\nNot tested: this kernel does not track SCTP.")
      assert {:ok, entries} = Conntrack.list(sock)

      assert Map.new(entries, &{&1.tuple_orig.proto.src_port, names(&1)}) == Map.new(made)
    end)
  end

  defp names(entry), do: {entry.tuple_orig.proto.num, entry.protoinfo.sctp.state}
end
