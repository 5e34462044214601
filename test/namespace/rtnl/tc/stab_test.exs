defmodule Linx.Namespace.Rtnl.Tc.StabTest do
  # Size tables and estimators of rates. The judge is `tc`: what it lists, and the requests that it sends.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.Tc

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.{Class, Qdisc, Stab}

  @rtm_newqdisc 36
  @rtm_newtclass 40
  @tca_rate 5
  @tca_stab 8

  setup %{path: path, ns: ns} do
    {:ok, sock} = Rtnl.open({:path, path})
    ip!(ns, "link add v0 type veth peer name v1")
    %{sock: sock}
  end

  @stabs [
    {[overhead: 18], "overhead 18"},
    {[overhead: -4, linklayer: :ethernet], "overhead -4 linklayer ethernet"},
    {[linklayer: :atm], "linklayer atm"},
    {[linklayer: :atm, overhead: 32, mpu: 53, mtu: 1500, tsize: 128],
     "linklayer atm overhead 32 mpu 53 mtu 1500 tsize 128"},
    {[mpu: 64], "mpu 64"},
    {[mpu: 64, mtu: 262_144, tsize: 16], "mpu 64 mtu 262144 tsize 16"},
    {[linklayer: :atm, mtu: 200_000, tsize: 1024], "linklayer atm mtu 200000 tsize 1024"}
  ]

  test "a size table is the same as that of tc", %{sock: sock, ns: ns} do
    for {stab, words} <- @stabs do
      assert {stab, Qdisc.replace(sock, "v0", :pfifo, limit: 5, stab: stab)} == {stab, :ok}
      tc!(ns, "qdisc replace dev v1 root stab #{words} pfifo limit 5")
      [ours] = tc_json(ns, "qdisc show dev v0", details: true)
      [theirs] = tc_json(ns, "qdisc show dev v1", details: true)
      assert {stab, ours["stab"]} == {stab, theirs["stab"]}
      assert is_map(ours["stab"])

      {:ok, %Qdisc{stab: %Stab{base: base, data: nil}}} = Qdisc.get(sock, "v0", nil)
      {:ok, %Qdisc{stab: %Stab{base: ^base}}} = Qdisc.get(sock, "v1", nil)
      assert base.overhead == (stab[:overhead] || 0)
      for link <- ~w(v0 v1), do: :ok = Qdisc.delete(sock, link)
    end

    assert Qdisc.add(sock, "v0", :pfifo, stab: [tsize: 0]) ==
             {:error, {:bad_option, :stab, [tsize: 0]}}
  end

  @tag :vm
  test "the table that is sent is that of tc", %{sock: sock, ns: ns} do
    sent =
      requests(ns, @rtm_newqdisc, fn ->
        for {stab, words} <- @stabs do
          :ok = Qdisc.add(sock, "v0", :pfifo, stab: stab)
          tc!(ns, "qdisc add dev v1 root stab #{words} pfifo")
          for link <- ~w(v0 v1), do: :ok = Qdisc.delete(sock, link)
        end
      end)

    assert length(sent) == 2 * length(@stabs)

    for [ours, theirs] <- Enum.chunk_every(sent, 2),
        do: assert(attributes(top(ours)[@tca_stab]) == attributes(top(theirs)[@tca_stab]))

    # The table of TCA_STAB_DATA is there.
    assert Enum.count(sent, &(map_size(attributes(top(&1)[@tca_stab])) == 2)) == 10
  end

  # The attributes behind struct tcmsg.
  defp top(<<_::binary-20, attributes::binary>>), do: attributes(attributes)

  @estimators [
    {{"1s", "8s"}, "1sec 8sec"},
    {{250_000, 1_000_000}, "250ms 1sec"},
    {{"500ms", "2s"}, "500ms 2sec"},
    {{"8s", "64s"}, "8sec 64sec"},
    {{"1s", "4000s"}, "1sec 4000sec"}
  ]

  @tag :vm
  test "the estimator that is sent is that of tc", %{sock: sock, ns: ns} do
    sent =
      requests(ns, @rtm_newqdisc, fn ->
        for {estimator, words} <- @estimators do
          :ok = Qdisc.add(sock, "v0", :pfifo, estimator: estimator)
          tc!(ns, "qdisc add dev v1 root estimator #{words} pfifo")
          for link <- ~w(v0 v1), do: :ok = Qdisc.delete(sock, link)
        end
      end)

    for {[ours, theirs], times} <- Enum.zip(Enum.chunk_every(sent, 2), @estimators),
        do: assert({times, top(ours)[@tca_rate]} == {times, top(theirs)[@tca_rate]})

    assert length(sent) == 2 * length(@estimators)
  end

  @tag :vm
  test "the estimator of a class is that of tc", %{sock: sock, ns: ns} do
    :ok = Qdisc.add(sock, "v0", :htb, handle: "1:")

    [ours, theirs] =
      requests(ns, @rtm_newtclass, fn ->
        place = [parent: "1:", classid: "1:1"]
        :ok = Class.add(sock, "v0", :htb, place ++ [rate: "1mbit", estimator: {"1s", "8s"}])
        tc!(ns, "class add dev v0 parent 1: classid 1:2 estimator 1sec 8sec htb rate 1mbit")
      end)

    assert <<0, 3>> = top(ours)[@tca_rate]
    assert top(ours)[@tca_rate] == top(theirs)[@tca_rate]
  end

  test "a rate is estimated, and listed by tc", %{sock: sock, ns: ns} do
    :ok =
      Qdisc.add(sock, "v0", :tbf,
        rate: "1gbit",
        burst: "32k",
        limit: 100_000,
        estimator: {"250ms", "1s"}
      )

    assert %{"rate" => _, "pps" => _} = hd(tc_json(ns, "qdisc show dev v0"))
    {:ok, %Qdisc{rate: nil, stats2: stats}} = Qdisc.get(sock, "v0", nil)
    assert %{bps: _} = stats.rate_est64 || stats.rate_est

    :ok = Qdisc.replace(sock, "v1", :htb, handle: "1:")
    assert {:ok, %Qdisc{stats2: %{rate_est: nil, rate_est64: nil}}} = Qdisc.get(sock, "v1", nil)

    :ok =
      Class.add(sock, "v1", :htb,
        parent: "1:",
        classid: "1:1",
        rate: "1mbit",
        estimator: {"1s", "8s"}
      )

    assert tc!(ns, "-s class show dev v1") =~ ~r/rate \w+bit \w+pps/

    for {estimator, bad} <- [{{"9s", "80s"}, {"9s", "80s"}}, {{"1s", "1s"}, {"1s", "1s"}}] do
      assert Qdisc.add(sock, "v1", :pfifo, estimator: estimator) ==
               {:error, {:bad_option, :estimator, bad}}
    end
  end
end
