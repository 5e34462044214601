defmodule Linx.Netlink.Rtnl.Stats.Link64 do
  @moduledoc """
  Counters of a network interface, 64 bits each.

  Kernel side: `struct rtnl_link_stats64` of `include/uapi/linux/if_link.h`, sent
  in `IFLA_STATS64` of a link and in `IFLA_STATS_LINK_64` of its statistics.

      {:ok, link} = Linx.Netlink.Rtnl.Link.get(sock, "eth0", stats: true)
      link.stats64.rx_bytes

  Packets and bytes count from the creation of the device. A counter
  that the running kernel does not have is `nil`: new ones are appended.
  """

  @counters [
    :rx_packets,
    :tx_packets,
    :rx_bytes,
    :tx_bytes,
    :rx_errors,
    :tx_errors,
    :rx_dropped,
    :tx_dropped,
    :multicast,
    :collisions,
    :rx_length_errors,
    :rx_over_errors,
    :rx_crc_errors,
    :rx_frame_errors,
    :rx_fifo_errors,
    :rx_missed_errors,
    :tx_aborted_errors,
    :tx_carrier_errors,
    :tx_fifo_errors,
    :tx_heartbeat_errors,
    :tx_window_errors,
    :rx_compressed,
    :tx_compressed,
    :rx_nohandler,
    :rx_otherhost_dropped
  ]

  defstruct @counters

  @type counter :: non_neg_integer() | nil

  @type t :: %__MODULE__{
          rx_packets: counter(),
          tx_packets: counter(),
          rx_bytes: counter(),
          tx_bytes: counter(),
          rx_errors: counter(),
          tx_errors: counter(),
          rx_dropped: counter(),
          tx_dropped: counter(),
          multicast: counter(),
          collisions: counter(),
          rx_length_errors: counter(),
          rx_over_errors: counter(),
          rx_crc_errors: counter(),
          rx_frame_errors: counter(),
          rx_fifo_errors: counter(),
          rx_missed_errors: counter(),
          tx_aborted_errors: counter(),
          tx_carrier_errors: counter(),
          tx_fifo_errors: counter(),
          tx_heartbeat_errors: counter(),
          tx_window_errors: counter(),
          rx_compressed: counter(),
          tx_compressed: counter(),
          rx_nohandler: counter(),
          rx_otherhost_dropped: counter()
        }

  @doc """
  Writes all 25 counters, 200 bytes; `nil` is written as 0.
  """
  @spec encode(t()) :: binary()
  def encode(%__MODULE__{} = stats) do
    for counter <- @counters, into: <<>> do
      <<Map.fetch!(stats, counter) || 0::native-64>>
    end
  end

  @doc """
  Reads as many counters as the binary holds.

  Those missing stay `nil`; bytes beyond the last known counter and a counter cut
  short are ignored.
  """
  @spec decode(binary()) :: t()
  def decode(binary) when is_binary(binary), do: read(@counters, binary, %__MODULE__{})

  defp read([counter | counters], <<value::native-64, rest::binary>>, stats),
    do: read(counters, rest, Map.replace!(stats, counter, value))

  defp read(_counters, _rest, stats), do: stats

  @doc false
  @spec __counters__() :: [atom()]
  def __counters__, do: @counters

  # The codec engine reads and writes the same layout natively.
  @doc false
  def __codec__ do
    %{module: __MODULE__, header: Enum.map(@counters, &{:field, &1, :u64}), attrs: []}
  end
end
