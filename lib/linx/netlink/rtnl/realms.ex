defmodule Linx.Netlink.Rtnl.Realms do
  @moduledoc false
  # Realms of IPv4 routes and rules (`RTA_FLOW`, `FRA_FLOW`): the source realm in the upper 16 bits,
  # the destination realm in the lower.

  import Bitwise

  @doc "The attribute for a destination realm, or `{source, destination}`; `nil` if not given."
  @spec cast(term()) :: {:ok, 0..0xFFFFFFFF | nil} | {:error, {:bad_option, :realms, term()}}
  def cast(nil), do: {:ok, nil}
  def cast(to) when is_integer(to) and to in 0..0xFFFFFFFF, do: {:ok, to}
  def cast({from, to}) when from in 0..0xFFFF and to in 0..0xFFFF, do: {:ok, from <<< 16 ||| to}
  def cast(other), do: {:error, {:bad_option, :realms, other}}

  @doc "Source and destination realm of the attribute."
  @spec split(0..0xFFFFFFFF | nil) :: {0..0xFFFF, 0..0xFFFF} | nil
  def split(nil), do: nil
  def split(flow), do: {flow >>> 16, flow &&& 0xFFFF}
end
