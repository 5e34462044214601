defmodule Linx.Namespace.Generic.TcpMetricsTest do
  use Linx.Test.NamespaceCase, async: true

  alias Linx.IP
  alias Linx.Netlink.{Batch, Error, Generic, Socket}
  alias Linx.Netlink.Generic.TcpMetrics
  alias Linx.Test.Tcp

  @servers ["192.0.2.2", "192.0.2.3", "2001:db8::2"]

  # Two namespaces, with connections from the first to three addresses of the second that have ended.
  setup %{ns: ns, path: path} do
    other = netns!()
    ip!(ns, "link add va type veth peer name vb netns #{other}")
    for {ns, link} <- [{ns, "va"}, {other, "vb"}], do: ip!(ns, "link set #{link} up")
    for {ns, link} <- [{ns, "va"}, {other, "vb"}], do: carrier(ns, link)

    for address <- ["192.0.2.1/24", "2001:db8::1/64"],
        do: ip!(ns, "address add #{address} dev va")

    for address <- ["192.0.2.2/24", "192.0.2.3/24", "2001:db8::2/64"],
        do: ip!(other, "address add #{address} dev vb")

    for ns <- [ns, other], do: addresses_ready(ns)
    for ns <- [ns, other], do: sysctl!(ns, "net/ipv4/tcp_fastopen": 3)

    for address <- @servers do
      Tcp.serve!(other, address, 7000)
      :ok = ns |> Tcp.connect!(address, 7000) |> Tcp.close!()
    end

    # The kernel writes an entry when the last acknowledgement has arrived.
    eventually(fn -> length(shown(ns)) == length(@servers) end)

    {:ok, sock} = Generic.open({:path, path})
    on_exit(fn -> Socket.close(sock) end)
    %{sock: sock, other: other}
  end

  # `ip tcp_metrics show` prints one family at a time.
  defp shown(ns),
    do: ip_json(ns, "-4 tcp_metrics show") ++ ip_json(ns, "-6 tcp_metrics show")

  # An entry as `ip` shows it: microseconds as seconds.
  defp plain(entry) do
    [
      {"dst", to_string(TcpMetrics.address(entry))},
      {"source", to_string(TcpMetrics.source(entry))},
      {"cwnd", entry.vals && entry.vals.cwnd},
      {"ssthresh", entry.vals && entry.vals.ssthresh},
      {"reordering", entry.vals && entry.vals.reordering},
      {"rtt", TcpMetrics.rtt(entry)},
      {"rttvar", TcpMetrics.rttvar(entry)},
      {"fopen_miss", entry.fopen_mss},
      {"fo_cookie", entry.fopen_cookie && Base.encode16(entry.fopen_cookie, case: :lower)},
      {"tw_ts", entry.tw_tsval}
    ]
    |> Enum.reject(fn {_, value} -> value == nil end)
    |> Map.new()
  end

  defp theirs(entry) do
    entry = Map.drop(entry, ["age"])

    Map.new(entry, fn
      {key, seconds} when key in ["rtt", "rttvar"] -> {key, round(seconds * 1_000_000)}
      pair -> pair
    end)
  end

  test "entries are those that ip tcp_metrics shows", %{sock: sock, ns: ns} do
    {:ok, entries} = TcpMetrics.list(sock)
    ours = entries |> Enum.map(&plain/1) |> Enum.sort()
    assert ours == ns |> shown() |> Enum.map(&theirs/1) |> Enum.sort()
    assert ours |> Enum.map(& &1["dst"]) |> Enum.sort() == @servers
    assert Enum.all?(ours, &(&1["rtt"] > 0 and &1["cwnd"] > 0))
    assert Enum.all?(ours, &(&1["fopen_miss"] > 0 and byte_size(&1["fo_cookie"]) == 16))

    # An age lies between those that ip shows before and after.
    age = fn -> Enum.find(shown(ns), &(&1["dst"] == "192.0.2.2"))["age"] end
    before = age.()
    {:ok, %{age: ours}} = TcpMetrics.get(sock, "192.0.2.2")
    assert ours in round(before * 1000)..round(age.() * 1000)
  end

  test "an entry is found by its addresses", %{sock: sock} do
    for {address, source} <- [{"192.0.2.3", "192.0.2.1"}, {"2001:db8::2", "2001:db8::1"}] do
      {:ok, peer} = IP.parse(address)
      {:ok, local} = IP.parse(source)
      assert {:ok, entry} = TcpMetrics.get(sock, address)
      assert {TcpMetrics.address(entry), TcpMetrics.source(entry)} == {peer, local}
      assert {:ok, %TcpMetrics{}} = TcpMetrics.get(sock, peer, source: local)
      assert {:error, %Error{errno: :esrch}} = TcpMetrics.get(sock, peer, source: peer)
    end

    assert {:error, %Error{errno: :esrch}} = TcpMetrics.get(sock, "192.0.2.9")
  end

  # The kernel deletes for root of the initial user namespace alone.
  test "entries are deleted", %{sock: sock, ns: ns} do
    case TcpMetrics.delete(sock, "192.0.2.2", source: "192.0.2.9") do
      {:error, %Error{errno: :eperm}} ->
        refute initial_user_namespace?()
        IO.puts(:stderr, "\nNot tested: entries are not deleted in this user namespace.")

      refused ->
        assert {:error, %Error{errno: :esrch}} = refused
        delete_all(sock, ns)
    end
  end

  # user_namespaces(7): all ids, mapped to themselves.
  defp initial_user_namespace?,
    do: String.split(File.read!("/proc/self/uid_map")) == ["0", "0", "4294967295"]

  defp delete_all(sock, ns) do
    assert {:ok, [:ok, :ok, {:error, %Error{errno: :esrch}}]} =
             Batch.run(sock, fn batch ->
               [
                 TcpMetrics.delete(batch, "192.0.2.2", source: "192.0.2.1"),
                 TcpMetrics.delete(batch, "2001:db8::2"),
                 TcpMetrics.delete(batch, "2001:db8::2")
               ]
             end)

    assert [%{"dst" => "192.0.2.3"}] = shown(ns)
    assert TcpMetrics.flush(sock) == :ok
    assert shown(ns) == []
    assert TcpMetrics.list(sock) == {:ok, []}
  end
end
