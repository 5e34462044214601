defmodule Linx.Netlink.Rtnl.Tc.Class.Hfsc.Curve do
  @moduledoc """
  Service curve of two segments.

  Kernel side: `struct tc_service_curve` of `include/uapi/linux/pkt_sched.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Options
  alias Linx.Netlink.Rtnl.Tc.Units

  @usec 1_000_000
  @u32 0xFFFFFFFF

  codec do
    header "struct tc_service_curve" do
      field :m1, :u32, "slope of the first segment, bytes per second"
      field :d, :u32, "length of the first segment, microseconds"
      field :m2, :u32, "slope of the second segment, bytes per second"
    end
  end

  @slopes [
    m1: {Units.rate32(), "slope of the first segment"},
    d: {Units.usecs(), "length of the first segment"},
    m2: {Units.rate32(), "slope of the second segment", required: true}
  ]

  @units [
    umax: {Units.size(), "largest packet"},
    dmax: {Units.usecs(), "largest delay of it"},
    rate: {Units.rate32(), "slope of the second segment", required: true}
  ]

  @doc false
  @spec cast(term()) :: {:ok, t()} | :error
  def cast(opts) do
    with {:error, _} <- Options.cast(@slopes, opts),
         {:error, _} <- Options.cast(@units, opts) do
      :error
    else
      {:ok, given} -> curve(given)
    end
  end

  defp curve(%{rate: 0}), do: :error
  defp curve(%{m2: 0} = given) when not is_map_key(given, :m1), do: :error
  defp curve(%{m1: 0, m2: 0}), do: :error
  defp curve(%{m2: _} = given), do: {:ok, struct!(__MODULE__, given)}

  defp curve(%{rate: rate} = given) do
    size = given[:umax] || 0
    delay = given[:dmax] || 0

    case delay > 0 && div(size * @usec + delay - 1, delay) do
      false when size > 0 ->
        :error

      slope when is_integer(slope) and slope > @u32 ->
        :error

      slope when is_integer(slope) and slope > rate ->
        {:ok, %__MODULE__{m1: slope, d: delay, m2: rate}}

      _ ->
        {:ok, %__MODULE__{m1: 0, d: delay - div(size * @usec, rate), m2: rate}}
    end
  end
end
