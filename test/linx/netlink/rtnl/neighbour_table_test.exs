defmodule Linx.Netlink.Rtnl.NeighbourTableTest do
  use ExUnit.Case, async: true

  import Linx.Test.Bytes, only: [sigil_X: 2]

  alias Linx.Netlink.{Attr, Batch, Message}
  alias Linx.Netlink.Rtnl.NeighbourTable
  alias Linx.Netlink.Rtnl.NeighbourTable.{Config, Parms, Stats}

  # Arguments are checked before the socket is used, so no socket is needed.
  @no_socket :no_socket

  # The IPv4 table of `ip ntable show`, as Linux 6.18 dumps it, without `struct nlmsghdr`.
  @table ~X"""
  02 00 00 00                                           # inet
  0e 00 01 00  61 72 70 5f 63 61 63 68 65 00 00 00      # NDTA_NAME, two bytes of padding
  0c 00 08 00  30 75 00 00 00 00 00 00                  # NDTA_GC_INTERVAL
  08 00 02 00  80 00 00 00                              # NDTA_THRESH1
  08 00 03 00  00 02 00 00                              # NDTA_THRESH2
  08 00 04 00  00 04 00 00                              # NDTA_THRESH3
  24 00 05 00  04 00 50 01  03 00 00 00  50 a6 ad 00    # NDTA_CONFIG
    bc 98 03 00  59 18 50 16  07 00 00 00  00 00 00 00  00 00 00 00
  5c 00 07 00                                           # NDTA_STATS
    78 00 00 00 00 00 00 00  75 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00  5d 30 00 00 00 00 00 00  0b 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  eb 02 00 00 00 00 00 00
    00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
  b0 00 06 80                                           # NDTA_PARMS
    08 00 02 00  01 00 00 00                            # NDTPA_REFCNT
    08 00 10 00  00 40 03 00                            # NDTPA_QUEUE_LENBYTES
    08 00 08 00  65 00 00 00                            # NDTPA_QUEUE_LEN
    08 00 0e 00  40 00 00 00                            # NDTPA_PROXY_QLEN
    08 00 09 00  00 00 00 00                            # NDTPA_APP_PROBES
    08 00 0a 00  03 00 00 00                            # NDTPA_UCAST_PROBES
    08 00 0b 00  03 00 00 00                            # NDTPA_MCAST_PROBES
    08 00 11 00  00 00 00 00                            # NDTPA_MCAST_REPROBES
    0c 00 03 00  a4 84 00 00 00 00 00 00                # NDTPA_REACHABLE_TIME
    0c 00 04 00  30 75 00 00 00 00 00 00                # NDTPA_BASE_REACHABLE_TIME
    0c 00 06 00  60 ea 00 00 00 00 00 00                # NDTPA_GC_STALETIME
    0c 00 07 00  88 13 00 00 00 00 00 00                # NDTPA_DELAY_PROBE_TIME
    0c 00 05 00  e8 03 00 00 00 00 00 00                # NDTPA_RETRANS_TIME
    0c 00 0c 00  e8 03 00 00 00 00 00 00                # NDTPA_ANYCAST_DELAY
    0c 00 0d 00  20 03 00 00 00 00 00 00                # NDTPA_PROXY_DELAY
    0c 00 0f 00  e8 03 00 00 00 00 00 00                # NDTPA_LOCKTIME
    0c 00 13 00  88 13 00 00 00 00 00 00                # NDTPA_INTERVAL_PROBE_TIME_MS
  """

  test "a table decodes to the kernel's fields" do
    assert NeighbourTable.decode(@table) == %NeighbourTable{
             family: :inet,
             name: "arp_cache",
             thresh1: 128,
             thresh2: 512,
             thresh3: 1024,
             gc_interval: 30_000,
             config: %Config{
               key_len: 4,
               entry_size: 336,
               entries: 3,
               last_flush: 11_380_304,
               last_rand: 235_708,
               hash_rnd: 374_347_865,
               hash_mask: 7,
               hash_chain_gc: 0,
               proxy_qlen: 0
             },
             stats: %Stats{
               allocs: 120,
               destroys: 117,
               hash_grows: 0,
               res_failed: 0,
               lookups: 12_381,
               hits: 11,
               rcv_probes_mcast: 0,
               rcv_probes_ucast: 0,
               periodic_gc_runs: 747,
               forced_gc_runs: 0,
               table_fulls: 0
             },
             parms: %Parms{
               ifindex: nil,
               refcnt: 1,
               reachable_time: 33_956,
               base_reachable_time: 30_000,
               retrans_time: 1000,
               gc_staletime: 60_000,
               delay_probe_time: 5000,
               queue_len: 101,
               app_probes: 0,
               ucast_probes: 3,
               mcast_probes: 3,
               anycast_delay: 1000,
               proxy_delay: 800,
               proxy_qlen: 64,
               locktime: 1000,
               queue_lenbytes: 212_992,
               mcast_reprobes: 0,
               interval_probe_time_ms: 5000
             }
           }
  end

  test "a decoded table encodes to the same attributes" do
    <<header::binary-4, attributes::binary>> = @table

    assert <<^header::binary-4, written::binary>> =
             NeighbourTable.encode(NeighbourTable.decode(@table))

    assert sorted(written) == sorted(attributes)
  end

  defp sorted(bytes) do
    for {id, payload} <- Enum.sort(Attr.decode(bytes)),
        do:
          {id,
           if(Bitwise.band(id, 0x3FFF) == 6, do: Enum.sort(Attr.decode(payload)), else: payload)}
  end

  test "a truncated table decodes or raises ArgumentError" do
    for size <- 0..byte_size(@table) do
      try do
        assert %NeighbourTable{} = NeighbourTable.decode(binary_part(@table, 0, size))
      rescue
        ArgumentError -> :ok
      end
    end
  end

  test "a request has the attributes of the given options alone" do
    {:ok, %Message{type: 67, payload: payload}} =
      NeighbourTable.set(%Batch{sock: @no_socket}, "arp_cache", link: 7, ucast_probes: 5)

    assert payload == ~X"""
           00 00 00 00
           0e 00 01 00  61 72 70 5f 63 61 63 68 65 00 00 00
           14 00 06 80  08 00 01 00  07 00 00 00  08 00 0a 00  05 00 00 00
           """
  end

  test "invalid names and options are errors before anything is sent" do
    for {table, opts, reason} <- [
          {"", [], {:bad_name, ""}},
          {"arp\0cache", [], {:bad_name, "arp\0cache"}},
          {String.duplicate("a", 16), [], {:bad_name, String.duplicate("a", 16)}},
          {"arp_cache", [thresh4: 1], {:unknown_option, :thresh4}},
          {"arp_cache", [thresh3: -1], {:bad_option, :thresh3, -1}},
          {"arp_cache", [locktime: "1"], {:bad_option, :locktime, "1"}},
          {"arp_cache", [queue_len: 0x80000], {:bad_option, :queue_len, 0x80000}},
          {"arp_cache", [link: -1], {:bad_option, :link, -1}}
        ],
        do: assert(NeighbourTable.set(@no_socket, table, opts) == {:error, reason})

    assert NeighbourTable.list(@no_socket, colour: 1) == {:error, {:unknown_option, :colour}}

    assert NeighbourTable.list(@no_socket, family: :inet5) ==
             {:error, {:bad_option, :family, :inet5}}
  end
end
