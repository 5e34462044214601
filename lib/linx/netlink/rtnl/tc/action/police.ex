defmodule Linx.Netlink.Rtnl.Tc.Action.Police do
  @moduledoc """
  Action that limits a rate of bytes or of packets.

  Kernel side: `TCA_POLICE_*` and `struct tc_police` of `include/uapi/linux/pkt_cls.h`.

      {:police, rate: "10mbit", burst: "64k", conform_exceed: :drop}
      {:police, pkts_rate: 1000, pkts_burst: 100, conform_exceed: {:drop, :pipe}}

  Without `:control` and `:conform_exceed` packets above the rate are reclassified, and the others pass.

  With `:avrate` packets are above the rate while the estimated rate is. The kernel refuses it for an action
  without an estimator: shared actions have none, those of a filter have that of its option `:estimator`:

      Filter.add(sock, "eth0", :matchall, parent: :ingress, estimator: {"250ms", "1s"},
        actions: [police: [avrate: "10mbit", conform_exceed: :drop]])

  `rate/1`, `burst/1` and `pkts_burst/1` give the rate and the bursts of what was read.
  """

  @behaviour Linx.Netlink.Rtnl.Tc.Kind

  use Linx.Netlink.Codec
  use Linx.Netlink.Options

  alias Linx.Netlink.Rtnl.Tc.Action.{Control, Tm}
  alias Linx.Netlink.Rtnl.Tc.{Psched, Ratespec, Units}
  alias __MODULE__.Parms

  @u32 0xFFFFFFFF
  # The unit of times of a burst, ns.
  @unit 64

  codec prefix: "TCA_POLICE_" do
    attr 1, :parms, Parms, "parameters", c: "TCA_POLICE_TBF"
    attr 2, :rtab, {:packed, :u32}, "rate table, request only", c: "TCA_POLICE_RATE"

    attr 3, :ptab, {:packed, :u32}, "rate table of the peak rate, request only",
      c: "TCA_POLICE_PEAKRATE"

    attr 4, :avrate, :u32, "limit of the estimated rate, bytes per second"

    attr 5,
         :result,
         {:enum, :s32, Control.names()},
         "what happens to the other packets, `nil` for `:pass`",
         values: Control.values()

    attr 6, :tm, Tm, "times", volatile: true
    attr 8, :rate64, :u64, "rate above 4294967295 bytes per second"
    attr 9, :peakrate64, :u64, "peak rate above 4294967295 bytes per second"
    attr 10, :pktrate64, :u64, "rate, packets per second"
    attr 11, :pktburst64, :u64, "time to send a burst of packets, 64 ns"
  end

  options(
    [
      rate: {Units.rate(), "rate of tokens; needs `:burst`"},
      burst: {Units.size(), "size of the bucket"},
      mtu: {Units.size(), "largest packet; larger ones are above the rate"},
      peakrate: {Units.rate(), "rate at which the bucket is emptied; needs `:rate` and `:mtu`"},
      avrate: {Units.rate(), "limit of the estimated rate, up to 4294967295 bytes per second"},
      pkts_rate:
        {1..0xFFFFFFFFFFFFFFFF,
         "rate, packets per second; needs `:pkts_burst`, and excludes `:rate`"},
      pkts_burst: {1..0xFFFFFFFF, "burst, packets"},
      conform_exceed:
        {{:check, &__MODULE__.cast_conform_exceed/1,
          "`exceed` or `{exceed, conform}`, each a control"},
         "what happens to packets above the rate, and to the others"}
    ] ++ Ratespec.options()
  )

  @doc false
  @impl true
  def build(given) do
    with :ok <- complete(given),
         {:ok, bytes} <- bytes(given),
         {:ok, peak} <- peak(given),
         {:ok, packets} <- packets(given),
         {:ok, average} <- average(given) do
      {exceed, conform} = Map.get(given, :conform_exceed, {:reclassify, nil})
      parms = [action: exceed, mtu: given[:mtu] || 0] ++ bytes.parms ++ peak.parms
      rest = Map.merge(bytes.rest, peak.rest) |> Map.merge(packets)

      {:ok,
       struct!(%__MODULE__{parms: struct!(Parms, parms), avrate: average, result: conform}, rest)}
    end
  end

  @needs [
    rate: :burst,
    burst: :rate,
    peakrate: :rate,
    peakrate: :mtu,
    overhead: :rate,
    mpu: :rate,
    linklayer: :rate,
    pkts_rate: :pkts_burst,
    pkts_burst: :pkts_rate
  ]

  defp complete(%{rate: _, pkts_rate: rate}), do: {:error, {:bad_option, :pkts_rate, rate}}

  defp complete(given) do
    missing =
      Enum.find(@needs, fn {key, needed} ->
        is_map_key(given, key) and not is_map_key(given, needed)
      end)

    one? = Enum.any?([:rate, :pkts_rate, :mtu, :avrate], &is_map_key(given, &1))

    cond do
      missing != nil -> {:error, {:missing_option, elem(missing, 1)}}
      one? -> :ok
      true -> {:error, {:missing_option, :rate}}
    end
  end

  defp bytes(%{rate: rate, burst: burst} = given) do
    case Psched.burst(rate, burst) do
      {:ok, ns} ->
        rest = %{rate64: Psched.rate64(rate), rtab: Psched.table(rate, given)}
        {:ok, %{parms: [burst: ns] ++ Psched.ratespec(:rate, rate, given), rest: rest}}

      :error ->
        {:error, {:bad_option, :burst, burst}}
    end
  end

  defp bytes(_given), do: {:ok, %{parms: [], rest: %{}}}

  defp peak(%{peakrate: rate} = given) do
    rest = %{peakrate64: Psched.rate64(rate), ptab: Psched.table(rate, given)}
    {:ok, %{parms: Psched.ratespec(:peakrate, rate, given), rest: rest}}
  end

  defp peak(_given), do: {:ok, %{parms: [], rest: %{}}}

  defp packets(%{pkts_rate: rate, pkts_burst: burst}),
    do: {:ok, %{pktrate64: rate, pktburst64: div(burst * 1_000_000_000, rate * @unit)}}

  defp packets(_given), do: {:ok, %{}}

  defp average(%{avrate: rate}) when rate > @u32, do: {:error, {:bad_option, :avrate, rate}}
  defp average(given), do: {:ok, given[:avrate]}

  # The kernel requires the tables and their cells, and does not report them.
  @doc false
  @impl true
  def writable(%__MODULE__{parms: %Parms{}} = police) do
    police
    |> tabled(:rate, :rtab, rate(police))
    |> tabled(:peakrate, :ptab, police.peakrate64 || police.parms.peakrate)
  end

  def writable(police), do: police

  defp tabled(police, _name, _table, 0), do: police

  defp tabled(%{parms: parms} = police, name, table, rate) do
    linklayer = Map.fetch!(parms, :"#{name}_linklayer")

    given = %{
      mtu: if(parms.mtu != @u32, do: parms.mtu),
      linklayer: Ratespec.linklayers()[linklayer] || linklayer,
      overhead: Map.fetch!(parms, :"#{name}_overhead"),
      mpu: Map.fetch!(parms, :"#{name}_mpu")
    }

    parms = struct!(parms, Psched.ratespec(name, rate, given))
    Map.replace!(%{police | parms: parms}, table, Psched.table(rate, given))
  end

  @doc false
  def cast_conform_exceed({exceed, conform}) when exceed not in [:goto, :jump] do
    with {:ok, exceed} <- Control.cast(exceed),
         {:ok, conform} <- Control.cast(conform),
         do: {:ok, {exceed, conform}}
  end

  def cast_conform_exceed(exceed),
    do: with({:ok, exceed} <- Control.cast(exceed), do: {:ok, {exceed, nil}})

  @doc """
  The rate in bytes per second; 0 for none.
  """
  @spec rate(t()) :: non_neg_integer() | nil
  def rate(%__MODULE__{rate64: rate}) when rate != nil, do: rate
  def rate(%__MODULE__{parms: %Parms{rate: rate}}), do: rate
  def rate(%__MODULE__{}), do: nil

  @doc """
  The size of the bucket in bytes, with what the overhead and ATM add to a packet of that size.
  """
  @spec burst(t()) :: non_neg_integer() | nil
  def burst(%__MODULE__{parms: %Parms{burst: burst}} = police),
    do: Psched.size(rate(police), burst)

  def burst(%__MODULE__{}), do: nil

  @doc """
  The burst in packets; `nil` for a policer of bytes.

      iex> alias Linx.Netlink.Rtnl.Tc.Action.Police
      iex> Police.pkts_burst(%Police{pktrate64: 1000, pktburst64: 1_562_500})
      100
  """
  @spec pkts_burst(t()) :: non_neg_integer() | nil
  def pkts_burst(%__MODULE__{pktrate64: rate, pktburst64: burst})
      when rate != nil and burst != nil,
      do: Psched.size(rate, burst * @unit)

  def pkts_burst(%__MODULE__{}), do: nil
end
