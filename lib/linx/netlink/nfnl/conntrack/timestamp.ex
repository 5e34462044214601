defmodule Linx.Netlink.Nfnl.Conntrack.Timestamp do
  @moduledoc """
  Start and end of a connection: `CTA_TIMESTAMP_*`, nanoseconds since 1970.

  Kernel side: `include/uapi/linux/netfilter/nfnetlink_conntrack.h`.
  """

  use Linx.Netlink.Codec

  codec prefix: "CTA_TIMESTAMP_" do
    attr 1, :start, :be64, "start, ns since 1970"
    attr 2, :stop, :be64, "end, ns since 1970"
  end

  @doc """
  The start as a `DateTime`, in UTC; `nil` if it is not known.

      iex> alias Linx.Netlink.Nfnl.Conntrack.Timestamp
      iex> Timestamp.started_at(%Timestamp{start: 1_700_000_000_250_000_999})
      ~U[2023-11-14 22:13:20.250000Z]
  """
  @spec started_at(t()) :: DateTime.t() | nil
  def started_at(%__MODULE__{start: start}), do: datetime(start)

  @doc """
  The end as a `DateTime`, in UTC; `nil` while the connection is tracked.
  """
  @spec stopped_at(t()) :: DateTime.t() | nil
  def stopped_at(%__MODULE__{stop: stop}), do: datetime(stop)

  # Microseconds are the precision of a `DateTime`.
  defp datetime(nil), do: nil
  defp datetime(ns), do: DateTime.from_unix!(div(ns, 1000), :microsecond)
end
