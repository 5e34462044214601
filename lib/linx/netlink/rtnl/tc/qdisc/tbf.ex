defmodule Linx.Netlink.Rtnl.Tc.Qdisc.Tbf do
  @moduledoc """
  Token bucket filter: a limit of the rate.

  Kernel side: `TCA_TBF_*` and `struct tc_tbf_qopt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Qdisc.add(sock, "eth0", :tbf, rate: "10mbit", burst: "32k", latency: "50ms")

  `rate/1` and `burst/1` give the rate and the burst of what was read.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.{Psched, Ratespec, Units}
  alias __MODULE__.Parms

  codec prefix: "TCA_TBF_" do
    attr 1, :parms, Parms, "parameters"
    attr 2, :rtab, {:packed, :u32}, "rate table, request only"
    attr 3, :ptab, {:packed, :u32}, "rate table of the peak rate, request only"
    attr 4, :rate64, :u64, "rate above 4294967295 bytes per second"
    attr 5, :prate64, :u64, "peak rate above 4294967295 bytes per second"
    attr 6, :burst, :u32, "size of the bucket, bytes, request only"
    attr 7, :pburst, :u32, "size of the bucket of the peak rate, bytes, request only"
  end

  options(
    [
      rate: {Units.rate(), "rate of tokens", required: true},
      burst: {Units.size(), "size of the bucket", required: true},
      limit: {Units.size(), "length of the queue, bytes; this or `:latency` is required"},
      latency: {Units.usecs(), "longest time that a packet waits"},
      peakrate: {Units.rate(), "rate at which the bucket is emptied; needs `:mtu`"},
      mtu: {Units.size(), "size of the bucket of the peak rate, `:minburst` of `tc`"}
    ] ++ Ratespec.options()
  )

  @doc false
  @impl true
  def build(given) do
    with {:ok, limit} <- limit(given),
         {:ok, buffer} <- bucket(:burst, given.rate, given),
         {:ok, mtu} <- peak(given) do
      parms =
        Psched.ratespec(:rate, given.rate, given) ++ [limit: limit, buffer: buffer, mtu: mtu]

      tbf = %__MODULE__{
        parms: struct!(Parms, parms),
        rate64: Psched.rate64(given.rate),
        burst: given.burst,
        rtab: Psched.table(given.rate, given)
      }

      {:ok, peaked(tbf, given)}
    end
  end

  defp peaked(tbf, %{peakrate: rate} = given) do
    %{
      tbf
      | parms: struct!(tbf.parms, Psched.ratespec(:peakrate, rate, given)),
        prate64: Psched.rate64(rate),
        pburst: given.mtu,
        ptab: Psched.table(rate, given)
    }
  end

  defp peaked(tbf, _given), do: tbf

  # tc_tbf of iproute2: what arrives in that time at the rate, and a bucket.
  defp limit(%{limit: limit}), do: {:ok, limit}

  defp limit(%{latency: latency} = given) do
    room = fn rate, bucket -> div(rate * latency, 1_000_000) + bucket end
    limit = room.(given.rate, given.burst)

    limit =
      if given[:peakrate], do: min(limit, room.(given.peakrate, given[:mtu] || 0)), else: limit

    if limit <= 0xFFFFFFFF, do: {:ok, limit}, else: {:error, {:bad_option, :latency, latency}}
  end

  defp limit(_given), do: {:error, {:missing_option, :limit}}

  # Kernels before 3.13 do not measure the bucket themselves.
  defp bucket(key, rate, given) do
    size = Map.fetch!(given, key)

    with :error <- Psched.burst(rate, Psched.accounted(size, given)),
         do: {:error, {:bad_option, key, size}}
  end

  defp peak(%{peakrate: rate, mtu: _} = given), do: bucket(:mtu, rate, given)
  defp peak(%{peakrate: _rate}), do: {:error, {:missing_option, :mtu}}
  defp peak(_given), do: {:ok, 0}

  @doc """
  The rate in bytes per second.
  """
  @spec rate(t()) :: non_neg_integer() | nil
  def rate(%__MODULE__{rate64: rate}) when rate != nil, do: rate
  def rate(%__MODULE__{parms: %Parms{rate: rate}}), do: rate
  def rate(%__MODULE__{}), do: nil

  @doc """
  The size of the bucket in bytes, with what the overhead and ATM add to a packet of that size.

      iex> alias Linx.Netlink.Rtnl.Tc.Qdisc.Tbf
      iex> Tbf.burst(%Tbf{parms: %Tbf.Parms{rate: 125_000, buffer: 16_000_000}})
      2000
  """
  @spec burst(t()) :: non_neg_integer() | nil
  def burst(%__MODULE__{parms: %Parms{buffer: buffer}} = tbf), do: Psched.size(rate(tbf), buffer)
  def burst(%__MODULE__{}), do: nil
end
