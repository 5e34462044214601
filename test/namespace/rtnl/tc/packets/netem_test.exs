defmodule Linx.Namespace.Rtnl.Tc.Packets.NetemTest do
  # What an emulated network does to packets, by what arrives and when. The random numbers have a seed, which
  # kernels before 6.6 ignore; counts lie within five standard deviations of the mean.
  use Linx.Test.NamespaceCase

  import Linx.Test.Packets

  alias Linx.Netlink.Rtnl.Tc.Qdisc
  alias Linx.Test.Frames

  @moduletag :vm

  setup :wire

  # The datagrams 1 to count, sent at once through a new qdisc.
  defp through(%{sock: sock, ns: ns, other: other}, opts, count, size \\ 100) do
    _ = Qdisc.delete(sock, "v0")
    :ok = Qdisc.add(sock, "v0", :netem, Keyword.merge([limit: 10_000, seed: 7], opts))
    there = receiver(other, 5000)
    udp = sender(ns, buffer: 4_000_000)
    send_numbered(udp, 5000, 1..count, size: size)
    packets = received(there, 400)
    for socket <- [there, udp], do: :socket.close(socket)
    packets
  end

  # Delays in ms.
  defp delays(packets), do: for(packet <- packets, do: packet.delay / 1000)

  defp mean(values), do: Enum.sum(values) / length(values)

  defp deviation(values) do
    mean = mean(values)
    :math.sqrt(mean(Enum.map(values, &((&1 - mean) ** 2))))
  end

  # Of `count` trials, each with the probability.
  defp assert_likely(number, count, probability) do
    mean = count * probability
    margin = 5 * :math.sqrt(mean * (1 - probability))
    assert abs(number - mean) <= margin, "#{number} of #{count}, expected #{mean} +- #{margin}"
  end

  test "each packet is delayed", %{sock: sock, ns: ns, other: other} = context do
    delays = context |> through([delay: "50ms"], 50) |> delays()
    assert length(delays) == 50
    assert Enum.min(delays) >= 50 and Enum.min(delays) < 60
    assert Enum.at(Enum.sort(delays), 25) < 75

    # A round trip, with a delay of each direction.
    :ok = Qdisc.add(context.other_sock, "v1", :netem, delay: "30ms")
    here = receiver(ns, 5001, "10.7.0.1")
    there = receiver(other, 5001)

    times =
      for n <- 1..5 do
        {_, time} =
          timed(fn ->
            send_numbered(here, 5001, [n])
            {:ok, _} = :socket.recvfrom(there, 0, [], 2000)
            send_numbered(there, 5001, [n], to: "10.7.0.1")
            {:ok, _} = :socket.recvfrom(here, 0, [], 2000)
          end)

        time
      end

    assert Enum.min(times) in 80..95
    assert {:ok, %Qdisc{options: netem}} = Qdisc.get(sock, "v0", nil)
    assert Qdisc.Netem.latency(netem) == 50_000_000
  end

  # The delays of 1000 packets, up to three times until nothing else delayed them.
  defp spread(context, opts) do
    Enum.reduce_while(1..3, nil, fn _, _ ->
      delays = context |> through(opts, 1000) |> delays()
      {if(mean(delays) < 103, do: :halt, else: :cont), delays}
    end)
  end

  # What nine of ten do not exceed.
  defp most(values), do: values |> Enum.sort() |> Enum.at(div(length(values) * 9, 10))

  test "a jitter has its distribution", context do
    spread = &spread(context, [delay: {"100ms", "10ms"}] ++ &1)

    normal = spread.(distribution: :normal)
    assert length(normal) == 1000
    assert_in_delta mean(normal), 101.5, 3
    assert_in_delta deviation(normal), 10, 1.2
    # 68 % lie within one deviation.
    inner = Enum.count(normal, &(abs(&1 - mean(normal)) < 10))
    assert_likely(inner, 1000, 0.683)

    # Without a distribution, all delays from 90 to 110 ms are as likely.
    uniform = spread.([])
    assert_in_delta mean(uniform), 101.5, 3
    assert_in_delta deviation(uniform), 20 / :math.sqrt(12), 1
    assert Enum.min(uniform) >= 90 and most(uniform) < 115

    # Samples of one jitter above the mean, and of two below.
    [one | _] = two = spread.(distribution: [8192, -16_384]) |> Enum.sort()
    assert_in_delta one, 80, 5
    low = Enum.count(two, &(&1 < 95))
    assert_likely(low, 1000, 0.5)
    assert Enum.min(two) >= 80 and most(two) < 115
    assert_likely(Enum.count(two, &(&1 >= 110)), 1000, 0.5)
  end

  test "packets are lost, with a seed the same ones", context do
    lost = fn opts -> Enum.to_list(1..2000) -- (context |> through(opts, 2000) |> numbers()) end

    first = lost.(loss: 20, seed: 42)
    assert_likely(length(first), 2000, 0.2)
    assert lost.(loss: 20, seed: 42) == first
    other = lost.(loss: 20, seed: 43)
    assert_likely(length(other), 2000, 0.2)
    assert other != first
    assert lost.(loss: 0) == []

    # A loss begins with 10 %, and ends with 30 %: 25 % are lost, and 3.3 on the average after each other.
    burst = lost.(loss: {:gemodel, [10, 30, 100, 0]}, seed: 42)
    assert length(burst) in 350..650
    runs = Enum.count(burst, &((&1 - 1) not in burst))
    assert_in_delta length(burst) / runs, 3.3, 0.8
  end

  test "packets are duplicated", context do
    packets = context |> through([duplicate: 30], 1000) |> numbers() |> Enum.frequencies()
    assert map_size(packets) == 1000
    assert packets |> Map.values() |> Enum.uniq() |> Enum.sort() == [1, 2]
    assert_likely(Enum.count(packets, &match?({_, 2}, &1)), 1000, 0.3)
  end

  # Frames of an unknown protocol, which nothing checks.
  test "one bit of a packet is changed", %{sock: sock, ns: ns, other: other} do
    frame = Frames.ether(mac("v1"), 0x88B5, :binary.copy(<<0xA5>>, 500))
    here = wiretap(ns, "v0")

    for {percent, count} <- [{100, 50}, {25, 800}] do
      :ok = Qdisc.replace(sock, "v0", :netem, corrupt: percent, limit: 10_000, seed: 7)
      there = wiretap(other, "v1")
      for _ <- 1..count, do: :ok = :socket.send(here, frame)
      frames = received(there)
      assert length(frames) == count
      changed = for %{bytes: bytes} <- frames, bytes != frame, do: different(bytes, frame)
      assert Enum.all?(changed, &(&1 == 1))

      if percent == 100,
        do: assert(length(changed) == count),
        else: assert_likely(length(changed), count, percent / 100)
    end
  end

  defp different(one, two) do
    bits = for <<bit::1 <- :crypto.exor(one, two)>>, do: bit
    Enum.sum(bits)
  end

  test "packets are reordered", context do
    # Each fifth packet is not delayed.
    first = context |> through([delay: "300ms", reorder: 100, gap: 5], 100) |> numbers()
    {early, late} = Enum.split(first, 20)
    assert early == Enum.to_list(5..100//5)
    assert late == Enum.to_list(1..100) -- early

    packets = through(context, [delay: "300ms", reorder: 25], 1000)
    assert length(packets) == 1000
    {early, late} = Enum.split_with(packets, &(&1.delay < 200_000))
    assert_likely(length(early), 1000, 0.25)
    assert Enum.all?(late, &(&1.delay >= 300_000))
    assert numbers(early) == Enum.sort(numbers(early))
  end

  test "a rate is kept", context do
    for {opts, expected} <- [
          {[rate: "8mbit"], 1_000_000},
          # 500 bytes more of each packet.
          {[rate: {"8mbit", 500}], 1_000_000 * 1042 / 1542}
        ] do
      count = round(1.2 * expected / 1042)

      measured =
        nearest(expected, fn -> context |> through(opts, count, 1000) |> rate(100_000) end)

      assert error(measured, expected) <= 0.05, inspect(measured)
    end
  end

  test "packets wait for a slot", context do
    # Slots each 100 ms, of 10 packets.
    packets = through(context, [slot: {"100ms", "100ms", packets: 10}], 50)
    assert numbers(packets) == Enum.to_list(1..50)
    slots = packets |> Enum.chunk_while([], &slot/2, &{:cont, Enum.reverse(&1), []})
    assert Enum.map(tl(slots), &length/1) |> Enum.all?(&(&1 == 10))
    starts = Enum.map(slots, &hd(&1).at)
    gaps = Enum.zip_with(starts, tl(starts), &((&2 - &1) / 1000))
    # A busy machine makes a gap longer.
    assert Enum.min(gaps) > 60 and Enum.min(gaps) < 140, inspect(gaps)
  end

  # Packets within 40 ms are of one slot.
  defp slot(packet, []), do: {:cont, [packet]}

  defp slot(packet, [last | _] = slot) do
    if packet.at - last.at < 40_000,
      do: {:cont, [packet | slot]},
      else: {:cont, Enum.reverse(slot), [packet]}
  end
end
