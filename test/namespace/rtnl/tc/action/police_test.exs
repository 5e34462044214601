defmodule Linx.Namespace.Rtnl.Tc.Action.PoliceTest do
  # Policers. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Tc, TcAction}

  alias Linx.Netlink.{Error, Rtnl}
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.{Entry, Police}

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  # Options of ours, the words of `tc` for the same, and rate and bucket as they are read. tc of iproute2 before
  # 6.9 computes the times of buckets in whole microseconds: the buckets here are sent in such times.
  @police [
    {[rate: "10mbit", burst: 64_000], "rate 10mbit burst 64000", {1_250_000, 64_000}},
    {[rate: 8, burst: 200], "rate 8bit burst 200", {1, 200}},
    {[rate: 1000, burst: 1600, mtu: 9000], "rate 1000bit burst 1600 mtu 9000", {125, 1600}},
    {[rate: "1mbit", burst: "10k", overhead: 14, mpu: 64, linklayer: :atm],
     "rate 1mbit burst 10k overhead 14 mpu 64 linklayer atm", {125_000, 11_342}},
    {[rate: "1mbit", burst: "10k", mtu: 1540, peakrate: "2mbit"],
     "rate 1mbit burst 10k mtu 1540 peakrate 2mbit", {125_000, 10_240}},
    {[rate: "1mbit", burst: "10k", conform_exceed: :drop],
     "rate 1mbit burst 10k conform-exceed drop", {125_000, 10_240}},
    {[rate: "1mbit", burst: "10k", control: :pipe], "rate 1mbit burst 10k pipe",
     {125_000, 10_240}},
    {[rate: "1mbit", burst: "10k", conform_exceed: {:drop, :pipe}],
     "rate 1mbit burst 10k conform-exceed drop/pipe", {125_000, 10_240}},
    {[mtu: 1000, conform_exceed: {:continue, :reclassify}],
     "mtu 1000 conform-exceed continue/reclassify", {0, 0}}
  ]

  test "policers of bytes are those of tc", %{sock: sock, ns: ns} do
    for {opts, words, read} <- @police do
      assert %Police{} = police = same!(sock, ns, :police, opts, words)
      {rate, burst} = read
      assert {opts, Police.rate(police)} == {opts, rate}
      if opts[:linklayer] == nil, do: assert({opts, Police.burst(police)} == {opts, burst})
    end
  end

  # tc shows it by a time in whole microseconds.
  test "a bucket is that of its size, in whole ticks of 64 ns", %{sock: sock, ns: ns} do
    for {rate, burst, read, shown} <- [
          {"10mbit", "64k", 65_536, "rate 10Mbit burst 64Kb"},
          {999, 1600, 1600, "rate 992bit burst 1599b"}
        ] do
      :ok = Action.replace(sock, :police, rate: rate, burst: burst, index: 1)
      assert constant(ns, :police, 1) =~ shown
      {:ok, %Entry{options: police}} = Action.get(sock, :police, 1)
      assert Police.burst(police) == read
    end
  end

  test "rates above 4294967295 bytes per second", %{sock: sock, ns: ns} do
    opts = [rate: "100gbit", burst: "10mb", peakrate: "200gbit", mtu: 9000]
    assert :ok = Action.add(sock, :police, [index: 1] ++ opts)
    tc!(ns, "actions add action police rate 100gbit burst 10mb peakrate 200gbit mtu 9000 index 2")
    assert {:ok, %Entry{options: ours}} = Action.get(sock, :police, 1)
    assert {:ok, %Entry{options: theirs}} = Action.get(sock, :police, 2)
    assert {Police.rate(ours), ours.peakrate64} == {12_500_000_000, 25_000_000_000}
    assert {Police.rate(theirs), theirs.peakrate64} == {12_500_000_000, 25_000_000_000}
    assert Police.burst(ours) == 10_485_600
    assert constant(ns, :police, 1) =~ "rate 100Gbit burst 10475000b"
    assert constant(ns, :police, 1) =~ "peakrate 200Gbit"
  end

  test "policers of packets are those of tc", %{sock: sock, ns: ns} do
    for {rate, burst} <- [{1, 1}, {1000, 100}, {1_000_000, 50_000}] do
      opts = [pkts_rate: rate, pkts_burst: burst, conform_exceed: :drop]
      words = "pkts_rate #{rate} pkts_burst #{burst} conform-exceed drop"
      assert police = same!(sock, ns, :police, opts, words)
      assert {police.pktrate64, Police.pkts_burst(police)} == {rate, burst}
    end
  end

  test "a limit of the estimated rate needs an estimator", %{sock: sock} do
    assert {:error, %Error{errno: :einval}} =
             Action.add(sock, :police, rate: "1mbit", burst: "10k", avrate: "1mbit")
  end
end
