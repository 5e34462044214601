defmodule Linx.Test.Packets do
  @moduledoc false
  # Packets from one namespace to another, through links with traffic control: `v0` with 10.7.0.1 in the
  # namespace `ns` of the context, and its peer `v1` with 10.7.0.2 in the namespace `other`. The kernel
  # records the time of reception of each packet.
  #
  #     setup :wire
  #
  #     test "packets arrive", %{ns: ns, other: other} do
  #       there = receiver(other, 5000)
  #       send_numbered(sender(ns), 5000, 1..10)
  #       assert numbers(received(there)) == Enum.to_list(1..10)

  import Linx.Test.Netns

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.{Address, Link, Neighbour}

  @here "10.7.0.1"
  @there "10.7.0.2"
  @mac %{"v0" => "02:00:00:00:07:01", "v1" => "02:00:00:00:07:02"}

  # Of a datagram's frame: Ethernet, IPv4, UDP.
  @headers 14 + 20 + 8
  # The number and the time of sending in a datagram.
  @stamp 12

  # SOL_SOCKET, SO_PRIORITY and SO_RCVBUFFORCE; SOL_PACKET, PACKET_AUXDATA; AF_PACKET, ETH_P_ALL in network
  # order.
  @socket 1
  @priority 12
  @rcvbufforce 33
  @sol_packet 263
  @auxdata 8
  @packet 17
  @all 0x0300

  # ms without a packet, after which none comes any more.
  @quiet 200

  @doc """
  The links and their addresses; a `setup` function. The context gains `sock` and `other_sock`, sockets of
  both namespaces, and `other`. No packets are sent but those of the test.
  """
  def wire(%{ns: ns, path: path}) do
    other = netns!()
    for ns <- [ns, other], do: quiet!(ns)
    {:ok, sock} = Rtnl.open({:path, path})
    {:ok, other_sock} = Rtnl.open({:path, path(other)})

    :ok =
      Link.create_veth(sock, "v0", "v1",
        address: @mac["v0"],
        peer: [address: @mac["v1"], netns: {:path, path(other)}]
      )

    for {sock, link, address, peer, mac} <- [
          {sock, "v0", @here, @there, @mac["v1"]},
          {other_sock, "v1", @there, @here, @mac["v0"]}
        ] do
      :ok = Link.set_up(sock, link)
      :ok = Address.add(sock, link, address, 24)
      :ok = Neighbour.replace(sock, link, peer, mac)
    end

    carrier(ns, "v0")
    carrier(other, "v1")
    %{sock: sock, other: other, other_sock: other_sock}
  end

  defp quiet!(ns) do
    sysctl!(ns,
      "net/ipv6/conf/default/disable_ipv6": 1,
      "net/ipv4/conf/default/rp_filter": 0,
      "net/ipv4/conf/all/rp_filter": 0
    )
  end

  @doc "The MAC address of `v0` or `v1`, as bytes."
  def mac(link), do: @mac[link] |> String.replace(":", "") |> Base.decode16!()

  @doc "The bytes of a datagram's frame, as a qdisc counts it, for the size of its payload."
  def frame_size(payload), do: payload + @headers

  @doc "A UDP socket that receives on a port, with the times and the TTLs of packets."
  def receiver(ns, port, address \\ @there) do
    socket = open!(ns, :inet, :dgram, :udp)
    :ok = :socket.setopt(socket, {:socket, :timestamp}, true)
    :ok = :socket.setopt(socket, {:ip, :recvttl}, true)
    :ok = :socket.bind(socket, to(address, port))
    socket
  end

  @doc """
  A UDP socket that sends from an address and a port, with a priority. It waits while its packets are in a
  queue.
  """
  def sender(ns, opts \\ []) do
    socket = open!(ns, :inet, :dgram, :udp)
    :ok = :socket.setopt(socket, {:socket, :sndbuf}, opts[:buffer] || 60_000)
    :ok = :socket.bind(socket, to(opts[:address] || @here, opts[:port] || 0))

    if priority = opts[:priority],
      do: :ok = :socket.setopt_native(socket, {@socket, @priority}, <<priority::native-32>>)

    socket
  end

  @doc "A socket that receives all frames of a link with their VLAN tags, and sends frames on it."
  def wiretap(ns, link) do
    [%{"ifindex" => index}] = ip_json(ns, "link show dev #{link}")
    socket = open!(ns, @packet, :raw, @all)
    :ok = :socket.setopt_native(socket, {@sol_packet, @auxdata}, <<1::native-32>>)
    address = <<@all::native-16, index::native-32, 0::96>>
    :ok = :socket.bind(socket, %{family: @packet, addr: address})
    # What came on other links until then.
    _ = received(socket, 0)
    socket
  end

  defp open!(ns, domain, type, protocol) do
    netns = %{netns: String.to_charlist(path(ns))}
    {:ok, socket} = :socket.open(domain, type, protocol, netns)
    # Needs the initial user namespace; without it, the test reads while packets arrive.
    _ = :socket.setopt_native(socket, {@socket, @rcvbufforce}, <<16_000_000::native-32>>)
    socket
  end

  defp to(address, port) do
    {:ok, ip} = :inet.parse_address(String.to_charlist(address))
    %{family: :inet, addr: ip, port: port}
  end

  @doc """
  Sends a datagram for each number, `size:` bytes long, `to:` an address, with `every:` ms between two.
  """
  def send_numbered(udp, port, numbers, opts \\ []) do
    to = to(opts[:to] || @there, port)
    pause = opts[:every]

    for number <- numbers do
      if pause, do: Process.sleep(pause)
      :ok = :socket.sendto(udp, datagram(number, opts[:size] || 100), to)
    end

    :ok
  end

  @doc """
  Sends datagrams for some milliseconds, as many as the queue takes; with `pace:` that many bytes of frames
  per second. Returns their number.
  """
  def flood(udp, port, ms, opts \\ []) do
    size = opts[:size] || 1000
    start = System.monotonic_time(:millisecond)
    flood(udp, to(@there, port), size, {start, start + ms, opts[:pace]}, 0)
  end

  defp flood(udp, to, size, {start, stop, pace} = times, sent) do
    now = System.monotonic_time(:millisecond)

    cond do
      now >= stop ->
        sent

      pace != nil and sent * frame_size(size) > pace * (now - start) / 1000 ->
        Process.sleep(1)
        flood(udp, to, size, times, sent)

      true ->
        :ok = :socket.sendto(udp, datagram(sent, size), to)
        flood(udp, to, size, times, sent + 1)
    end
  end

  defp datagram(number, size) do
    room = size - @stamp
    <<number::32, System.os_time(:microsecond)::64, 0::size(room)-unit(8)>>
  end

  @doc """
  What arrives until nothing does for a time: maps with `at`, the time of reception in microseconds, `bytes`,
  and what the kind of the socket has: `number`, `delay` in microseconds, `source`, `ttl`; or `tag`, the VLAN
  protocol and tag, `type` of the packet.
  """
  def received(socket, quiet \\ @quiet) do
    case :socket.recvmsg(socket, 0, 0, [], quiet) do
      {:ok, %{addr: %{pkttype: :outgoing}}} -> received(socket, quiet)
      {:ok, message} -> [read(message) | received(socket, quiet)]
      {:error, :timeout} -> []
    end
  end

  @doc """
  Receives while `fun` sends, until nothing arrives for a time after its end: `{value, packets}`, with the
  value of `fun`.
  """
  def collect(socket, fun, quiet \\ @quiet) do
    task = Task.async(fn -> until_done(socket, quiet) end)
    value = fun.()
    send(task.pid, :done)
    {value, Task.await(task, :infinity)}
  end

  defp until_done(socket, quiet) do
    packets = received(socket, quiet)

    receive do
      :done -> packets ++ received(socket, quiet)
    after
      0 -> packets ++ until_done(socket, quiet)
    end
  end

  defp read(%{addr: address, iov: iov, ctrl: controls}) do
    bytes = IO.iodata_to_binary(iov)
    values = for control <- controls, item <- value(control), into: %{}, do: item
    Map.merge(source(address, bytes, values), Map.put(values, :bytes, bytes))
  end

  defp value(%{type: :timestamp, value: %{sec: s, usec: us}}), do: [at: s * 1_000_000 + us]
  defp value(%{type: :ttl, value: ttl}), do: [ttl: ttl]

  # struct tpacket_auxdata of include/uapi/linux/if_packet.h, with TP_STATUS_VLAN_VALID.
  defp value(%{level: @sol_packet, data: data}) do
    <<status::native-32, _::binary-12, tag::native-16, protocol::native-16>> = data
    if Bitwise.band(status, 0x10) != 0, do: [tag: {protocol, tag}], else: [tag: nil]
  end

  defp value(_other), do: []

  defp source(%{family: :inet, addr: ip, port: port}, <<number::32, sent::64, _::binary>>, %{
         at: at
       }),
       do: %{source: {ip, port}, number: number, delay: at - sent}

  defp source(%{family: :packet, pkttype: type}, _bytes, _values), do: %{type: type}
  defp source(%{family: :inet, addr: ip, port: port}, _bytes, _values), do: %{source: {ip, port}}

  @doc "The numbers of datagrams, in the order of their reception."
  def numbers(packets), do: Enum.map(packets, & &1.number)

  @doc """
  Bytes of frames per second by the times of reception, from `skip` microseconds after the first on, when
  the burst is over, for at most `window`.
  """
  def rate([first | _] = packets, skip \\ 300_000, window \\ 2_000_000) do
    from = first.at + skip
    [start | measured] = Enum.filter(packets, &(&1.at >= from and &1.at <= from + window))
    bytes = Enum.sum(Enum.map(measured, &frame_size(byte_size(&1.bytes))))
    bytes * 1_000_000 / (List.last(measured).at - start.at)
  end

  @doc """
  Measures up to three times, until the result is within 5 % of what is expected; returns the result nearest
  to it. `fun` returns a number or a list of them.
  """
  def nearest(expected, fun) do
    Enum.reduce_while(1..3, nil, fn _, best ->
      best = Enum.min_by([fun.() | List.wrap(best && [best])], &error(&1, expected))
      if error(best, expected) <= 0.05, do: {:halt, best}, else: {:cont, best}
    end)
  end

  @doc "The largest relative difference from what is expected."
  def error(values, expected) do
    [List.wrap(values), List.wrap(expected)]
    |> Enum.zip_with(fn [value, expected] -> abs(value - expected) / expected end)
    |> Enum.max()
  end
end
