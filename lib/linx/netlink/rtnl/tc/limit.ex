defmodule Linx.Netlink.Rtnl.Tc.Limit do
  @moduledoc false
  # Limits of the rates of a link: a token bucket filter for what it sends, a policer for what it receives.

  alias Linx.Netlink.{Batch, Error, Options}
  alias Linx.Netlink.Rtnl.Link
  alias Linx.Netlink.Rtnl.Tc.{Filter, Qdisc, Units}

  # NETLINK_ROUTE of include/uapi/linux/netlink.h.
  @netlink_route 0

  @rows [
    egress: {:check, &__MODULE__.cast_rate/1},
    ingress: {:check, &__MODULE__.cast_rate/1},
    latency: Units.usecs(),
    prio: 1..0xFFFF
  ]

  # What is sent at the rate in that part of a second, and at least that many bytes.
  @sent {100, 16_384}
  @received {10, 65_536}

  # Of a packet, bytes.
  @largest 65_536

  @latency 50_000
  @prio 1

  @spec set(Link.target(), Link.ref(), keyword()) ::
          :ok | {:error, Qdisc.error() | {:bad_target, Batch.t()}}
  def set(%Batch{} = batch, _link, _opts), do: {:error, {:bad_target, batch}}

  def set(target, link, opts) do
    with {:ok, request, given} <- Options.read(opts, :get, @netlink_route, @rows),
         {:ok, index} <- Link.index(target, link, request),
         request = Keyword.take(request, [:timeout]),
         :ok <- egress(target, index, given, request),
         do: ingress(target, index, given, request)
  end

  @doc false
  def cast_rate(:unlimited), do: {:ok, :unlimited}

  def cast_rate(rate) do
    case Units.cast_rate(rate) do
      {:ok, rate} when rate > 0 -> {:ok, rate}
      _ -> :error
    end
  end

  defp egress(target, link, %{egress: :unlimited}, request),
    do: deleted(Qdisc.delete(target, link, [kind: :tbf] ++ request))

  defp egress(target, link, %{egress: rate} = given, request) do
    bucket = [rate: rate * 8, burst: burst(rate, @sent), latency: given[:latency] || @latency]
    Qdisc.replace(target, link, :tbf, bucket ++ request)
  end

  defp egress(_target, _link, _given, _request), do: :ok

  defp ingress(target, link, %{ingress: :unlimited} = given, request),
    do: deleted(Filter.delete(target, link, place(given) ++ request))

  defp ingress(target, link, %{ingress: rate} = given, request) do
    # Packets within the rate go on to other filters. Packets of any size may be.
    police = [
      rate: rate * 8,
      burst: burst(rate, @received),
      mtu: @largest,
      conform_exceed: {:drop, :continue}
    ]

    filter = [handle: 1, actions: [police: police]] ++ place(given) ++ request

    with :ok <- clsact(target, link, request),
         do: Filter.replace(target, link, :flower, filter)
  end

  defp ingress(_target, _link, _given, _request), do: :ok

  defp place(given), do: [parent: :ingress, prio: given[:prio] || @prio]

  defp burst(rate, {part, least}), do: max(div(rate, part), least)

  defp clsact(target, link, request) do
    case Qdisc.add(target, link, :clsact, request) do
      {:error, %Error{errno: :eexist}} -> :ok
      result -> result
    end
  end

  # EINVAL for a qdisc of another kind, and without the parent of a filter.
  defp deleted({:error, %Error{errno: errno}}) when errno in [:enoent, :einval], do: :ok
  defp deleted(result), do: result
end
