defmodule Linx.Netlink.Rtnl.Tc.Estimator do
  @moduledoc """
  Estimator of the rate of a qdisc, a class or the actions of a filter. The rates are in `stats2.rate_est`, and
  in `stats2.rate_est64` where 32 bits do not hold them.

  Kernel side: `struct tc_estimator` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Units

  # tc_setup_estimator of iproute2, tc_estimator.c: an interval is 2^0 to 2^5 quarters of a second.
  @quarter 250_000
  @intervals 0..5
  @averages 1..30

  codec do
    header "struct tc_estimator" do
      field :interval, :s8, "time between two measurements, a power of two of seconds"
      field :ewma_log, :u8, "weight of the past in the average, a power of two"
    end
  end

  @doc false
  @spec type() :: term()
  def type, do: {:check, &__MODULE__.cast/1, "`{interval, average}`, times"}

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast({interval, average}) do
    with {:ok, interval} <- Units.cast_usecs(interval),
         {:ok, average} <- Units.cast_usecs(average),
         power when power != nil <- Enum.find(@intervals, &(interval <= @quarter * 2 ** &1)),
         log when log in @averages <- ewma_log(interval, average) do
      {:ok, %__MODULE__{interval: power - 2, ewma_log: log}}
    else
      _ -> :error
    end
  end

  def cast(_other), do: :error

  # The largest weight of the past whose average is over no more than that time.
  defp ewma_log(interval, average),
    do: Enum.find(1..31, 32, &(interval / -:math.log(1 - 1 / 2 ** &1) > average)) - 1
end
