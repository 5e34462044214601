defmodule Linx.Netlink.Generic.TcpMetricsTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  doctest Linx.Netlink.Generic.TcpMetrics

  alias Linx.Netlink.Generic.TcpMetrics
  alias Linx.Test.Captured

  # Body of a reply of Linux 6.18 to `ip tcp_metrics show`.
  @entry ~X"""
  01 01 00 00 08 00 01 00 7f 00 00 01 08 00 0b 00 7f 00 00 01 0c 00 03 00 b4 07 00 00
  00 00 00 00 2c 00 06 00 08 00 06 00 86 00 00 00 08 00 01 00 01 00 00 00 08 00 07 00
  37 00 00 00 08 00 02 00 01 00 00 00 08 00 04 00 12 00 00 00
  """

  # TCP_METRICS_ATTR_* of a peer that uses TCP Fast Open, whose connection is in TIME_WAIT.
  @fast_open ~X"""
  01 01 00 00
  14 00 02 00  20 01 0d b8 00 00 00 00  00 00 00 00 00 00 00 01
  14 00 0c 00  20 01 0d b8 00 00 00 00  00 00 00 00 00 00 00 02
  08 00 05 00  07 00 00 00
  08 00 04 00  78 56 34 12
  06 00 07 00  b4 05 00 00
  06 00 08 00  02 00 00 00
  0c 00 09 00  e8 03 00 00 00 00 00 00
  0c 00 0a 00  01 02 03 04 05 06 07 08
  """

  test "an entry with its values" do
    assert %TcpMetrics{age: age, vals: vals} = entry = Captured.check(TcpMetrics, @entry)
    assert to_string(TcpMetrics.address(entry)) == "127.0.0.1"
    assert to_string(TcpMetrics.source(entry)) == "127.0.0.1"
    assert age > 0
    assert %TcpMetrics.Vals{rtt: 1, rttvar: 1, cwnd: 18, ssthresh: nil} = vals
    assert {TcpMetrics.rtt(entry), TcpMetrics.rttvar(entry)} == {div(134, 8), div(55, 4)}
    milliseconds = %{entry | vals: %{vals | rtt_us: nil, rttvar_us: nil}}
    assert {TcpMetrics.rtt(milliseconds), TcpMetrics.rttvar(milliseconds)} == {125, 250}
    assert TcpMetrics.rtt(%TcpMetrics{}) == nil
  end

  test "an entry with a cookie" do
    assert %TcpMetrics{
             vals: nil,
             tw_tsval: 0x12345678,
             tw_ts_stamp: 7,
             fopen_mss: 1460,
             fopen_syn_drops: 2,
             fopen_syn_drop_ts: 1000,
             fopen_cookie: <<1, 2, 3, 4, 5, 6, 7, 8>>
           } = entry = Captured.check(TcpMetrics, @fast_open)

    assert to_string(TcpMetrics.address(entry)) == "2001:db8::1"
    assert to_string(TcpMetrics.source(entry)) == "2001:db8::2"
  end

  test "wrong input is an error before anything is sent" do
    assert TcpMetrics.get(:none, "192.0.2") == {:error, {:bad_address, "192.0.2"}}
    assert TcpMetrics.get(:none, nil) == {:error, {:bad_option, :address, nil}}
    assert TcpMetrics.delete(:none, "::1", source: 7) == {:error, {:bad_option, :source, 7}}
    assert TcpMetrics.flush(:none, source: "::1") == {:error, {:unknown_option, :source}}
    assert TcpMetrics.list(:none, address: "::1") == {:error, {:unknown_option, :address}}
  end
end
