defmodule Linx.Netlink.Rtnl.Tc.ActionTest do
  # Actions as a kernel sent them, and options that are refused before anything is sent.
  use ExUnit.Case, async: true

  alias Linx.IP
  alias Linx.MAC
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.{Control, Entry, Police, TunnelKey}
  alias Linx.Test.Captured

  doctest Police
  doctest TunnelKey.Opts

  @captured for line <- File.stream!("test/fixtures/tc_actions.txt"),
                not String.starts_with?(line, "#"),
                [kind, hex] = String.split(line),
                do: {kind, Base.decode16!(hex)}

  # What was set before the kernel sent each.
  test "actions as a kernel sent them" do
    read =
      for {kind, bytes} <- @captured do
        assert %Action{tab: [%Entry{kind: ^kind} = entry]} = Captured.check(Action, bytes)
        assert Entry.index(entry) == 9
        assert %{basic: %{packets: 0, bytes: 0}, queue: %{drops: 0}} = entry.stats
        assert %Action.Tm{install: install} = entry.options.tm
        assert install in 0..100
        {String.to_existing_atom(kind), entry}
      end

    assert %Entry{cookie: "ab", hw_stats: {2, 3}} = read[:gact]
    options = Map.new(read, fn {kind, entry} -> {kind, entry.options} end)

    assert %{parms: %{action: :drop, refcnt: 1}, prob: prob} = options.gact
    assert %{ptype: :determ, pval: 5, paction: :pass} = prob
    assert %{eaction: :egress_redirect, ifindex: 1, action: :stolen} = options.mirred.parms
    assert %{v_action: :push, action: :pipe} = options.vlan.parms
    assert %{push_vlan_id: 5, push_vlan_priority: 3} = options.vlan
    assert %{mark: 1, mask: 15, queue_mapping: 2, queue_mapping_max: 5} = options.skbedit
    assert %{priority: 0x10002, ptype: :host, flags: [:txq_skbhash]} = options.skbedit

    assert %{enc_key_id: 7, enc_dst_port: 4789, no_csum: false} = options.tunnel_key
    assert options.tunnel_key.enc_ipv4_dst == IP.parse!("10.0.0.2")

    assert TunnelKey.Opts.geneve_options(options.tunnel_key.enc_opts) ==
             [{0x102, 0x80, <<1, 2, 3, 4>>}, {1, 2, <<5, 6, 7, 8>>}]

    assert %{keys: [ttl, dst, _rest], action: :pass} = Action.Pedit.parms(options.pedit)
    assert %{mask: 0x00FFFFFF, val: 0xFF000000, off: 8} = ttl
    assert %{mask: 0, val: 0x02000000, off: 0} = dst

    assert Enum.map(options.pedit.keys_ex, &{&1.htype, &1.cmd}) == [
             ip: :add,
             eth: :set,
             eth: :set
           ]

    assert %{update_flags: [:ip4h, :udp]} = options.csum.parms
    assert %{old_addr: <<10, 0, 0, 0>>, mask: <<255, 0, 0, 0>>} = options.nat.parms
    assert %{zone: 5, mark: 1, mark_mask: 2, labels: <<1::128>>} = options.ct
    assert %{action: [:commit, :nat, :nat_src], nat_port_min: 80, nat_port_max: 90} = options.ct
    assert %{label: 100, ttl: 64, tc: 3, bos: true, proto: :mpls_uc} = options.mpls
    assert options.connmark.parms.zone == 5
    assert %{dscp_mask: 0xFC, dscp_statemask: 1, cpmark_mask: 0xFF00} = options.ctinfo
    assert %{etype: 0x800, parms: %{flags: [:dmac, :etype]}} = options.skbmod
    assert options.skbmod.dmac == MAC.parse!("02:00:00:00:00:01")
    assert %{rate: 100, psample_group: 5, trunc_size: 128} = options.sample
    assert %{ops_len: 1, ops: <<6, 0, 0, 0, 0xFFFFFFFF::32>>} = options.bpf
    assert options.simple.data == "seen"
    assert %{clockid: :tai, cycle_time: 300_000, entry_list: [open, close]} = options.gate
    assert %{gate: true, interval: 200_000, ipv: -1, max_octets: -1} = open
    assert %{gate: nil, interval: 100_000, ipv: 3, max_octets: 1000} = close
    assert %{parms: %{flags: :encode}, metalst: %{skbmark: <<0x12::native-32>>}} = options.ife
  end

  test "policers as a kernel sent them" do
    [bytes, packets] = for {"police", body} <- @captured, do: hd(Action.decode(body).tab).options

    assert {Police.rate(bytes), Police.burst(bytes)} == {12_500_000_000, 10_485_600}
    assert {bytes.parms.action, bytes.result, Police.pkts_burst(bytes)} == {:drop, :pipe, nil}
    assert {packets.pktrate64, Police.pkts_burst(packets)} == {1000, 100}
  end

  test "a list of actions" do
    {:ok, [drop, mirror]} =
      actions([{:gact, action: {:goto, 5}}, {"mirred", egress: :mirror, dev: 3, index: 7}])

    assert {drop.kind, Entry.control(drop), Entry.index(drop)} == {"gact", {:goto, 5}, 0}
    assert {mirror.kind, Entry.control(mirror), Entry.index(mirror)} == {"mirred", :pipe, 7}
    assert mirror.options.parms.ifindex == 3

    # What was read is taken, without what is only read.
    for {_kind, bytes} <- @captured do
      %Action{tab: [entry]} = Action.decode(bytes)
      assert {:ok, [written]} = actions([entry])
      assert written.stats == nil and written.options.tm == nil
      assert %Entry{} = Entry.decode(Entry.encode(written))
    end

    assert {:ok, drafts} = Action.List.check(List.duplicate({:gact, action: :drop}, 32))
    assert {:ok, actions} = Action.List.resolve(drafts, &{:ok, &1})
    assert length(actions) == 32
  end

  test "lists that are refused, before a lookup" do
    many = List.duplicate({:gact, action: :drop}, 33)
    unknown = %Entry{kind: "other", options: <<1, 2>>}

    for {actions, reason} <- [
          {many, {:bad_option, :actions, many}},
          {:drop, {:bad_option, :actions, :drop}},
          {[:drop | :rest], {:bad_option, :actions, [:drop | :rest]}},
          {[:drop], {:bad_option, :actions, :drop}},
          {[unknown], {:bad_option, :actions, unknown}},
          {[{:gact, :drop}], {:unknown_option, :drop}},
          {[{nil, []}], {:bad_option, :kind, nil}},
          {[{:mirred, egress: :mirror, dev: "eth0"}, {:gact, []}], {:missing_option, :action}}
        ],
        do: assert({actions, Action.List.check(actions)} == {actions, {:error, reason}})
  end

  # Links are given by index.
  defp actions(given) do
    with {:ok, drafts} <- Action.List.check(given), do: Action.List.resolve(drafts, &{:ok, &1})
  end

  @common [action: :drop]
  @rate [rate: "1mbit", burst: 1000]
  @ends [set: true, src_ip: "10.0.0.1", dst_ip: "10.0.0.2"]

  @bad [
    gact: {[action: :other], {:bad_option, :action, :other}},
    gact: {[action: {:goto, 0x10000000}], {:bad_option, :action, {:goto, 0x10000000}}},
    gact: {[action: {:jump, -1}], {:bad_option, :action, {:jump, -1}}},
    gact:
      {[action: :pass, random: {:determ, :drop, 0}], {:bad_option, :random, {:determ, :drop, 0}}},
    gact: {[action: :pass, random: {:any, :drop, 1}], {:bad_option, :random, {:any, :drop, 1}}},
    gact: {@common ++ [index: 0], {:bad_option, :index, 0}},
    gact: {@common ++ [index: 0x100000000], {:bad_option, :index, 0x100000000}},
    gact: {@common ++ [cookie: ""], {:bad_option, :cookie, ""}},
    gact: {@common ++ [cookie: "0123456789abcdefg"], {:bad_option, :cookie, "0123456789abcdefg"}},
    gact: {@common ++ [hw_stats: :some], {:bad_option, :hw_stats, :some}},
    gact:
      {@common ++ [hw_stats: [:disabled, :delayed]],
       {:bad_option, :hw_stats, [:disabled, :delayed]}},
    gact: {@common ++ [skip_hw: 1], {:bad_option, :skip_hw, 1}},
    gact: {@common ++ [color: 1], {:unknown_option, :color}},
    mirred: {[], {:missing_option, :egress}},
    mirred: {[egress: :mirror], {:missing_option, :dev}},
    mirred: {[egress: :copy, dev: 1], {:bad_option, :egress, :copy}},
    mirred: {[egress: :mirror, dev: 1, block: 2], {:bad_option, :block, 2}},
    mirred:
      {[egress: :mirror, ingress: :mirror, dev: 1], {:bad_option, :ingress, :ingress_mirror}},
    police: {[], {:missing_option, :rate}},
    police: {[rate: "1mbit"], {:missing_option, :burst}},
    police: {[burst: 1], {:missing_option, :rate}},
    police: {[rate: 8, burst: 275], {:bad_option, :burst, 275}},
    police: {@rate ++ [peakrate: "2mbit"], {:missing_option, :mtu}},
    police: {@rate ++ [pkts_rate: 1, pkts_burst: 1], {:bad_option, :pkts_rate, 1}},
    police: {[pkts_rate: 1], {:missing_option, :pkts_burst}},
    police: {@rate ++ [avrate: "40gbit"], {:bad_option, :avrate, 5_000_000_000}},
    police: {@rate ++ [overhead: 65_536], {:bad_option, :overhead, 65_536}},
    police: {@rate ++ [conform_exceed: {:drop, 1}], {:bad_option, :conform_exceed, {:drop, 1}}},
    vlan: {[], {:missing_option, :pop}},
    vlan: {[push: true], {:missing_option, :id}},
    vlan: {[push: true, id: 4095], {:bad_option, :id, 4095}},
    vlan: {[push: true, id: 1, priority: 8], {:bad_option, :priority, 8}},
    vlan: {[pop: true, id: 1], {:bad_option, :id, 1}},
    vlan: {[pop: true, push: true], {:bad_option, :push, true}},
    vlan: {[push_eth: true, dst_mac: "02:00:00:00:00:01"], {:missing_option, :src_mac}},
    skbedit: {[], {:missing_option, :mark}},
    skbedit: {[mark: {1, -1}], {:bad_option, :mark, {1, -1}}},
    skbedit: {[queue_mapping: {5, 2}], {:bad_option, :queue_mapping, {5, 2}}},
    skbedit: {[queue_mapping: 65_536], {:bad_option, :queue_mapping, 65_536}},
    tunnel_key: {[set: true], {:missing_option, :src_ip}},
    tunnel_key: {[unset: true, id: 1], {:bad_option, :id, 1}},
    tunnel_key: {@ends ++ [id: 0x100000000], {:bad_option, :id, 0x100000000}},
    tunnel_key: {@ends ++ [erspan_opts: {2, 2, 0}], {:bad_option, :erspan_opts, {2, 2, 0}}},
    tunnel_key:
      {@ends ++ [erspan_opts: {1, 0x100000}], {:bad_option, :erspan_opts, {1, 0x100000}}},
    tunnel_key:
      {@ends ++ [geneve_opts: [{1, 2, <<1>>}]], {:bad_option, :geneve_opts, [{1, 2, <<1>>}]}},
    tunnel_key: {@ends ++ [geneve_opts: []], {:bad_option, :geneve_opts, []}},
    tunnel_key: {@ends ++ [vxlan_opts: 1, erspan_opts: {1, 2}], {:bad_option, :vxlan_opts, 1}},
    pedit: {[], {:missing_option, :munge}},
    pedit: {[munge: []], {:bad_option, :munge, []}},
    pedit: {[munge: [ip: []]], {:bad_option, :munge, [ip: []]}},
    pedit: {[munge: [ip: [ttl: {:set, 256}]]], {:bad_option, :munge, [ip: [ttl: {:set, 256}]]}},
    pedit: {[munge: [ip6: [src: {:add, 1}]]], {:bad_option, :munge, [ip6: [src: {:add, 1}]]}},
    pedit: {[munge: [ip: [ihl: {:add, 1}]]], {:bad_option, :munge, [ip: [ihl: {:add, 1}]]}},
    pedit:
      {[munge: [tcp: [sport: {:add, 65_536}]]],
       {:bad_option, :munge, [tcp: [sport: {:add, 65_536}]]}},
    pedit:
      {[munge: [tcp: [sport: :decrement]]], {:bad_option, :munge, [tcp: [sport: :decrement]]}},
    pedit:
      {[munge: [ip: [src: {:set, "2001:db8::1"}]]],
       {:bad_option, :munge, [ip: [src: {:set, "2001:db8::1"}]]}},
    pedit: {[munge: [ip: [mtu: :clear]]], {:bad_option, :munge, [ip: [mtu: :clear]]}},
    pedit: {[munge: [ip: [tos: {:set, 3, 1}]]], {:bad_option, :munge, [ip: [tos: {:set, 3, 1}]]}},
    pedit:
      {[munge: [ip: [{{1, :u16}, :clear}]]], {:bad_option, :munge, [ip: [{{1, :u16}, :clear}]]}},
    csum: {[update: []], {:bad_option, :update, []}},
    csum: {[update: [:ip]], {:bad_option, :update, [:ip]}},
    nat: {[], {:missing_option, :ingress}},
    nat:
      {[egress: {"2001:db8::/64", "10.0.0.1"}],
       {:bad_option, :egress, {"2001:db8::/64", "10.0.0.1"}}},
    ct: {[clear: true, zone: 1], {:bad_option, :zone, 1}},
    ct: {[mark: 1], {:missing_option, :commit}},
    ct: {[nat: {:src, "10.0.0.1"}], {:missing_option, :commit}},
    ct:
      {[commit: true, nat: {:src, {"10.0.0.2", "10.0.0.1"}}],
       {:bad_option, :nat, {:src, {"10.0.0.2", "10.0.0.1"}}}},
    ct: {[commit: true, label: <<1>>], {:bad_option, :label, <<1>>}},
    mpls: {[pop: true], {:missing_option, :protocol}},
    mpls: {[push: true, label: 0x100000], {:bad_option, :label, 0x100000}},
    mpls: {[modify: true, protocol: :ip], {:bad_option, :protocol, 0x800}},
    mpls: {[dec_ttl: true, ttl: 5], {:bad_option, :ttl, 5}},
    connmark: {[zone: 65_536], {:bad_option, :zone, 65_536}},
    ctinfo: {[dscp: 0x3E], {:bad_option, :dscp, 0x3E}},
    ctinfo: {[dscp: {0x3F, 1}], {:bad_option, :dscp, {0x3F, 1}}},
    skbmod: {[set: true], {:missing_option, :dmac}},
    skbmod: {[swap: true, etype: 5], {:bad_option, :etype, 5}},
    sample: {[rate: 1], {:missing_option, :group}},
    sample: {[rate: 0, group: 1], {:bad_option, :rate, 0}},
    bpf: {[], {:missing_option, :bytecode}},
    bpf: {[fd: 3], {:missing_option, :name}},
    bpf: {[bytecode: [{6, 256, 0, 0}]], {:bad_option, :bytecode, [{6, 256, 0, 0}]}},
    simple:
      {[sdata: String.duplicate("x", 32)], {:bad_option, :sdata, String.duplicate("x", 32)}},
    gate: {[sched_entry: []], {:bad_option, :sched_entry, []}},
    gate: {[sched_entry: [{:open, "5s"}]], {:bad_option, :sched_entry, [{:open, "5s"}]}},
    gate: {[sched_entry: [{:shut, 5}]], {:bad_option, :sched_entry, [{:shut, 5}]}},
    ife: {[decode: true, type: 5], {:bad_option, :type, 5}},
    ife: {[encode: true, use: [tcindex: 65_536]], {:bad_option, :use, [tcindex: 65_536]}},
    ife: {[encode: true, allow: [:hash]], {:bad_option, :allow, [:hash]}}
  ]

  test "options that are refused" do
    for {kind, {opts, reason}} <- @bad,
        do: assert({kind, opts, Entry.check({kind, opts})} == {kind, opts, {:error, reason}})
  end

  test "metadata of the kind ife" do
    {:ok, [%{options: ife}]} = actions([{:ife, encode: true, allow: [:prio], use: [tcindex: 5]}])

    assert {ife.metalst.prio, ife.metalst.tcindex} == {"", <<5::native-16>>}
  end

  test "a control is a name, or a number with a value" do
    for control <- [{:goto, 0}, {:goto, 0xFFFFFFF}, {:jump, 1}] do
      assert {:ok, number} = Control.cast(control)
      assert Control.of(number) == control
    end

    assert Control.cast(:continue) == {:ok, -1}
    assert Control.of(:continue) == :continue
    assert Control.of(0x2000_0007) == {:goto, 7}
    assert Control.of(0x1000_0007) == {:jump, 7}
  end
end
