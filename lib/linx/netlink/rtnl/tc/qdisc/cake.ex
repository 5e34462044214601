defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Cake do
  @moduledoc """
  CAKE: a shaper with fair queueing of flows and hosts, and queues for classes of traffic. `:cake_mq` is one of
  these for each transmit queue of the link, which share the rate; Linux 6.12 does not have it.

  Kernel side: `TCA_CAKE_*` and `CAKE_*` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :cake, bandwidth: "50mbit", diffserv: :diffserv4, nat: true, docsis: true)
      {:ok, qdisc} = Qdisc.get(sock, "eth0", nil)
      qdisc.options.base_rate64
      #=> 6_250_000

  The counters are those of `Linx.Netlink.Rtnl.Tc.Qdisc.Cake.Stats`, in `qdisc.stats2.app`, since the kernel
  has no other place for these: `xstats` is `nil`. A class is a flow, with counters of the same struct.

  The words of tc-cake(8) for the overhead of a framing are options that are `true`. The overhead is the sum
  of `:overhead` and those of all framings, and at least -64, at most 256.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Units

  @diffserv [diffserv3: 0, diffserv4: 1, diffserv8: 2, besteffort: 3, precedence: 4]
  @atm [noatm: 0, atm: 1, ptm: 2]
  @ack_filter [false: 0, true: 1, aggressive: 2]

  @flowmode [
    flowblind: 0,
    srchost: 1,
    dsthost: 2,
    hosts: 3,
    flows: 4,
    dual_srchost: 5,
    dual_dsthost: 6,
    triple_isolate: 7
  ]

  @flowmode_names {"CAKE_FLOW_",
                   [
                     flowblind: "CAKE_FLOW_NONE",
                     srchost: "CAKE_FLOW_SRC_IP",
                     dsthost: "CAKE_FLOW_DST_IP",
                     dual_srchost: "CAKE_FLOW_DUAL_SRC",
                     dual_dsthost: "CAKE_FLOW_DUAL_DST",
                     triple_isolate: "CAKE_FLOW_TRIPLE"
                   ]}

  # Microseconds; target, and round trip time. A target is a twentieth of the time, but not of all of these.
  @presets [
    datacentre: {5, 100},
    lan: {50, 1000},
    metro: {500, 10_000},
    regional: {1500, 30_000},
    internet: {5000, 100_000},
    oceanic: {15_000, 300_000},
    satellite: {50_000, 1_000_000},
    interplanetary: {50_000_000, 1_000_000_000}
  ]

  # Bytes, cells, least size of a packet.
  @framings [
    conservative: {48, :atm, nil},
    ipoa_vcmux: {8, :atm, nil},
    ipoa_llcsnap: {16, :atm, nil},
    bridged_vcmux: {24, :atm, nil},
    bridged_llcsnap: {32, :atm, nil},
    pppoa_vcmux: {10, :atm, nil},
    pppoa_llc: {14, :atm, nil},
    pppoe_vcmux: {32, :atm, nil},
    pppoe_llcsnap: {40, :atm, nil},
    pppoe_ptm: {30, :ptm, nil},
    bridged_ptm: {22, :ptm, nil},
    ethernet: {38, nil, 84},
    docsis: {18, :noatm, 64}
  ]

  @overhead -64..256
  @vlan_tag 4

  codec prefix: "TCA_CAKE_" do
    attr 2, :base_rate64, :u64, "rate of the shaper, bytes per second, 0 without a limit"

    attr 3, :diffserv_mode, {:enum, :u32, @diffserv}, "classes of traffic",
      values: "CAKE_DIFFSERV_"

    attr 4, :atm, {:enum, :u32, @atm}, "cells", values: {"CAKE_ATM_", noatm: "CAKE_ATM_NONE"}

    attr 5, :flow_mode, {:enum, :u32, @flowmode}, "what is a flow", values: @flowmode_names
    attr 6, :overhead, :s32, "bytes added to each packet"
    attr 7, :rtt, :u32, "round trip time, microseconds"
    attr 8, :target, :u32, "acceptable delay, microseconds"
    attr 9, :autorate, {:bool, :u32}, "the rate is estimated from what arrives"
    attr 10, :memory, :u32, "memory of the queue, bytes, 0 for the kernel's choice"
    attr 11, :nat, {:bool, :u32}, "addresses are those before NAT"
    attr 12, :raw, :u32, "there if the size of packets is that of the kernel"
    attr 13, :wash, {:bool, :u32}, "the DSCP field is cleared"
    attr 14, :mpu, :u32, "least size of a packet, bytes"
    attr 15, :ingress, {:bool, :u32}, "dropped packets count, for received traffic"

    attr 16, :ack_filter, {:enum, :u32, @ack_filter}, "superfluous ACKs of TCP are dropped",
      values:
        {"CAKE_ACK_",
         false: "CAKE_ACK_NONE", true: "CAKE_ACK_FILTER", aggressive: "CAKE_ACK_AGGRESSIVE"}

    attr 17, :split_gso, {:bool, :u32}, "packets that were joined are split"
    attr 18, :fwmark, :u32, "mask of the firewall mark that selects the class of traffic"
  end

  options(
    [
      bandwidth: {
        {:check, &__MODULE__.cast_bandwidth/1,
         "`:unlimited`, bits per second, or text such as `\"100mbit\"`"},
        "rate of the shaper; without `:autorate_ingress` the rate is not estimated"
      },
      autorate_ingress: {:bool, "estimate the rate from what arrives"},
      diffserv: {{:enum, @diffserv}, "classes of traffic", values: "CAKE_DIFFSERV_"},
      flowmode: {{:enum, @flowmode}, "what is a flow", values: @flowmode_names},
      nat: {:bool, "take the addresses before NAT"},
      wash: {:bool, "clear the DSCP field"},
      split_gso: {:bool, "split packets that were joined"},
      rtt: {
        {:check, &__MODULE__.cast_rtt/1,
         "microseconds, text such as `\"50ms\"`, or #{Enum.map_join(@presets, ", ", &"`#{inspect(elem(&1, 0))}`")}"},
        "round trip time, of which the acceptable delay is a twentieth"
      },
      ack_filter:
        {{:enum, @ack_filter}, "drop superfluous ACKs of TCP",
         values:
           {"CAKE_ACK_",
            false: "CAKE_ACK_NONE", true: "CAKE_ACK_FILTER", aggressive: "CAKE_ACK_AGGRESSIVE"}},
      ingress: {:bool, "count dropped packets, for received traffic"},
      memlimit: {Units.size(), "memory of the queue; 0 for the kernel's choice"},
      fwmark: {0..0xFFFFFFFF, "mask of the firewall mark that selects the class of traffic"},
      overhead: {@overhead, "bytes added to each packet"},
      atm: {{:enum, @atm}, "cells", values: {"CAKE_ATM_", noatm: "CAKE_ATM_NONE"}},
      mpu: {0..256, "least size of a packet, bytes"},
      raw: {:flag, "take the size of packets that the kernel has; excludes the overheads"},
      ether_vlan: {1..64, "number of VLAN tags, 4 bytes each"}
    ] ++
      for {name, {bytes, cells, mpu}} <- @framings do
        cells = if cells, do: ", `atm: #{inspect(cells)}`", else: ""
        mpu = if mpu, do: ", `mpu: #{mpu}`", else: ""
        {name, {:flag, "#{bytes} bytes of overhead#{cells}#{mpu}"}}
      end
  )

  @doc false
  @spec cast_bandwidth(term()) :: {:ok, non_neg_integer()} | :error
  def cast_bandwidth(:unlimited), do: {:ok, 0}
  def cast_bandwidth(rate), do: Units.cast_rate(rate)

  @doc false
  @spec cast_rtt(term()) :: {:ok, {pos_integer(), pos_integer()}} | :error
  def cast_rtt(preset) when is_atom(preset), do: Keyword.fetch(@presets, preset)

  def cast_rtt(time) do
    case Units.cast_usecs(time) do
      {:ok, rtt} when rtt > 0 -> {:ok, {max(div(rtt, 20), 1), rtt}}
      _ -> :error
    end
  end

  @plain [:nat, :wash, :split_gso, :ack_filter, :ingress, :fwmark, :atm, :mpu]

  @doc false
  @impl true
  def build(given) do
    {target, rtt} = given[:rtt] || {nil, nil}
    cake = struct!(__MODULE__, Map.take(given, @plain))

    sized(
      %{
        cake
        | base_rate64: given[:bandwidth],
          autorate: given[:autorate_ingress] || if(given[:bandwidth], do: 0),
          diffserv_mode: given[:diffserv],
          flow_mode: given[:flowmode],
          memory: given[:memlimit],
          rtt: rtt,
          target: target
      },
      given
    )
  end

  # Overhead, cells and least size, of the options with these and those of the framings.
  defp sized(cake, given) do
    framings = for {name, framing} <- @framings, given[name], do: framing
    tags = given[:ether_vlan]
    added = Enum.sum(for {bytes, _, _} <- framings, do: bytes) + @vlan_tag * (tags || 0)
    overhead = (given[:overhead] || 0) + added
    cells = for {_, cells, _} <- framings, cells, uniq: true, do: Keyword.fetch!(@atm, cells)
    mpus = for {_, _, mpu} <- framings, mpu, do: mpu

    cond do
      given[:raw] && (framings != [] or tags || given[:overhead]) ->
        {:error, {:bad_option, :raw, true}}

      given[:raw] ->
        {:ok, %{cake | overhead: 0, raw: 0, atm: cake.atm || 0}}

      overhead not in @overhead or match?([_, _ | _], cells) ->
        {:error, {:bad_option, :overhead, overhead}}

      framings == [] and tags == nil ->
        {:ok, %{cake | overhead: given[:overhead]}}

      true ->
        atm = cake.atm || List.first(cells)

        {:ok,
         %{cake | overhead: overhead, atm: atm, mpu: cake.mpu || Enum.max(mpus, fn -> nil end)}}
    end
  end
end
