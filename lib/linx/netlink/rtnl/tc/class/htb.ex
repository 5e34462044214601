defmodule Linx.Netlink.Rtnl.Tc.Class.Htb do
  @moduledoc """
  Class of a hierarchical token bucket.

  Kernel side: `TCA_HTB_*` and `struct tc_htb_opt` of `include/uapi/linux/pkt_sched.h`.

      :ok = Class.add(sock, "eth0", :htb, parent: "1:", classid: "1:10", rate: "20mbit", ceil: "1gbit", prio: 1)

  A burst that is not given is what is sent at the rate in a tick of the kernel's timer, as `tc` has it, and
  at least a packet of 1600 bytes.
  """

  import Kernel, except: [ceil: 1]

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.{Psched, Ratespec, Units}
  alias __MODULE__.Parms

  # get_hz of iproute2 with timers of high resolution; the packet that a bucket must hold.
  @hz 1_000_000_000
  @mtu 1600

  codec prefix: "TCA_HTB_" do
    attr 1, :parms, Parms, "parameters"
    attr 3, :ctab, {:packed, :u32}, "rate table of the ceiling, request only"
    attr 4, :rtab, {:packed, :u32}, "rate table, request only"
    attr 6, :rate64, :u64, "rate above 4294967295 bytes per second"
    attr 7, :ceil64, :u64, "ceiling above 4294967295 bytes per second"
  end

  options(
    [
      rate: {Units.rate(), "guaranteed rate", required: true},
      ceil: {Units.rate(), "largest rate, `:rate` if not given"},
      burst: {Units.size(), "bytes sent at once above the guaranteed rate"},
      cburst: {Units.size(), "bytes sent at once above the largest rate"},
      prio: {0..7, "priority, the lowest is served first"},
      quantum: {1..0xFFFFFFFF, "bytes sent in a round; the rate divided by `:r2q` if not given"},
      mtu: {1..0xFFFFFFFF, "largest packet of the rate table, bytes"}
    ] ++ Ratespec.options()
  )

  @doc false
  @impl true
  def build(given) do
    largest = Map.get(given, :ceil, given.rate)

    with {:ok, buffer} <- bucket(:burst, given.rate, given),
         {:ok, cbuffer} <- bucket(:cburst, largest, given) do
      parms =
        Psched.ratespec(:rate, given.rate, given) ++
          Psched.ratespec(:ceil, largest, given) ++
          [buffer: buffer, cbuffer: cbuffer] ++ Map.to_list(Map.take(given, [:prio, :quantum]))

      {:ok,
       %__MODULE__{
         parms: struct!(Parms, parms),
         rtab: Psched.table(given.rate, given),
         ctab: Psched.table(largest, given),
         rate64: Psched.rate64(given.rate),
         ceil64: Psched.rate64(largest)
       }}
    end
  end

  defp bucket(key, rate, given) do
    size = Map.get(given, key, div(rate, @hz) + Map.get(given, :mtu, @mtu))
    with :error <- Psched.burst(rate, size), do: {:error, {:bad_option, key, size}}
  end

  @doc """
  The guaranteed rate in bytes per second.
  """
  @spec rate(t()) :: non_neg_integer() | nil
  def rate(%__MODULE__{rate64: rate}) when rate != nil, do: rate
  def rate(%__MODULE__{parms: %Parms{rate: rate}}), do: rate
  def rate(%__MODULE__{}), do: nil

  @doc """
  The largest rate in bytes per second.
  """
  @spec ceil(t()) :: non_neg_integer() | nil
  def ceil(%__MODULE__{ceil64: ceil}) when ceil != nil, do: ceil
  def ceil(%__MODULE__{parms: %Parms{ceil: ceil}}), do: ceil
  def ceil(%__MODULE__{}), do: nil

  @doc """
  The bytes sent at once above the guaranteed rate.
  """
  @spec burst(t()) :: non_neg_integer() | nil
  def burst(%__MODULE__{parms: %Parms{buffer: buffer}} = htb), do: Psched.size(rate(htb), buffer)
  def burst(%__MODULE__{}), do: nil

  @doc """
  The bytes sent at once above the largest rate.
  """
  @spec cburst(t()) :: non_neg_integer() | nil
  def cburst(%__MODULE__{parms: %Parms{cbuffer: buffer}} = htb),
    do: Psched.size(ceil(htb), buffer)

  def cburst(%__MODULE__{}), do: nil
end
