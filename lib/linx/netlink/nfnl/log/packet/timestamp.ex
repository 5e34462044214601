defmodule Linx.Netlink.Nfnl.Log.Packet.Timestamp do
  @moduledoc """
  Arrival of a logged packet, seconds and microseconds since 1970:
  `struct nfulnl_msg_packet_timestamp`.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_log.h`.
  """

  use Linx.Netlink.Codec

  codec do
    header "struct nfulnl_msg_packet_timestamp" do
      field :sec, :be64, "s since 1970"
      field :usec, :be64, "microseconds"
    end
  end

  @doc """
  The time as a `DateTime`, in UTC.

      iex> alias Linx.Netlink.Nfnl.Log.Packet.Timestamp
      iex> Timestamp.to_datetime(%Timestamp{sec: 1_700_000_000, usec: 250_000})
      ~U[2023-11-14 22:13:20.250000Z]
  """
  @spec to_datetime(t()) :: DateTime.t()
  def to_datetime(%__MODULE__{sec: sec, usec: usec}),
    do: DateTime.from_unix!(sec * 1_000_000 + usec, :microsecond)
end
