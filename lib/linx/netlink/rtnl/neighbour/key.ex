defmodule Linx.Netlink.Rtnl.Neighbour.Key do
  @moduledoc false
  # Identities of a neighbour. Pure.

  import Bitwise, only: [&&&: 2]

  alias Linx.Netlink.Rtnl.Neighbour

  # AF_INET and AF_INET6; NUD_NOARP and NTF_PROXY of include/uapi/linux/neighbour.h.
  @families [2, 10]
  @noarp 0x40
  @proxy 0x8

  @doc """
  Whether the entry has to be resolved. The kernel makes most of the others (`NUD_NOARP`) for
  multicast, without a notification.
  """
  @spec resolved?(Neighbour.t()) :: boolean()
  def resolved?(entry), do: entry.family in @families and not noarp?(entry)

  defp noarp?(%{state: state}), do: is_integer(state) and (state &&& @noarp) != 0

  @doc """
  Identity in the kernel: link, family and IP address, of an entry or of a proxy's.
  """
  @spec unique(Neighbour.t()) :: tuple()
  def unique(entry), do: {entry.ifindex, entry.family, entry.dst, proxy?(entry)}

  defp proxy?(%{flags: flags}), do: is_integer(flags) and (flags &&& @proxy) != 0

  @doc """
  Identity of a desired entry: link and IP address.
  """
  @spec desired(Neighbour.t()) :: tuple()
  def desired(%{ifindex: index, dst: dst}), do: {index, dst}
end
