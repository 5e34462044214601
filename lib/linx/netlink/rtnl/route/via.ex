defmodule Linx.Netlink.Rtnl.Route.Via do
  @moduledoc false
  # `struct rtvia` of `include/uapi/linux/rtnetlink.h`: an address family and an address.

  alias Linx.{IP, LinkAddress, MAC}

  @af_inet 2
  @af_inet6 10
  @af_packet 17

  @spec encode(IP.t()) :: binary()
  def encode(%IP{family: :inet, bytes: bytes}), do: <<@af_inet::native-16, bytes::binary>>
  def encode(%IP{family: :inet6, bytes: bytes}), do: <<@af_inet6::native-16, bytes::binary>>

  @spec decode(binary() | nil) :: IP.t() | MAC.t() | LinkAddress.t() | nil
  def decode(<<@af_packet::native-16, bytes::binary>>), do: LinkAddress.decode(bytes)

  def decode(<<family::native-16, bytes::binary>>) when family in [@af_inet, @af_inet6],
    do: IP.decode(bytes)

  def decode(_other), do: nil
end
