defmodule Linx.Netlink.Rtnl.Tc.Action.Gate.Entry do
  @moduledoc """
  Part of a schedule.

  Kernel side: `TCA_GATE_ENTRY_*` of `include/uapi/linux/tc_act/tc_gate.h`.
  """

  use Linx.Netlink.Codec

  alias Linx.Netlink.Rtnl.Tc.Units

  codec prefix: "TCA_GATE_ENTRY_" do
    attr 1, :index, :u32, "number of the part"
    attr 2, :gate, :flag, "packets pass"
    attr 3, :interval, :u32, "length, ns"
    attr 4, :ipv, :s32, "internal priority, -1 for any"
    attr 5, :max_octets, :s32, "bytes that may pass, -1 for any"
  end

  @doc false
  @spec cast(term()) :: {:ok, [t()]} | :error
  def cast([_ | _] = parts) do
    if List.improper?(parts), do: :error, else: each(parts, [])
  end

  def cast(_other), do: :error

  defp each([part | rest], done) do
    with {:ok, entry} <- part(part), do: each(rest, [entry | done])
  end

  defp each([], done), do: {:ok, Enum.reverse(done)}

  defp part({state, interval}), do: part({state, interval, -1, -1})

  defp part({state, interval, ipv, octets})
       when state in [:open, :close] and ipv in -1..0x7FFFFFFF and octets in -1..0x7FFFFFFF do
    with {:ok, ns} when ns > 0 <- Units.cast_nsecs32(interval) do
      {:ok, %__MODULE__{gate: state == :open, interval: ns, ipv: ipv, max_octets: octets}}
    else
      _ -> :error
    end
  end

  defp part(_other), do: :error
end
