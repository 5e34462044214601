defmodule Linx.Netlink.Generic.MptcpTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.Generic.Mptcp
  alias Linx.Netlink.Generic.Mptcp.{Connection, Endpoint, Limits}
  alias Linx.Test.Captured

  # Bodies of replies and notifications of Linux 6.18.
  @signal ~X"""
  03 01 00 00 34 00 01 80 06 00 01 00 02 00 00 00 06 00 05 00 59 1b 00 00 05 00 02 00
  05 00 00 00 08 00 06 00 01 00 00 00 08 00 07 00 01 00 00 00 08 00 03 00 7f 00 00 01
  """

  @subflow ~X"""
  03 01 00 00 38 00 01 80 06 00 01 00 0a 00 00 00 06 00 05 00 00 00 00 00 05 00 02 00
  06 00 00 00 08 00 06 00 06 00 00 00 14 00 04 00 20 01 0d b8 00 00 00 00 00 00 00 00
  00 00 00 01
  """

  @limits ~X"""
  06 01 00 00 08 00 02 00 00 00 00 00 08 00 03 00 02 00 00 00
  """

  # MPTCP_EVENT_ESTABLISHED of the server.
  @established ~X"""
  02 01 00 00 08 00 01 00 60 e2 bc 01 05 00 12 00 01 00 00 00 06 00 0d 00 02 00 00 00
  06 00 02 00 02 00 00 00 08 00 05 00 7f 00 00 01 08 00 07 00 7f 00 00 01 06 00 09 00
  1e 61 00 00 06 00 0a 00 88 72 00 00 05 00 03 00 00 00 00 00 05 00 04 00 00 00 00 00
  """

  # MPTCP_EVENT_SUB_ESTABLISHED of the client.
  @sub_established ~X"""
  0a 01 00 00 08 00 01 00 b3 26 45 cd 06 00 02 00 02 00 00 00 08 00 05 00 7f 00 00 02
  08 00 07 00 7f 00 00 01 06 00 09 00 ae 49 00 00 06 00 0a 00 1e 61 00 00 05 00 03 00
  01 00 00 00 05 00 04 00 00 00 00 00 05 00 0b 00 00 00 00 00 08 00 0f 00 01 00 00 00
  """

  # A reset, with MPTCP_ATTR_RESET_REASON and MPTCP_ATTR_RESET_FLAGS.
  @reset ~X"""
  0b 01 00 00
  08 00 01 00  b3 26 45 cd
  06 00 02 00  0a 00 00 00
  14 00 06 00  20 01 0d b8 00 00 00 00  00 00 00 00 00 00 00 01
  14 00 08 00  20 01 0d b8 00 00 00 00  00 00 00 00 00 00 00 02
  05 00 0b 00  01 00 00 00
  05 00 0c 00  68 00 00 00
  08 00 0e 00  05 00 00 00
  08 00 10 00  06 00 00 00
  08 00 11 00  01 00 00 00
  06 00 0d 00  01 00 00 00
  """

  test "endpoints" do
    assert %Mptcp{addr: %Endpoint{} = signal} = Captured.check(Mptcp, @signal)
    assert {signal.id, signal.port, signal.flags, signal.if_idx} == {5, 7001, [:signal], 1}
    assert to_string(Endpoint.address(signal)) == "127.0.0.1"

    assert %Mptcp{addr: %Endpoint{} = subflow} = Captured.check(Mptcp, @subflow)
    assert {subflow.id, subflow.family, subflow.if_idx} == {6, :inet6, nil}
    assert subflow.flags == [:subflow, :backup]
    assert to_string(Endpoint.address(subflow)) == "2001:db8::1"
  end

  test "limits" do
    assert Captured.check(Limits, @limits) == %Limits{rcv_add_addrs: 0, subflows: 2}
  end

  test "connections and subflows" do
    assert %Connection{server_side: true, flags: [:server_side], dport: 34_930, sport: 7777} =
             established = Captured.check(Connection, @established)

    assert to_string(Connection.source(established)) == "127.0.0.1"

    assert %Connection{token: token, loc_id: 1, rem_id: 0, backup: false, if_idx: 1} =
             subflow = Captured.check(Connection, @sub_established)

    assert token == 0xCD4526B3
    assert to_string(Connection.source(subflow)) == "127.0.0.2"
    assert to_string(Connection.destination(subflow)) == "127.0.0.1"
    assert {subflow.sport, subflow.dport, subflow.family} == {0xAE49, 7777, :inet}
  end

  test "a reset" do
    assert %Connection{
             family: :inet6,
             backup: true,
             error: 104,
             timeout: 5,
             reset_reason: :emiddlebox,
             reset_flags: 1,
             flags: [:deny_join_id0]
           } = reset = Captured.check(Connection, @reset)

    assert to_string(Connection.source(reset)) == "2001:db8::1"
    assert to_string(Connection.destination(reset)) == "2001:db8::2"
  end

  test "wrong input is an error before anything is sent" do
    assert Mptcp.add(:none, "192.0.2") == {:error, {:bad_address, "192.0.2"}}
    assert Mptcp.add(:none, nil) == {:error, {:bad_option, :address, nil}}
    assert Mptcp.add(:none, "::1", id: 0) == {:error, {:bad_option, :id, 0}}
    assert Mptcp.add(:none, "::1", flags: [:x]) == {:error, {:bad_option, :flags, [:x]}}
    assert Mptcp.add(:none, "::1", token: 1) == {:error, {:unknown_option, :token}}
    assert Mptcp.delete(:none, 256) == {:error, {:bad_option, :id, 256}}
    assert Mptcp.set(:none, 1, dev: "lo") == {:error, {:unknown_option, :dev}}
    assert Mptcp.set_limits(:none, subflows: -1) == {:error, {:bad_option, :subflows, -1}}
    assert Mptcp.announce(:none, -1, "::1", 1) == {:error, {:bad_option, :token, -1}}
    assert Mptcp.remove(:none, 1, 256) == {:error, {:bad_option, :id, 256}}
    bad = {"::1", 0}
    assert Mptcp.create_subflow(:none, 1, bad, "::1") == {:error, {:bad_option, :local, bad}}
    assert Mptcp.destroy_subflow(:none, 1, "::1", bad) == {:error, {:bad_option, :remote, bad}}
    assert Mptcp.Monitor.start_link(groups: []) == {:error, {:bad_option, :groups, []}}
  end
end
