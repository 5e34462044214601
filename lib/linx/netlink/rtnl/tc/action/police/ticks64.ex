defmodule Linx.Netlink.Rtnl.Tc.Action.Police.Ticks64 do
  @moduledoc false
  # A time in nanoseconds, of 8 bytes with ticks of 64 ns.

  @tick 64

  @doc "The bytes of a time."
  @spec encode(non_neg_integer()) :: binary()
  def encode(ns), do: <<div(ns, @tick)::native-64>>

  @doc "The time of bytes."
  @spec decode(binary()) :: non_neg_integer() | nil
  def decode(<<ticks::native-64, _rest::binary>>), do: ticks * @tick
  def decode(_short), do: nil
end
