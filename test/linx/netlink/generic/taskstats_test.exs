defmodule Linx.Netlink.Generic.TaskstatsTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  doctest Linx.Netlink.Generic.Taskstats.Stats

  alias Linx.Netlink.Generic.Taskstats
  alias Linx.Netlink.Generic.Taskstats.{Aggr, Cgroup, CgroupReply, Stats}
  alias Linx.Test.Captured

  # Bodies of replies: version 16 of Linux 6.18, version 17 of Linux 7.2.
  @task ~X"""
  02 01 00 00 40 02 04 00 08 00 01 00 2f 1f 00 00 34 02 03 00 10 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 29 00 00 00 00 00 00 00 f3 08 55 04 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 48 e8 01 00 00 00 00 fe 7a 21 02 00 00 00 00 62 65 61 6d 2e 73 6d 70 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 2f 1f 00 00 2d 1f 00 00 30 2d 0d 6b 00 00 00 00 d0 d3 19 00
  00 00 00 00 c0 5d 00 00 00 00 00 00 40 1f 00 00 00 00 00 00 f7 0a 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 1b b3 05 00 00 00 00 00 78 e8 e1 01 00 00 00 00 78 fd 00 00
  00 00 00 00 f8 ca 20 00 00 00 00 00 00 ac 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00 1d 00 00 00 00 00 00 00
  c0 5d 00 00 00 00 00 00 40 1f 00 00 00 00 00 00 00 48 e8 01 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  30 2d 0d 6b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 2f 1f 00 00
  00 00 00 00 d0 d3 19 00 00 00 00 00 00 fe 00 00 00 00 00 00 b7 40 0b 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 53 32 b7 00 00 00 00 00 a5 87 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  """

  @newer ~X"""
  02 01 00 00 c0 02 04 00 08 00 01 00 6c 00 00 00 b4 02 03 00 11 00 00 00 00 00 00 00
  02 00 00 00 00 00 00 00 33 00 00 00 00 00 00 00 00 5a 62 02 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 65 cd 1d 00 00 00 00 00 65 cd 1d 00 00 00 00 62 65 61 6d 2e 73 6d 70 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 6c 00 00 00 37 00 00 00 24 2d 0d 6b 00 00 00 00 b9 1f af 00
  00 00 00 00 00 00 00 00 00 00 00 00 20 a1 07 00 00 00 00 00 2a 0a 00 00 00 00 00 00
  47 00 00 00 00 00 00 00 85 a7 39 00 00 00 00 00 ac 25 b8 15 00 00 00 00 74 d9 00 00
  00 00 00 00 70 ea 19 00 00 00 00 00 00 a4 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 15 00 00 00 00 00 00 00 1e 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 20 a1 07 00 00 00 00 00 00 65 cd 1d 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  24 2d 0d 6b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 6c 00 00 00
  00 00 00 00 b9 1f af 00 00 00 00 00 15 00 00 00 00 00 00 00 b7 40 0b 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 80 96 98 00 00 00 00 00 80 96 98 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 24 2d 0d 6b 00 00 00 00
  46 04 34 27 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00
  """

  @cgroup ~X"""
  05 01 00 00 2c 00 01 00 63 00 00 00 00 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  """

  test "a task" do
    assert %Taskstats{aggr_pid: %Aggr{pid: pid, stats: stats}, aggr_tgid: nil} =
             reply = Captured.check(Taskstats, @task)

    assert %Stats{version: 16, ac_pid: ^pid, ac_tgid: ^pid, cpu_delay_max_sec: nil} = stats
    assert Stats.comm(stats) == "beam.smp"
    assert stats.cpu_delay_max > 0 and stats.irq_delay_min == 0
    assert Taskstats.known(reply) == reply
  end

  test "a task of a newer kernel" do
    assert %Taskstats{aggr_pid: %Aggr{pid: pid, stats: stats}} = Captured.check(Taskstats, @newer)
    assert %Stats{version: 17, ac_pid: ^pid, irq_delay_max_nsec: 0} = stats
    assert Stats.comm(stats) == "beam.smp"
    assert stats.cpu_delay_max_sec != nil
  end

  test "a shorter struct has nil for the fields of newer versions" do
    <<body::binary-size(16), _::binary>> = @task
    assert byte_size(body) == 16
    stats = Taskstats.decode(@task).aggr_pid.stats

    # Version 8 ends before `thrashing_count`, at 328 bytes.
    older = stats |> Stats.encode() |> binary_part(0, 328) |> Stats.decode()
    assert older.freepages_delay_total == stats.freepages_delay_total
    assert older.nivcsw == stats.nivcsw
    assert {older.thrashing_count, older.ac_btime64, older.cpu_delay_max} == {nil, nil, nil}
    assert Stats.decode(<<>>) == %Stats{}
  end

  test "of version 15 only the fields at its beginning are kept" do
    stats = Taskstats.decode(@task).aggr_pid.stats
    known = Stats.known(%{stats | version: 15})
    assert {known.version, known.cpu_delay_total} == {15, stats.cpu_delay_total}
    assert {known.blkio_count, known.ac_pid, known.irq_count} == {nil, nil, nil}

    aggr = %Aggr{pid: 1, stats: %{stats | version: 15}}
    reply = Taskstats.known(%Taskstats{aggr_pid: aggr, aggr_tgid: aggr})
    assert {reply.aggr_pid.stats, reply.aggr_tgid.stats} == {known, known}
  end

  test "a control group" do
    assert %CgroupReply{cgroup_stats: %Cgroup{nr_sleeping: sleeping, nr_stopped: 0}} =
             Captured.check(CgroupReply, @cgroup)

    assert sleeping > 0
  end
end
