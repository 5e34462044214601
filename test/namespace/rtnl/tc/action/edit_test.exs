defmodule Linx.Namespace.Rtnl.Tc.Action.EditTest do
  # Actions that change a packet, or what the kernel keeps with it. The judge is `tc`.
  use Linx.Test.NamespaceCase, async: true

  import Linx.Test.TcAction

  alias Linx.Netlink.Rtnl
  alias Linx.Netlink.Rtnl.Tc.Action
  alias Linx.Netlink.Rtnl.Tc.Action.{Skbedit, Vlan}

  @moduletag :vm

  setup %{path: path} do
    {:ok, sock} = Rtnl.open({:path, path})
    %{sock: sock}
  end

  test "actions of the kind vlan are those of tc", %{sock: sock, ns: ns} do
    for {opts, words} <- [
          {[pop: true], "pop"},
          {[push: true, id: 4094], "push id 4094"},
          {[push: true, id: 5, priority: 7, protocol: :"802.1ad"],
           "push protocol 802.1ad id 5 priority 7"},
          {[modify: true, id: 6, protocol: :"802.1q"], "modify protocol 802.1q id 6"},
          {[modify: true, id: 6, priority: 1, control: :drop], "modify id 6 priority 1 drop"},
          {[pop_eth: true], "pop_eth"},
          {[push_eth: true, dst_mac: "02:00:00:00:00:01", src_mac: "02:00:00:00:00:02"],
           "push_eth dst_mac 02:00:00:00:00:01 src_mac 02:00:00:00:00:02"}
        ] do
      assert %Vlan{parms: %{v_action: action}} = same!(sock, ns, :vlan, opts, words)
      assert opts[action] == true
      # The kernel does not change what an action does.
      :ok = Action.flush(sock, :vlan)
    end
  end

  test "actions of the kind skbedit are those of tc", %{sock: sock, ns: ns} do
    for {opts, words, read} <- [
          {[mark: 0xFFFFFFFF], "mark 0xffffffff", %{mark: 0xFFFFFFFF}},
          {[mark: {0x10, 0xF0}], "mark 0x10/0xf0", %{mark: 0x10, mask: 0xF0}},
          {[priority: "1:10"], "priority 1:10", %{priority: 0x10010}},
          {[queue_mapping: 3], "queue_mapping 3", %{queue_mapping: 3}},
          {[ptype: :host], "ptype host", %{ptype: :host}},
          {[ptype: :broadcast], "ptype broadcast", %{ptype: :broadcast}},
          {[ptype: :multicast], "ptype multicast", %{ptype: :multicast}},
          {[ptype: :otherhost], "ptype otherhost", %{ptype: :otherhost}},
          {[inheritdsfield: true, control: :pass], "inheritdsfield pass",
           %{flags: [:inheritdsfield]}}
        ] do
      assert %Skbedit{} = options = same!(sock, ns, :skbedit, opts, words)
      assert {opts, Map.take(options, Map.keys(read))} == {opts, read}
      :ok = Action.flush(sock, :skbedit)
    end

    # tc before iproute2 6.2 has no range.
    assert :ok = Action.add(sock, :skbedit, queue_mapping: {2, 5}, index: 1)
    assert {:ok, %{options: options}} = Action.get(sock, :skbedit, 1)
    assert {options.queue_mapping, options.queue_mapping_max} == {2, 5}
    assert options.flags == [:txq_skbhash]
    assert tc_action(ns, :skbedit, 1)["queue_mapping"] == 2
  end
end
