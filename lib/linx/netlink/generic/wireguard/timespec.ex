defmodule Linx.Netlink.Generic.WireGuard.Timespec do
  @moduledoc false
  # Time of a handshake.

  use Linx.Netlink.Codec

  codec do
    header "struct __kernel_timespec", prefix: "tv_" do
      field :sec, :s64, "seconds since 1970"
      field :nsec, :s64, "nanoseconds"
    end
  end

  @doc """
  The time in UTC, to the microsecond; `nil` for zero.
  """
  @spec to_datetime(t() | nil) :: DateTime.t() | nil
  def to_datetime(%__MODULE__{sec: 0, nsec: 0}), do: nil

  def to_datetime(%__MODULE__{sec: sec, nsec: nsec}) when is_integer(sec) and is_integer(nsec) do
    case DateTime.from_unix(sec * 1_000_000 + div(nsec, 1000), :microsecond) do
      {:ok, time} -> time
      {:error, _} -> nil
    end
  end

  def to_datetime(_absent), do: nil
end
