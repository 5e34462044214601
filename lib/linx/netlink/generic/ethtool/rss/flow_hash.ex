defmodule Linx.Netlink.Generic.Ethtool.Rss.FlowHash do
  @moduledoc """
  Fields of a packet that are hashed, for each kind of packet.

  Kernel side: `ETHTOOL_A_FLOW_*` of `include/uapi/linux/ethtool_netlink.h`, `RXH_*` of
  `include/uapi/linux/ethtool.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options

  # RXH_* of include/uapi/linux/ethtool.h.
  @fields [
    l2da: 0x2,
    vlan: 0x4,
    l3_proto: 0x8,
    ip_src: 0x10,
    ip_dst: 0x20,
    l4_b_0_1: 0x40,
    l4_b_2_3: 0x80,
    gtp_teid: 0x100,
    ip6_fl: 0x200,
    discard: 0x80000000
  ]

  @flows ~w(ether ip4 ip6 tcp4 tcp6 udp4 udp6 sctp4 sctp6 ah4 ah6 esp4 esp6 ah_esp4 ah_esp6 gtpu4 gtpu6 gtpc4 gtpc6 gtpc_teid4 gtpc_teid6 gtpu_eh4 gtpu_eh6 gtpu_ul4 gtpu_ul6 gtpu_dl4 gtpu_dl6)a
  @table for flow <- @flows, do: {flow, {:flags, @fields}}

  codec prefix: "ETHTOOL_A_FLOW_" do
    attr 1, :ether, {:flags, :u32, @fields}, values: "RXH_"
    attr 2, :ip4, {:flags, :u32, @fields}, values: "RXH_"
    attr 3, :ip6, {:flags, :u32, @fields}, values: "RXH_"
    attr 4, :tcp4, {:flags, :u32, @fields}, values: "RXH_"
    attr 5, :tcp6, {:flags, :u32, @fields}, values: "RXH_"
    attr 6, :udp4, {:flags, :u32, @fields}, values: "RXH_"
    attr 7, :udp6, {:flags, :u32, @fields}, values: "RXH_"
    attr 8, :sctp4, {:flags, :u32, @fields}, values: "RXH_"
    attr 9, :sctp6, {:flags, :u32, @fields}, values: "RXH_"
    attr 10, :ah4, {:flags, :u32, @fields}, values: "RXH_"
    attr 11, :ah6, {:flags, :u32, @fields}, values: "RXH_"
    attr 12, :esp4, {:flags, :u32, @fields}, values: "RXH_"
    attr 13, :esp6, {:flags, :u32, @fields}, values: "RXH_"
    attr 14, :ah_esp4, {:flags, :u32, @fields}, values: "RXH_"
    attr 15, :ah_esp6, {:flags, :u32, @fields}, values: "RXH_"
    attr 16, :gtpu4, {:flags, :u32, @fields}, values: "RXH_"
    attr 17, :gtpu6, {:flags, :u32, @fields}, values: "RXH_"
    attr 18, :gtpc4, {:flags, :u32, @fields}, values: "RXH_"
    attr 19, :gtpc6, {:flags, :u32, @fields}, values: "RXH_"
    attr 20, :gtpc_teid4, {:flags, :u32, @fields}, values: "RXH_"
    attr 21, :gtpc_teid6, {:flags, :u32, @fields}, values: "RXH_"
    attr 22, :gtpu_eh4, {:flags, :u32, @fields}, values: "RXH_"
    attr 23, :gtpu_eh6, {:flags, :u32, @fields}, values: "RXH_"
    attr 24, :gtpu_ul4, {:flags, :u32, @fields}, values: "RXH_"
    attr 25, :gtpu_ul6, {:flags, :u32, @fields}, values: "RXH_"
    attr 26, :gtpu_dl4, {:flags, :u32, @fields}, values: "RXH_"
    attr 27, :gtpu_dl6, {:flags, :u32, @fields}, values: "RXH_"
  end

  @doc false
  # The type of an option that takes one.
  def option do
    {:check, &__MODULE__.cast/1,
     "keyword list of lists of fields, such as `[tcp4: [:ip_src, :ip_dst, :l4_b_0_1, :l4_b_2_3]]`"}
  end

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(value) do
    case Options.cast(@table, value) do
      {:ok, fields} -> {:ok, struct!(__MODULE__, fields)}
      {:error, _reason} -> :error
    end
  end
end
