defmodule Linx.Namespace.Rtnl.Tc.Action.OtherTest do
  # Actions of the kinds skbmod, sample, simple, bpf, gate and ife. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.{Tc, TcAction}

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  @one "02:00:00:00:00:01"
  @two "02:00:00:00:00:02"

  test "actions of the kind skbmod are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[set: true, dmac: @one], "set dmac #{@one}"},
          {[set: true, smac: @two, etype: 0xFFFF], "set smac #{@two} etype 0xFFFF"},
          {[set: true, dmac: @one, smac: @two, etype: 0x800, control: :pass],
           "set dmac #{@one} smac #{@two} etype 0x800 pass"},
          {[swap: true], "swap mac"},
          {[ecn: true], "ecn"}
        ] do
      same!(sock, ns, :skbmod, opts, words)
      :ok = Action.flush(sock, :skbmod)
    end
  end

  test "actions of the kind sample are those of tc", %{sock: sock, ns: ns} do
    same!(sock, ns, :sample, [rate: 1, group: 0xFFFFFFFF], "rate 1 group 4294967295")
    opts = [rate: 100, group: 5, trunc: 128, control: :drop]

    assert %{rate: 100, psample_group: 5, trunc_size: 128} =
             same!(sock, ns, :sample, opts, "rate 100 group 5 trunc 128 drop")
  end

  test "actions of the kind simple are those of tc", %{sock: sock, ns: ns} do
    text = String.duplicate("x", 31)
    same!(sock, ns, :simple, [sdata: text], "sdata #{text}")

    assert %{data: "ab"} =
             same!(sock, ns, :simple, [sdata: "ab", control: :drop], "sdata ab drop")
  end

  test "actions of the kind bpf are those of tc", %{sock: sock, ns: ns} do
    one = [{0x06, 0, 0, 0xFFFFFFFF}]
    same!(sock, ns, :bpf, [bytecode: one], "bytecode '1,6 0 0 4294967295'")
    two = [{0x15, 255, 1, 7}, {0x06, 0, 0, 2}]

    assert {:error, %Linx.Netlink.Error{errno: :einval}} = Action.add(sock, :bpf, bytecode: two)

    two = [{0x28, 0, 0, 12}, {0x06, 0, 0, 2}]

    bpf =
      same!(
        sock,
        ns,
        :bpf,
        [bytecode: two, control: :drop],
        "bytecode '2,40 0 0 12,6 0 0 2' drop"
      )

    assert bpf.ops_len == 2
    assert <<0x28::native-16, 0, 0, 12::native-32, _::binary-8>> = bpf.ops
  end

  test "actions of the kind gate are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[sched_entry: [{:open, "200us"}, {:close, "100us"}], clockid: :tai],
           "clockid CLOCK_TAI sched-entry open 200us -1 -1 sched-entry close 100us -1 -1"},
          {[
             base_time: "200s",
             cycle_time: "1ms",
             cycle_time_ext: "10us",
             clockid: :monotonic,
             priority: 3,
             sched_entry: [{:open, 4_000_000, 7, 1000}, {:close, "1ns", -1, -1}],
             control: :drop
           ],
           "base-time 200s cycle-time 1ms cycle-time-ext 10us clockid CLOCK_MONOTONIC priority 3 " <>
             "sched-entry open 4s 7 1000 sched-entry close 1ns -1 -1 drop"}
        ] do
      gate = same!(sock, ns, :gate, opts, words)
      assert Enum.map(gate.entry_list, & &1.gate) == [true, nil]
      :ok = Action.flush(sock, :gate)
    end
  end

  test "actions of the kind ife are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[decode: true], "decode"},
          {[encode: true, allow: [:mark]], "encode allow mark"},
          {[encode: true, allow: [:mark], type: 0xED3F], "encode allow mark type 0xED3F"},
          {[encode: true, use: [mark: 0x12], dst: @one, src: @two, control: :pass],
           "encode use mark 0x12 dst #{@one} src #{@two} pass"}
        ] do
      same!(sock, ns, :ife, opts, words)
      :ok = Action.flush(sock, :ife)
    end

    # A kernel without the modules of these metadata refuses them.
    for use <- [[prio: 7], [tcindex: 7]] do
      case Action.add(sock, :ife, encode: true, use: use, index: 1) do
        :ok -> assert tc!(ns, "actions list action ife") =~ "use #{elem(hd(use), 0)} 7"
        {:error, error} -> assert %Linx.Netlink.Error{errno: :enoent} = error
      end

      :ok = Action.flush(sock, :ife)
    end
  end
end
